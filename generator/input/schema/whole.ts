import { z } from "zod";
import type { Component } from "../../contract/component.ts";
import type { Group } from "../../contract/context.ts";
import { peerWords } from "../../contract/peers.ts";
import { rotatingOptions } from "../../contract/secret.ts";
import { commonShape, credentialsWith, nodeShape, serviceShape, usesWith } from "./instance.ts";
import { rootShape } from "./root.ts";

/** A map whose entries are all commented out reads as nothing, and means that. */
const instances = z.record(z.string(), z.unknown()).nullish();

const maps = {
  infrastructure: instances.describe("Infrastructure: instance -> settings. What services need is added by itself."),
  services: instances.describe("Services: instance -> settings."),
  nodes: instances.describe("What runs on chosen nodes, once on each: instance -> settings."),
} satisfies Record<Group, z.ZodType>;

/** What cluster.yaml says at the root; the settings of an instance are checked by its component's schema. */
export const rootSchema = z.strictObject({ ...rootShape, ...maps });

/**
 * Schema of one instance's settings: the common ones, those of its group, and the component's own, in one flat map. The
 * options of a part are given by its owner.
 */
export function instanceSchema(component: Component): z.ZodObject {
  const known = schemas.get(component);
  if (known !== undefined) return known;
  const further = peerWords(component).filter((word) => word !== "identity");
  const rotating = rotatingOptions(component.secretOptions);
  const made = z.strictObject({
    ...commonShape,
    ...(hasServiceSettings(component) ? settingsOfServices(component) : {}),
    ...(further.length === 0 ? {} : { uses: usesWith(further) }),
    ...(rotating.length === 0 ? {} : { credentials: credentialsWith(rotating, hasServiceSettings(component)) }),
    ...(runsOnEachNode(component) ? nodeShape : {}),
    ...(component.partOf === undefined ? component.options.shape : {}),
  });
  schemas.set(component, made);
  return made;
}

/** A part has the release of its owner. */
const settingsOfServices = ({ partOf }: Component): Partial<typeof serviceShape> => {
  const { release: _, ...ofParts } = serviceShape;
  return partOf === undefined ? serviceShape : ofParts;
};

/** What an operator runs on each node, it replaces in its own way. */
const runsOnEachNode = ({ group, roles }: Component): boolean =>
  group === "nodes" && Object.values(roles).some(({ scaling }) => scaling === "node");

/** True where others are connected to, and users of theirs are had: all but infrastructure. */
export const hasServiceSettings = ({ group }: Pick<Component, "group">): boolean => group !== "infrastructure";

/** Zod compiles a schema when it first parses: making it again for each cluster would take most of the parser's time. */
const schemas = new WeakMap<Component, z.ZodObject>();
