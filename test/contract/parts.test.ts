import { expect, test } from "vitest";
import { z } from "zod";
import { catalogue } from "../../generator/components/index.ts";
import { type Component, component } from "../../generator/contract/component.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";

/** A shop with tills of its own, as many as its options name. */
const shop = component({
  name: "shop",
  summary: "A service with parts.",
  group: "services",
  options: z.strictObject({ tills: z.array(z.string()).default([]).describe("Names of its tills.") }),
  roles: { api: { replicas: 1, scaling: "free" } },
  images: { shop: () => "registry.example.org/shop:1" },
  parts: ({ tills }) => tills.map((name) => ({ component: "till", name, dedicated: ["cache"] })),
  manifests: () => [],
});
const till = component({
  name: "till",
  summary: "A part of a shop.",
  group: "services",
  options: z.strictObject({}),
  roles: { worker: { replicas: 1, scaling: "free" } },
  images: { till: () => "registry.example.org/till:1" },
  needs: () => [{ kind: "cache", name: "till", group: "cache" }],
  manifests: () => [],
});

test("a part is an instance of its own, with what is dedicated to it", () => {
  const all = new Map<string, Component>([...catalogue, ["shop", shop], ["till", till]]);
  const text = `name: eu1
profile: development
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
services: { shop: { tills: [front, back] } }
`;
  const { model, issues } = buildFrom({ name: "eu1", text, catalogue: all });
  expect(issues).toEqual([]);
  const connected = Object.fromEntries(
    model!.instances.map(({ name, connections }) => [name, connections.map(({ instance }) => instance)]),
  );
  expect(connected).toMatchObject({ "till-front": ["memcached-till-front"], "till-back": ["memcached-till-back"] });
});
