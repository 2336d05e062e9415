import { nodeGroupsOf } from "../input/node-groups.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Report } from "./draft.ts";
import { type Instance, replicasOf } from "./model.ts";

/** Replica counts that the software or the profile does not bear, and the component's own refusals. */
export function checkInstance(instance: Instance, spec: ClusterSpec, report: Report): void {
  for (const role of Object.keys(instance.component.roles)) checkRole(instance, role, spec, report);
  for (const refusal of refusalsOf(instance, spec))
    report(
      [...instance.spec.path, ...(refusal.path ?? [])],
      refusal.code,
      refusal.message,
      `${refusal.hint}${whereToWrite(instance, spec)}`,
      refusal.severity,
    );
}

function checkRole(instance: Instance, role: string, spec: ClusterSpec, report: Report): void {
  const { name, component, spec: settings } = instance;
  const { scaling } = component.roles[role]!;
  if (scaling === "node") return;
  const path = [...settings.path, ...whereCounted(settings, role)];
  const replicas = fewest(instance, spec, role);
  const inProduction = spec.profile === "production";
  if (scaling === "one" && replicas > 1)
    report(
      path,
      "not-scalable",
      `${name}: ${role} runs once, and cluster.yaml asks for ${replicas}`,
      "Remove replicas.",
    );
  if (scaling === "odd") checkQuorum(name, replicas, path, spec, report);
  if (scaling === "free" && inProduction && replicas === 1)
    report(
      path,
      "single-replica",
      `${name}: the only replica of ${role} is gone whenever its host is`,
      "Write 2 or more.",
      "warning",
    );
  if (scaling !== "one" && replicas === 0)
    report(
      path,
      "no-replica",
      `${name}: 0 replicas of ${role} serve nobody`,
      "Write 1 or more; to take an instance away, remove it from cluster.yaml.",
    );
}

/** Members of which a majority must be there. */
function checkQuorum(
  name: string,
  members: number,
  path: InstanceSpec["path"],
  { profile, zones }: ClusterSpec,
  report: Report,
): void {
  const inProduction = profile === "production";
  if (inProduction && members > 0 && members < 3)
    report(
      path,
      "quorum-too-small",
      `${name}: ${members} ${members === 1 ? "member does" : "members do"} not survive the loss of a host`,
      "Write 3 or 5, or use profile: development.",
    );
  else if (members > 0 && members % 2 === 0)
    report(
      path,
      "even-quorum",
      `${name}: ${members} members survive no more failures than ${members - 1} do, and a split into halves stops them all`,
      `Write ${[members - 1, members + 1].filter((odd) => odd > 1).join(" or ")}.`,
    );
  if (inProduction && zones?.length === 2)
    report(
      ["zones"],
      "two-zones",
      `${name}: with two zones one of them holds the majority of every quorum; losing it stops ${name}`,
      "Spread over three zones, or accept it.",
      "warning",
    );
}

const refusalsOf = (instance: Instance, spec: ClusterSpec) =>
  instance.component.check?.({
    instance: instance.name,
    profile: spec.profile,
    options: instance.spec.options,
    files: Object.keys(instance.spec.common.files ?? {}),
    images: Object.keys(instance.spec.common.image ?? {}),
    replicas: (role) => instance.spec.common.autoscaling?.[role]?.maxReplicas ?? fewest(instance, spec, role),
    sharedStorageClass: spec.kubernetes.sharedStorageClass,
    zones: spec.zones,
    nodeGroups: nodeGroupsOf(spec),
  }) ?? [];

/** Replicas of a role when the least is to be done. */
const fewest = ({ component, spec: settings }: Instance, { profile }: ClusterSpec, role: string): number =>
  settings.common.autoscaling?.[role]?.minReplicas ?? replicasOf(component, settings, profile, role);

/** What the operator did not write cannot be corrected where it stands; the options of a part are its owner's. */
function whereToWrite({ name, component, origin, owner }: Instance, { instances }: ClusterSpec): string {
  if (owner !== undefined) return ` (${name} is part of ${owner}: its options follow from those of ${owner}.)`;
  if (instances.some((written) => written.name === name)) return "";
  return ` (${name} is ${origin}: to set it, write ${name} below ${component.group}.)`;
}

/** Where the file says how many replicas of a role there are. */
function whereCounted({ common }: InstanceSpec, role: string): readonly string[] {
  if (common.autoscaling?.[role] !== undefined) return ["autoscaling", role, "minReplicas"];
  return typeof common.replicas === "object" ? ["replicas", role] : ["replicas"];
}
