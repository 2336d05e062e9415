import { z } from "zod";
import { oneOf } from "../../base/words.ts";
import type { Component } from "../../contract/component.ts";
import { count } from "../../contract/formats.ts";
import { programsOf, schedulesOf } from "../../contract/programs.ts";
import { releases } from "../../contract/release.ts";
import { countedRoles, defaultReplicas, meantRole } from "../../contract/replicas.ts";
import { formOf } from "./describe.ts";
import { commonShape } from "./instance.ts";
import { instanceSchema } from "./whole.ts";
import { bare, namesOf, type Schema } from "./zod-walk.ts";

/**
 * The settings of a component's instances as a person is shown them: where the component gives the names (roles, jobs,
 * images) they are listed with their defaults, and what it would refuse is left out. For explanation only: parsing knows
 * better messages.
 */
export function shownSettings(component: Component): z.ZodObject {
  const known = shown.get(component);
  if (known !== undefined) return known;
  const made = makeShown(component);
  shown.set(component, made);
  return made;
}

/** The schema for editors asks once for each component and key. */
const shown = new WeakMap<Component, z.ZodObject>();

function makeShown(component: Component): z.ZodObject {
  const { shape } = instanceSchema(component);
  const roles = Object.entries(component.roles);
  const scaled = roles.filter(
    ([, { scaling, listed, podLabels }]) => scaling === "free" && listed !== true && podLabels === undefined,
  );
  const countable = countedRoles(component);
  const counts = named(
    countable.map((role) => [role, undefined]),
    (role) => count.describe(`Replicas of ${role}. ${defaultCount(component, role)}`),
  );
  const meant = meantRole(component);
  const only = meant !== undefined && countable.includes(meant) ? meant : undefined;
  const replicas = only === undefined ? counts : z.union([count, counts]);
  const all: Record<string, z.ZodType> = {
    ...shape,
    component: z.literal(component.name).optional().describe(commonShape.component.description!),
    replicas: replicas
      .optional()
      .describe(
        only === undefined
          ? `Role -> number of replicas.${countable.length === 0 ? ` ${component.name} runs once on each of its nodes.` : ""}`
          : `Replicas of ${only}, as a number or as a map. ${defaultCount(component, only)}`,
      ),
    resources: described(
      "resources",
      named(
        programsOf(component).map((program) => [program, undefined]),
        (program) => entryOf("resources").describe(`CPU and memory of ${program}.`),
      ),
      component,
    ),
    autoscaling: described(
      "autoscaling",
      named(scaled, (role) => entryOf("autoscaling").describe(`Bounds and target of ${role}.`)),
      component,
    ),
    crons: described(
      "crons",
      named(Object.entries(schedulesOf(component)), (job, schedule) =>
        entryOf("crons").default(schedule).describe(`Schedule of ${job}.`),
      ),
      component,
    ),
    image: described(
      "image",
      named(
        [
          ...Object.entries(component.images).map(([image, of]) => [image, byRelease(of)] as const),
          ...Object.entries(component.ownImages ?? {}).map(
            ([image, has]) => [image, `none; you build one with ${has}`] as const,
          ),
        ],
        (image, usual) => entryOf("image").describe(`Image "${image}". Default: ${usual}.`),
      ),
      component,
    ),
  };
  // The same as the rules say (not-supported): what is not an OpenStack service has no configuration directory and no pods of ours.
  const refused = component.config === undefined ? ofOpenStack : [];
  return z.strictObject(Object.fromEntries(Object.entries(all).filter(([key]) => !refused.includes(key))));
}

/** What a key means; for a key without a sentence of its own, what it must be. */
export function meaningOf(schema: Schema): string {
  const { description } = bare(schema);
  if (description !== undefined) return description;
  const form = typeOf(schema);
  return `${form.charAt(0).toUpperCase()}${form.slice(1)}.`;
}

/** What a value must be; for lists and maps also what their entries must be: `a list, each a name of …`. */
export function typeOf(schema: Schema): string {
  const { def, schema: inner } = bare(schema);
  switch (def.type) {
    case "number":
      return numberType(inner as z.ZodNumber);
    case "array":
      return `a list, each ${typeOf(def.element)}`;
    case "record":
      return isPlain(def.valueType) ? `a map, each value ${typeOf(def.valueType)}` : formOf(schema);
    case "union": {
      if ("discriminator" in def) return formOf(schema);
      const forms = def.options.flatMap((option) => (namesOf(option).length > 0 ? namesOf(option) : typeOf(option)));
      return oneOf([...new Set(forms)]);
    }
    default:
      return formOf(schema);
  }
}

const isPlain = (schema: Schema): boolean => ["string", "number", "boolean", "enum"].includes(bare(schema).def.type);

function numberType({ isInt, minValue, maxValue }: z.ZodNumber): string {
  const kind = isInt ? "a whole number" : "a number";
  const isBounded = Number.isFinite(minValue) && Number.isFinite(maxValue) && maxValue !== Number.MAX_SAFE_INTEGER;
  return isBounded ? `${kind} from ${minValue} to ${maxValue}` : kind;
}

const ofOpenStack = ["config", "files", "environment", "environmentFrom", "sidecars", "volumes"];

function named<V>(
  entries: readonly (readonly [string, V])[],
  schemaOf: (name: string, value: V) => z.ZodType,
): z.ZodObject {
  return z.strictObject(Object.fromEntries(entries.map(([name, value]) => [name, schemaOf(name, value).optional()])));
}

type MapKey = "resources" | "autoscaling" | "crons" | "image";

/** Schema of one entry of a map that every component has. */
const entryOf = (key: MapKey): z.ZodType => commonShape[key].unwrap().valueType;

const described = (key: MapKey, entries: z.ZodObject, component: Component): z.ZodType => {
  const none = Object.keys(entries.shape).length === 0 ? ` ${component.name} has none.` : "";
  return entries.optional().describe(`${commonShape[key].description}${none}`);
};

function defaultCount(component: Component, role: string): string {
  const [production, development] = (["production", "development"] as const).map((profile) =>
    defaultReplicas(component, profile, role),
  );
  return `Default: ${production}${production === development ? "" : `, in development ${development}`}.`;
}

/** `glance:<release>` where the releases differ in nothing else, otherwise a list. */
export function byRelease(imageOf: Component["images"][string]): string {
  const images = releases.map((release) => ({ release, image: imageOf(release) }));
  const patterns = [...new Set(images.map(({ release, image }) => image.replaceAll(release, "<release>")))];
  return patterns.length === 1 ? patterns[0]! : images.map(({ release, image }) => `${release} ${image}`).join(", ");
}
