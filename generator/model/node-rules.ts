import { didYouMean } from "../base/did-you-mean.ts";
import type { NodeGroup } from "../contract/context.ts";
import { servedRoles } from "../contract/node-roles.ts";
import { nodeGroupsOf } from "../input/node-groups.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Report } from "./draft.ts";
import type { Instance, Namespace, Recorded } from "./model.ts";

/** True where pods of an instance use the network of their node. */
export const isOnHostNetwork = ({ component }: Pick<Instance, "component">): boolean =>
  Object.values(component.roles).some(({ hostNetwork }) => hostNetwork === true);

/** What must be said where something runs on nodes, and what must not be joined with it. */
export function checkNodes(
  instances: readonly Instance[],
  namespaces: readonly Namespace[],
  spec: ClusterSpec,
  before: Recorded,
  report: Report,
): void {
  for (const instance of instances) {
    if (instance.component.worksOn !== undefined) checkWork(instance, instance.component.worksOn, spec, before, report);
    if (instance.component.perNodeGroup !== undefined) checkGroup(instance, instances, spec, report);
  }
  checkTwice(instances, spec, report);
  for (const group of nodeGroupsOf(spec)) checkIdle(group, instances, report);
  const onNetwork = instances.find(isOnHostNetwork);
  if (onNetwork !== undefined && spec.kubernetes.nodeNetworks === undefined)
    report(
      ["kubernetes"],
      "no-node-networks",
      `${onNetwork.name} runs on the network of its nodes, and kubernetes.nodeNetworks does not say which that is`,
      "Write kubernetes: { nodeNetworks: [192.0.2.0/24] } with the networks of the nodes' own addresses: databases and brokers let them in.",
    );
  for (const namespace of namespaces) checkNamespace(namespace, instances, spec, report);
}

/** Nodes with a role that something here works on, and that nobody took. */
function checkIdle({ name, roles }: NodeGroup, instances: readonly Instance[], report: Report): void {
  const workers = instances.filter(({ component: { worksOn } }) => worksOn !== undefined && roles.includes(worksOn));
  const [worker] = workers;
  // What it has there are parts; others run on nodes without being asked for.
  const isTaken = instances.some(
    ({ head, nodeGroup }) => nodeGroup?.name === name && workers.some((each) => each.name === head),
  );
  if (worker === undefined || isTaken) return;
  report(
    ["nodeGroups", name],
    "idle-node-group",
    `nothing runs on the nodes of the group ${name}: ${worker.name} does not say what they are for`,
    `Name ${name} in the options of ${worker.name}, or remove the group.`,
    "warning",
  );
}

/** Two instances of what runs once on each node. */
function checkTwice(instances: readonly Instance[], spec: ClusterSpec, report: Report): void {
  const first = new Map<string, Instance>();
  for (const instance of instances) {
    const { name, component, nodeGroup } = instance;
    if (nodeGroup === undefined || hasOwnerThere(instance, instances)) continue;
    const key = `${component.name} ${nodeGroup.name}`;
    const other = first.get(key);
    first.set(key, other ?? instance);
    if (other !== undefined)
      report(
        writtenAbove(instance, instances, spec) ?? instance.spec.path,
        "repeated-node-group",
        `the node group ${nodeGroup.name} would have ${other.name} and ${name}: two of ${component.name} on each of its nodes`,
        "Name the group in one place, and give the other a group of its own.",
      );
  }
}

/** It is a part of something that runs on the same nodes: what is wrong is said of that. */
const hasOwnerThere = ({ owner }: Instance, instances: readonly Instance[]): boolean =>
  instances.some(({ name, component }) => name === owner && component.perNodeGroup !== undefined);

/**
 * Nodes for what an instance does. A cluster that ran without them before they were asked for goes on as it was, and its operator is told.
 */
function checkWork(
  { name, spec: { path } }: Instance,
  role: string,
  spec: ClusterSpec,
  before: Recorded,
  report: Report,
): void {
  if (nodeGroupsOf(spec).some(({ roles }) => roles.includes(role))) return;
  report(
    path,
    "no-node-group",
    `${name} works on nodes with the role ${role}, and no node group has it`,
    `Write at the root: nodeGroups: { compute: { roles: [${role}] } }. Then label the nodes: kubectl label node NODE overstack.io/node-group=compute.`,
    before[name] === undefined ? "error" : "warning",
  );
}

