import { z } from "zod";
import type { Component } from "../../contract/component.ts";
import { commonShape, serviceShape } from "./instance.ts";
import { rootShape } from "./root.ts";

/** The two maps of instances in cluster.yaml. */
export const groups = ["infrastructure", "services"] as const;
export type GroupName = (typeof groups)[number];

/** A map whose entries are all commented out reads as nothing, and means that. */
const instances = z.record(z.string(), z.unknown()).nullish();

/** What cluster.yaml says at the root; the settings of an instance are checked by its component's schema. */
export const rootSchema = z.strictObject({
  ...rootShape,
  infrastructure: instances.describe("Infrastructure: instance -> settings. What services need is added by itself."),
  services: instances.describe("Services: instance -> settings."),
});

/** Schema of one instance's settings: the common ones, those of its group, and the component's own, in one flat map. */
export function instanceSchema(component: Component): z.ZodObject {
  const known = schemas.get(component);
  if (known !== undefined) return known;
  const made = z.strictObject({
    ...commonShape,
    ...(component.group === "services" ? serviceShape : {}),
    ...component.options.shape,
  });
  schemas.set(component, made);
  return made;
}

/** Zod compiles a schema when it first parses: making it anew for each cluster would take most of the parser's time. */
const schemas = new WeakMap<Component, z.ZodObject>();
