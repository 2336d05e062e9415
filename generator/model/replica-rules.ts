import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Report } from "./draft.ts";
import { type Instance, replicasOf } from "./model.ts";

/** Replica counts that the software or the profile does not bear, and the component's own refusals. */
export function checkInstance(instance: Instance, spec: ClusterSpec, report: Report): void {
  const { component, name, spec: settings } = instance;
  const count = (role: string) =>
    settings.common.autoscaling?.[role]?.minReplicas ?? replicasOf(component, settings, spec.profile, role);
  for (const [role, { scaling }] of Object.entries(component.roles)) {
    if (scaling === "node") continue;
    const path = [...settings.path, ...whereCounted(settings, role)];
    const replicas = count(role);
    if (scaling === "one" && replicas > 1)
      report(
        path,
        "not-scalable",
        `${name}: ${role} runs once, and cluster.yaml asks for ${replicas}`,
        "Remove replicas.",
      );
    if (scaling === "odd" && spec.profile === "production" && replicas > 0 && replicas < 3)
      report(
        path,
        "quorum-too-small",
        `${name}: ${replicas} ${replicas === 1 ? "member does" : "members do"} not survive the loss of a host`,
        "Write 3 or 5, or use profile: development.",
      );
    else if (scaling === "odd" && replicas > 0 && replicas % 2 === 0)
      report(
        path,
        "even-quorum",
        `${name}: ${replicas} members survive no more failures than ${replicas - 1} do, and a split into halves stops them all`,
        `Write ${[replicas - 1, replicas + 1].filter((odd) => odd > 1).join(" or ")}.`,
      );
    if (scaling === "free" && spec.profile === "production" && replicas === 1)
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
    if (spec.zones !== undefined && scaling === "odd" && spec.profile === "production" && spec.zones.length === 2)
      report(
        ["zones"],
        "two-zones",
        `${name}: with two zones one of them holds the majority of every quorum; losing it stops ${name}`,
        "Spread over three zones, or accept it.",
        "warning",
      );
  }
  for (const refusal of component.check?.({
    instance: name,
    profile: spec.profile,
    options: settings.options,
    replicas: (role) => settings.common.autoscaling?.[role]?.maxReplicas ?? count(role),
    sharedStorageClass: spec.kubernetes.sharedStorageClass,
  }) ?? [])
    report(
      [...settings.path, ...(refusal.path ?? [])],
      refusal.code,
      refusal.message,
      `${refusal.hint}${whereToWrite(instance, spec)}`,
      refusal.severity,
    );
}

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