function checkGroup(instance: Instance, instances: readonly Instance[], spec: ClusterSpec, report: Report): void {
  const { name, component, nodeGroup, spec: settings } = instance;
  const roles = servedRoles(component);
  const serving = nodeGroupsOf(spec).flatMap((group) =>
    roles.some((role) => group.roles.includes(role)) ? [group.name] : [],
  );
  if (hasOwnerThere(instance, instances)) return;
  if (nodeGroup === undefined || !serving.includes(nodeGroup.name))
    report(
      writtenAbove(instance, instances, spec) ?? settings.path,
      "unknown-node-group",
      notOnNodes(instance, roles.join(" or ")),
      wayToNodes(instance, roles[0]!, serving),
    );
  else if (settings.common.scheduling?.nodeSelector !== undefined)
    report(
      [...settings.path, "scheduling", "nodeSelector"],
      "conflicting-keys",
      `${name} runs on the nodes of the group ${nodeGroup.name}, and scheduling.nodeSelector would choose others`,
      `Remove it, or change nodeGroups.${nodeGroup.name}.nodeSelector.`,
    );
}

/** Where the nearest of its owners stands that cluster.yaml has. */
function writtenAbove(
  { owner }: Instance,
  instances: readonly Instance[],
  spec: ClusterSpec,
): InstanceSpec["path"] | undefined {
  const above = instances.find(({ name }) => name === owner);
  if (above === undefined) return undefined;
  return spec.instances.find(({ name }) => name === owner)?.path ?? writtenAbove(above, instances, spec);
}

function notOnNodes({ name, suffix, owner, nodeGroup }: Instance, role: string): string {
  if (owner !== undefined && nodeGroup !== undefined)
    return `${owner} would have the part ${name}, and the node group ${nodeGroup.name} does not have the role ${role}`;
  if (owner !== undefined) return `${owner} would have the part ${name}, which has no node group with the role ${role}`;
  return suffix === ""
    ? `${name} runs once for each node group with the role ${role}, and its name does not say for which`
    : `${name} does not end with the name of a node group with the role ${role}`;
}

function wayToNodes({ component, suffix, owner }: Instance, role: string, serving: readonly string[]): string {
  if (serving.length === 0) return `Write nodeGroups: { NAME: { roles: [${role}] } }.`;
  const shown = (group: string): string => (owner === undefined ? `${component.name}-${group}` : group);
  const near = didYouMean(suffix.slice(suffix.lastIndexOf("-") + 1), serving);
  return `${near === undefined ? "" : `Did you mean ${shown(near)}? `}There can be: ${serving.map(shown).join(", ")}.`;
}

/** A user who may create pods in a namespace that admits privileged ones can take over the nodes, and all that runs there. */
function checkNamespace(
  { name, instances: inside, privilege }: Namespace,
  instances: readonly Instance[],
  spec: ClusterSpec,
  report: Report,
): void {
  if (privilege !== "privileged") return;
  const here = instances.filter((instance) => inside.includes(instance.name));
  const strong = here.find(({ component }) => component.privilege === "privileged")!;
  // What others say of a namespace that is one component's alone is refused where they say it.
  if (strong.component.namespace === name) return;
  const other = here.find(({ component }) => component.privilege !== "privileged");
  if (other === undefined) return;
  const moved = [other, strong].find(({ spec: { common } }) => common.namespace !== undefined);
  report(
    moved === undefined
      ? typeof spec.namespaces === "object"
        ? ["namespaces"]
        : strong.spec.path
      : [...moved.spec.path, "namespace"],
    "privileged-namespace",
    `the namespace ${name} would hold ${strong.name}, which has all rights on its nodes, and ${other.name}, which has not`,
    "Put them in different namespaces: a user who may create pods in the namespace of the first can take over the nodes.",
  );
}
