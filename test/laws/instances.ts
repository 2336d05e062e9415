import fc, { type Arbitrary } from "fast-check";
import type { z } from "zod";
import type { Component } from "../../generator/contract/component.ts";
import { instanceSchema } from "../../generator/input/schema/whole.ts";
import { bare, keysOf, namesOf, type Schema } from "../../generator/input/schema/zod-walk.ts";
import { fromSchema } from "./from-schema.ts";
import { type Patch, patchesOf } from "./own-patches.ts";
import { type Settings, samples } from "./samples.ts";
import { commonSettings } from "./settings.ts";
import { dials, inner, listOf } from "./sometimes.ts";

/** What an instance says. A choice among instances is a number until it is known which there are. */
export interface Draft {
  readonly settings: Settings;
  readonly uses?: Readonly<Record<string, unknown>>;
  readonly dedicated?: readonly string[];
  readonly patches?: readonly Patch[];
}

const one = fc.constantFrom;

/** Random instances of a component, from its header, its schema, and what the tests know of it. */
export function instancesOf(component: Component): Arbitrary<Draft> {
  const own = samples.get(component.name);
  if (own === undefined) throw new Error(`test/components has no file that speaks of ${component.name}`);
  const { always = fc.constant({}), settings = {} } = own;
  const options = Object.fromEntries(
    Object.entries(component.options.shape)
      .filter(([key]) => settings[key] === undefined)
      .map(([key, schema]) => [key, fromSchema(schema, `${component.name}.${key}`)]),
  );
  const patches = patchesOf(component);
  return fc
    .tuple(
      dials({ ...commonSettings(component), ...credentials(component), ...options, ...settings }),
      counted(component),
      always,
      dials({ ...connections(component), ...(patches.length === 0 ? {} : { patches: listOf(patches) }) }),
    )
    .map(([first, second, third, rest]) => ({ settings: { ...first, ...second, ...third }, ...rest }));
}

/** How many there are: a number, one by role, or bounds; no more than the header lets be counted. */
function counted({ roles }: Component): Arbitrary<Settings> {
  const countable = Object.entries(roles).filter(([, { scaling }]) => scaling === "free" || scaling === "odd");
  const counts = countable.map(([role, { scaling, listed }]) => {
    const count = scaling === "odd" ? one(1, 3, 5, 7) : fc.integer({ min: 1, max: 9 });
    const free = scaling === "free" && listed !== true;
    const absent = fc.constant({});
    return fc.oneof(
      { weight: 2, arbitrary: absent },
      ...(Object.keys(roles).length > 1 ? [] : [{ weight: 1, arbitrary: fc.record({ replicas: count }) }]),
      { weight: 1, arbitrary: fc.record({ replicas: fc.record({ [role]: count }) }) },
      ...(free ? [{ weight: 1, arbitrary: fc.record({ autoscaling: fc.record({ [role]: bounds }) }) }] : []),
    );
  });
  return fc.tuple(...counts).map((list) => {
    const maps = (key: "replicas" | "autoscaling"): Settings => {
      const found = (list as Settings[]).map((settings) => settings[key]).filter((value) => value !== undefined);
      return found.length === 0 ? {} : { [key]: typeof found[0] === "number" ? found[0] : Object.assign({}, ...found) };
    };
    return { ...maps("replicas"), ...maps("autoscaling") };
  });
}

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 9 }), dials({ cpu: one(50) }))
  .map(([minReplicas, maxReplicas, more]) => ({ minReplicas, maxReplicas, ...more }));

const generation = one<object[]>({ generation: 1, alsoValid: 2 }, { generation: 2, alsoValid: 1 }, { generation: 3 });

/** Generations of users and passwords, also while they change. */
const credentials = (component: Component): Record<string, Arbitrary<unknown>> => {
  const kinds = keysBelow(component, "credentials");
  return kinds.length === 0
    ? {}
    : { credentials: inner(Object.fromEntries(kinds.map(([kind]) => [kind, generation]))) };
};

/** Whom a service can use: an instance, by a number, or what lies outside; and what it has for itself. */
function connections(component: Component): Record<string, Arbitrary<unknown>> {
  const uses = keysBelow(component, "uses").map(([key, schema]) => {
    const { def } = bare(schema);
    const outside = def.type === "union" ? def.options.filter((option) => bare(option).def.type === "object") : [];
    return [key, fc.oneof(fc.nat(3), ...outside.map((option) => said(valid(option, `uses.${key}`))))] as const;
  });
  if (uses.length === 0) return {};
  const { dedicated } = instanceSchema(component).shape;
  const { def } = bare(dedicated!);
  return {
    uses: inner(Object.fromEntries(uses)),
    dedicated: fc.subarray(def.type === "array" ? namesOf(def.element) : []),
  };
}

/** Random values of a schema whose keys ask something of each other. */
const valid = (schema: Schema, path: string): Arbitrary<unknown> =>
  fromSchema(schema, path).filter((value) => (schema as z.ZodType).safeParse(value).success);

/** In production plain text to a server outside has to be said. */
const said = (server: Arbitrary<unknown>): Arbitrary<unknown> =>
  server.map((words) => ({ tls: "none", ...(words as object) }));

/** Keys below a key of an instance, with their schemas. */
const keysBelow = (component: Component, key: string): [string, Schema][] => {
  const schema = instanceSchema(component).shape[key];
  return schema === undefined ? [] : keysOf(schema);
};
