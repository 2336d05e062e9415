import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Catalogue, type Component, component } from "../../generator/contract/component.ts";
import { openstack } from "../../generator/kit/openstack.ts";

// Components as small as they can be that find each other: each word of the header about other services is said by one of
// them. Two know each other, one comes after the other, and a part finds what its owner answers for.

/** Must be there for the porter, and knows it. */
const signal = openstack({
  name: "signal",
  summary: "Tells the porter when to open.",
  roles: { api: { wsgi: "signal.wsgi:application", endpoint: { type: "signal", port: 8901, description: "Signal" } } },
  needs: [],
  knows: ["porter"],
  wants: ["placement"],
  conf: (ctx) => ({
    signal: {
      porter: ctx.url("porter", "internal"),
      ...(ctx.peer("placement") === undefined ? {} : { placement: ctx.url("placement", "internal") }),
    },
  }),
});

/** Opens what the signal says, at one gate for each of its parts. */
const porter = openstack({
  name: "porter",
  summary: "Opens gates.",
  options: { gates: z.array(z.string()).default([]).describe("Names of its gates.") },
  roles: { api: { wsgi: "porter.wsgi:application", endpoint: { type: "porter", port: 8902, description: "Porter" } } },
  needs: [],
  requires: ["signal"],
  parts: ({ gates }) => gates.map((name) => ({ component: "porter-gate", name })),
  conf: (ctx) => ({ porter: { signal: ctx.url("signal", "public") } }),
});

/** A part: it asks its owner, and reads a Secret of the signal. */
const gate: Component = component({
  name: "porter-gate",
  summary: "One gate.",
  group: "services",
  partOf: "porter",
  options: z.strictObject({}),
  roles: { gate: { replicas: 1, scaling: "free" } },
  images: { "porter-gate": () => "registry.example.org/gate:1" },
  knows: ["porter", "signal"],
  secrets: (ctx) => {
    const { instance, namespace } = ctx.peer("signal")!;
    const name = `${instance}-identity`;
    return namespace === ctx.namespace
      ? []
      : [{ name, keys: { password: "password" }, purpose: "the signal's user", copyOf: { instance, name } }];
  },
  manifests: () => [],
});

/** The catalogue with them in it. */
export const catalogue: Catalogue = new Map(
  [...builtIn.values(), signal as Component, porter as Component, gate].map((item) => [item.name, item]),
);
