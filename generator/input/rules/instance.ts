import { oneOf, showPath, showValue, suggestion } from "../../base/words.ts";
import type { Component } from "../../contract/component.ts";
import { programsOf, schedulesOf } from "../../contract/programs.ts";
import type { InstanceSpec } from "../spec.ts";
import type { Finding } from "../yaml/positions.ts";
import { twice } from "./repeats.ts";
import { collidingWord, reservedNamespace } from "./reserved.ts";

/** Rules on the name of an instance, its replicas and what it is connected to. */
export function checkInstance(instance: InstanceSpec, component: Component): Finding[] {
  return [
    ...checkName(instance, component),
    ...reservedNamespace([...instance.path, "namespace"], instance.common.namespace),
    ...checkNames(instance, component),
    ...checkReplicas(instance, component),
    ...checkConnections(instance, component),
  ];
}

function* checkName({ name, path }: InstanceSpec, component: Component): Iterable<Finding> {
  const word = collidingWord(name, component);
  if (word !== undefined)
    yield {
      code: "reserved-name",
      path,
      atKey: true,
      message: `${name} cannot be the name of an instance: objects of other ${component.name} instances are called so`,
      hint: `Choose a name without "${word}" in that place.`,
    };
  const objects = [...Object.keys(component.roles), ...Object.keys(component.crons ?? {})]
    .map((part) => `${component.name}-${part}${name.slice(component.name.length)}`)
    .sort((a, b) => b.length - a.length);
  const [longest] = objects;
  // A CronJob's name leaves room for what its Jobs append; a StatefulSet's for the hash in a label.
  if (longest !== undefined && longest.length > 52)
    yield {
      code: "name-too-long",
      path,
      atKey: true,
      message: `${name} is too long: the name of its object ${longest} would have ${longest.length} characters, and 52 is the limit`,
      hint: `Choose a name that is at least ${longest.length - 52} characters shorter.`,
    };
}

/** Keys of maps whose names the component gives: roles, Jobs, crons, images. */
function* checkNames({ common, path }: InstanceSpec, component: Component): Iterable<Finding> {
  const roles = Object.keys(component.roles);
  const maps = [
    { key: "replicas", allowed: roles, what: "role" },
    { key: "resources", allowed: programsOf(component), what: "role or Job" },
    { key: "autoscaling", allowed: roles, what: "role" },
    { key: "crons", allowed: Object.keys(schedulesOf(component)), what: "housekeeping job" },
    { key: "image", allowed: Object.keys(component.images), what: "image" },
  ] as const;
  for (const { key, allowed, what } of maps) {
    const written = common[key];
    for (const word of typeof written === "object" ? Object.keys(written) : [])
      if (!allowed.includes(word))
        yield {
          code: "unknown-key",
          path: [...path, key, word],
          atKey: true,
          message: `${component.name} has no ${what} ${showValue(word)}`,
          hint: suggestion(word, allowed, `Remove it: ${component.name} has none.`),
        };
  }
}

function* checkReplicas({ common, path }: InstanceSpec, component: Component): Iterable<Finding> {
  const roles = Object.keys(component.roles);
  const { replicas } = common;
  if (typeof replicas === "number" && roles.length > 1)
    yield {
      code: "which-role",
      path: [...path, "replicas"],
      message: `${showPath(path)}.replicas does not say of which role: ${component.name} has ${oneOf(roles)}`,
      hint: `Write replicas: { ${roles[0]}: ${replicas} }.`,
    };
  for (const [role, { minReplicas, maxReplicas }] of Object.entries(common.autoscaling ?? {})) {
    const at = [...path, "autoscaling", role];
    const scaling = component.roles[role]?.scaling;
    if (scaling === undefined) continue;
    const reason =
      scaling === "one"
        ? "runs once"
        : scaling === "odd"
          ? "keeps a quorum"
          : component.roles[role]?.listed
            ? "is listed by its clients, replica by replica,"
            : undefined;
    if (reason !== undefined)
      yield {
        code: "not-scalable",
        path: at,
        atKey: true,
        message: `${showPath(at)}: ${role} of ${component.name} ${reason} and does not scale by load`,
        hint:
          scaling === "one"
            ? "Remove it."
            : `Remove it, and set replicas${scaling === "odd" ? " to a fixed odd number" : ""}.`,
      };
    if (minReplicas > maxReplicas)
      yield {
        code: "empty-range",
        path: [...at, "minReplicas"],
        message: `${showPath(at)}: minReplicas ${minReplicas} is more than maxReplicas ${maxReplicas}`,
        hint: "Make minReplicas the smaller number.",
      };
    const counted = typeof replicas === "number" ? role === roles[0] : replicas?.[role] !== undefined;
    if (counted)
      yield {
        code: "two-masters",
        path: [...path, "replicas", ...(typeof replicas === "number" ? [] : [role])],
        message: `${showPath(path)}: ${role} has both a replica count and autoscaling`,
        hint: "Keep autoscaling and remove the count, or the other way round.",
      };
  }
}

const kinds = { database: "a database", messaging: "a message broker", cache: "a cache" } as const;

function* checkConnections({ name, path, service, options }: InstanceSpec, component: Component): Iterable<Finding> {
  yield* twice([...path, "dedicated"], service.dedicated);
  const needed = new Set((component.needs?.(options) ?? []).map(({ kind }) => kind));
  for (const [kind, what] of Object.entries(kinds) as [keyof typeof kinds, string][]) {
    if (service.uses?.[kind] === undefined) continue;
    const at = [...path, "uses", kind];
    if (service.dedicated?.includes(kind))
      yield {
        code: "two-masters",
        path: at,
        atKey: true,
        message: `${name} has ${what} of its own (dedicated) and uses another (uses.${kind})`,
        hint: "Keep one of the two.",
      };
    if (!needed.has(kind))
      yield {
        code: "uses-without-need",
        path: at,
        atKey: true,
        dependsOn: [path],
        message: `${name} does not use ${what}`,
        hint: unneeded(kind, component),
      };
  }
  if (service.uses?.identity !== undefined && !(component.requires ?? []).includes("identity"))
    yield {
      code: "uses-without-need",
      path: [...path, "uses", "identity"],
      atKey: true,
      message: `${name} does not use an Identity service`,
      hint: "Remove the key.",
    };
}

const unneeded = (kind: string, component: Component): string =>
  kind === "messaging" && Object.hasOwn(component.options.shape, "notifications")
    ? "Write notifications: true to send them to the broker, or remove the key."
    : "Remove the key.";
