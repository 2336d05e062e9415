import { oneOf, type Path, showPath, showValue, suggestion } from "../../base/words.ts";
import { kindOf, kinds } from "../../connections/index.ts";
import type { Catalogue, Component } from "../../contract/component.ts";
import type { Kind, Need } from "../../contract/connection.ts";
import { familyNeeds } from "../../contract/family-needs.ts";
import { programsOf, schedulesOf } from "../../contract/programs.ts";
import { meantRole } from "../../contract/replicas.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { switchFor } from "../needs.ts";
import { nodeGroupsOf } from "../node-groups.ts";
import type { ClusterSpec, InstanceSpec } from "../spec.ts";

import { checkEgress } from "./egress.ts";
import { twice } from "./repeats.ts";
import { collidingWord, reservedNamespace } from "./reserved.ts";

/** Rules on the name of an instance, its replicas and what it is connected to. */
export function checkInstance(
  instance: InstanceSpec,
  component: Component,
  catalogue: Catalogue,
  spec: ClusterSpec,
): Issue[] {
  return [
    ...checkName(instance, component),
    ...reservedNamespace([...instance.path, "namespace"], instance.common.namespace, component, catalogue),
    ...checkNames(instance, component),
    ...checkReplicas(instance, component),
    ...checkConnections(instance, component, catalogue, spec),
    ...checkRollout(instance, component),
    ...checkEgress(instance, component, spec),
  ];
}

function* checkName({ name, path }: InstanceSpec, component: Component): Iterable<Issue> {
  if (component.single && name !== component.name)
    yield error(
      "second-instance",
      `${name} cannot be there: a cluster has one ${component.name}, which is called so`,
      `Write what you want to change at ${component.name}.`,
      { path, atKey: true },
    );
  const word = collidingWord(name, component);
  if (word !== undefined)
    yield error(
      "reserved-name",
      `${name} cannot be the name of an instance: objects of other ${component.name} instances have such names`,
      `Choose a name without "${word}" in that place.`,
      { path, atKey: true },
    );
}

/** Keys of maps whose names the component gives: roles, Jobs, crons, images. */
function* checkNames({ common, path }: InstanceSpec, component: Component): Iterable<Issue> {
  const roles = Object.keys(component.roles);
  const maps = [
    { key: "replicas", allowed: roles, what: "role" },
    { key: "resources", allowed: programsOf(component), what: "role or Job" },
    { key: "autoscaling", allowed: roles, what: "role" },
    { key: "crons", allowed: Object.keys(schedulesOf(component)), what: "housekeeping job" },
    {
      key: "image",
      allowed: [...Object.keys(component.images), ...Object.keys(component.ownImages ?? {})],
      what: "image",
    },
  ] as const;
  for (const { key, allowed, what } of maps) {
    const written = common[key];
    for (const word of typeof written === "object" ? Object.keys(written) : [])
      if (!allowed.includes(word))
        yield error(
          "unknown-key",
          `${component.name} has no ${what} ${showValue(word)}`,
          suggestion(word, allowed, `Remove it: ${component.name} has none.`),
          { path: [...path, key, word], atKey: true },
        );
  }
}

function* checkReplicas({ common, path }: InstanceSpec, component: Component): Iterable<Issue> {
  const roles = Object.keys(component.roles);
  const { replicas } = common;
  if (typeof replicas === "number" && roles.length > 0 && meantRole(component) === undefined)
    yield error(
      "which-role",
      `${showPath(path)}.replicas does not say of which role: ${component.name} has ${oneOf(roles)}`,
      `Write replicas: { ${roles[0]}: ${replicas} }.`,
      { path: [...path, "replicas"] },
    );
  for (const role of roles.filter((name) => component.roles[name]!.scaling === "node"))
    if (typeof replicas === "number" ? role === roles[0] : replicas?.[role] !== undefined)
      yield error(
        "not-scalable",
        `${showPath(path)}: ${role} of ${component.name} runs once on each of its nodes, and cannot have a number of replicas`,
        "Remove replicas: the nodes that are selected are the count.",
        { path: [...path, "replicas", ...(typeof replicas === "number" ? [] : [role])] },
      );
  for (const [role, { minReplicas, maxReplicas }] of Object.entries(common.autoscaling ?? {})) {
    const at = [...path, "autoscaling", role];
    const scaling = component.roles[role]?.scaling;
    if (scaling === undefined) continue;
    const reason =
      scaling === "one"
        ? "runs once"
        : scaling === "node"
          ? "runs once on each of its nodes"
          : scaling === "odd"
            ? "keeps a quorum"
            : component.roles[role]?.listed
              ? "is listed by its clients, replica by replica,"
              : component.roles[role]?.podLabels
                ? "is made by an operator, which takes a number,"
                : undefined;
    if (reason !== undefined)
      yield error(
        "not-scalable",
        `${showPath(at)}: ${role} of ${component.name} ${reason} and does not scale by load`,
        scaling === "one" || scaling === "node"
          ? "Remove it."
          : `Remove it, and set replicas${scaling === "odd" ? " to a fixed odd number" : ""}.`,
        { path: at, atKey: true },
      );
    if (minReplicas > maxReplicas)
      yield error(
        "min-above-max",
        `${showPath(at)}: minReplicas ${minReplicas} is more than maxReplicas ${maxReplicas}`,
        "Make minReplicas the smaller number.",
        { path: [...at, "minReplicas"] },
      );
    const counted = typeof replicas === "number" ? role === roles[0] : replicas?.[role] !== undefined;
    if (counted)
      yield error(
        "conflicting-keys",
        `${showPath(path)}: ${role} has both a replica count and autoscaling`,
        "Keep autoscaling and remove the count, or the other way round.",
        { path: [...path, "replicas", ...(typeof replicas === "number" ? [] : [role])] },
      );
  }
}

