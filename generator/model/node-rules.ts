import { didYouMean } from "../base/did-you-mean.ts";
import { servedRoles } from "../contract/node-roles.ts";
import { nodeGroupsOf } from "../input/node-groups.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Report } from "./draft.ts";
import type { Instance, Namespace } from "./model.ts";

/** True where pods of an instance use the network of their node. */
export const isOnHostNetwork = ({ component }: Pick<Instance, "component">): boolean =>
  Object.values(component.roles).some(({ hostNetwork }) => hostNetwork === true);

/** What must be said where something runs on nodes, and what must not be joined with it. */
export function checkNodes(
  instances: readonly Instance[],
  namespaces: readonly Namespace[],
  spec: ClusterSpec,
  report: Report,
): void {
  for (const instance of instances)
    if (instance.component.perNodeGroup !== undefined) checkGroup(instance, spec, report);
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

function checkGroup(instance: Instance, spec: ClusterSpec, report: Report): void {
  const { name, component, owner, nodeGroup, spec: settings } = instance;
  const roles = servedRoles(component);
  const serving = nodeGroupsOf(spec).flatMap((group) =>
    roles.some((role) => group.roles.includes(role)) ? [group.name] : [],
  );
  if (nodeGroup === undefined || !serving.includes(nodeGroup.name))
    report(
      spec.instances.find((other) => other.name === owner)?.path ?? settings.path,
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

function notOnNodes({ name, suffix, owner }: Instance, role: string): string {
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
