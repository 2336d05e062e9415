import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Catalogue, component } from "../../generator/contract/component.ts";

// Components as small as they can be, of the kinds that run on nodes: until the catalogue has some, the laws are tried on them.

/** An agent on the nodes that are told. */
export const agent = component({
  name: "lamp",
  summary: "Lights a lamp on each node.",
  group: "nodes",
  options: z.strictObject({}),
  roles: { agent: { replicas: 1, scaling: "one" } },
  images: { lamp: () => "registry.example.org/lamp:1.0" },
  manifests: () => [],
});

/** The catalogue with them in it. */
export const catalogue: Catalogue = new Map([...builtIn, ...[agent].map((item) => [item.name, item] as const)]);