/** How many pods may be away has no meaning where a commit replaces none. */
function* checkRollout({ node, path, name }: InstanceSpec, component: Component): Iterable<Issue> {
  const interrupting = Object.values(component.roles).find(({ interrupts }) => interrupts !== undefined);
  if (node.maxUnavailable !== undefined && interrupting !== undefined)
    yield error(
      "unused-key",
      `${showPath(path)}.maxUnavailable has no effect: a commit replaces no pod of ${name}, since its end interrupts ${interrupting.interrupts}`,
      "Remove it.",
      { path: [...path, "maxUnavailable"], atKey: true },
    );
}

function* checkConnections(
  { name, path, service, options }: InstanceSpec,
  component: Component,
  catalogue: Catalogue,
  spec: ClusterSpec,
): Iterable<Issue> {
  yield* twice([...path, "dedicated"], service.dedicated);
  // What a part needs follows from options that its owner gives: the model knows it.
  const isPart = component.partOf !== undefined;
  const needed = new Set(
    (isPart ? [] : familyNeeds(component, options, catalogue, nodeGroupsOf(spec))).map(({ kind }) => kind),
  );
  for (const kind of kinds) {
    const what = kindOf(kind).title;
    if (service.uses?.[kind] === undefined) continue;
    const at = [...path, "uses", kind];
    if (service.dedicated?.includes(kind))
      yield error(
        "conflicting-keys",
        `${name} has ${what} of its own (dedicated) and uses another (uses.${kind})`,
        "Keep one of the two.",
        { path: at, atKey: true },
      );
    if (!isPart)
      yield* checkNaming(
        at,
        service.uses[kind],
        (component.needs?.(options) ?? []).filter((need) => need.kind === kind),
      );
    if (!isPart && !needed.has(kind))
      yield error("uses-without-need", `${name} does not use ${what}`, unneeded(kind, component, options), {
        path: at,
        atKey: true,
        dependsOn: [path],
      });
  }
  if (service.uses?.identity !== undefined && !isPart && !(component.requires ?? []).includes("identity"))
    yield error("uses-without-need", `${name} does not use an Identity service`, "Remove the key.", {
      path: [...path, "uses", "identity"],
      atKey: true,
    });
}

/** Names of places outside: one name is refused for several needs, since one database would hold two schemas. */
function* checkNaming(at: Path, used: string | object, needs: readonly Need[]): Iterable<Issue> {
  const { naming } = kindOf(String(at.at(-1)));
  if (typeof used === "string" || naming === undefined) return;
  const { one, each } = naming;
  const external = used as Readonly<Record<string, unknown>>;
  const own = needs.map(({ name }) => name);
  if (external[one] !== undefined && own.length > 1)
    yield error(
      "one-name-for-several",
      `${showPath([...at, one])} would be the name of ${own.length} at once: ${own.join(", ")}`,
      `Write ${each}: { ${own.map((name) => `${name}: …`).join(", ")} } instead, with another name for each.`,
      { path: [...at, one], atKey: true },
    );
  for (const word of Object.keys((external[each] ?? {}) as object))
    if (!own.includes(word))
      yield error(
        "unknown-key",
        `nothing is called ${showValue(word)} in ${showPath([...at, each])}`,
        suggestion(word, own, "Remove it."),
        {
          path: [...at, each, word],
          atKey: true,
        },
      );
}

/** The way out where a service does not use what it is told to. */
function unneeded(kind: Kind, component: Component, options: object): string {
  const option = switchFor(component, options, kind);
  return option === undefined ? "Remove the key." : `Write ${option}: true to use it, or remove the key.`;
}
