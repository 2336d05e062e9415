import { expect, test } from "vitest";
import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Component, component } from "../../generator/contract/component.ts";
import { buildFrom, recordedStateOf, scopeOf } from "../../generator/fleet/one-cluster.ts";

/** A farm with fields, each a part of it, and a mill that asks the farm. */
const made = { group: "services", roles: { api: { replicas: 1, scaling: "free" } }, manifests: () => [] } as const;
const farm = component({
  ...made,
  name: "farm",
  summary: "A service with parts.",
  options: z.strictObject({ fields: z.array(z.string()).default([]).describe("Names of its fields.") }),
  images: { farm: (release) => `registry.example.org/farm:${release}` },
  endpoints: { farm: { type: "farm", role: "api", port: 8080 } },
  parts: ({ fields }) => fields.map((name) => ({ component: "field", name })),
});
const field = component({
  ...made,
  name: "field",
  summary: "A part of a farm.",
  options: z.strictObject({}),
  images: { field: (release) => `registry.example.org/field:${release}` },
  partOf: "farm",
});
const mill = component({
  ...made,
  name: "mill",
  summary: "A service that needs another.",
  options: z.strictObject({}),
  images: { mill: (release) => `registry.example.org/mill:${release}` },
  requires: ["farm"],
});
const catalogue = new Map<string, Component>([...builtIn, ["farm", farm], ["field", field], ["mill", mill]]);

const build = (services: string) =>
  buildFrom({
    name: "eu1",
    catalogue,
    text: `name: eu1
profile: development
domain: eu1.example.org
release: "2026.1"
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: none }
services: ${services}
`,
  });
const releasesIn = ({ model }: ReturnType<typeof build>): Record<string, string> =>
  Object.fromEntries(model!.instances.map(({ name, spec }) => [name, spec.release]));

test("parts have the release of their owner, also where something else is written of them", () => {
  const cluster = build(
    '{ farm: { release: "2025.2", fields: [north, south] }, farm-two: { fields: [north] }, field-south: { labels: { a: b } } }',
  );
  expect(cluster.issues).toEqual([]);
  expect(releasesIn(cluster)).toMatchObject({
    farm: "2025.2",
    "field-north": "2025.2",
    "field-south": "2025.2",
    "farm-two": "2026.1",
    "field-two-north": "2026.1",
  });
});

test("a part chooses none", () => {
  expect(build('{ farm: { fields: [north] }, field-north: { release: "2025.2" } }').issues).toMatchObject([
    {
      code: "unknown-key",
      message: "services.field-north.release cannot stand here: field-north has the release of its owner",
      hint: "Write it at the instance of farm.",
    },
  ]);
});

test("what another needs does not stay behind it", () => {
  const codesOf = (services: string) => build(services).issues.map(({ code }) => code);
  expect(codesOf('{ farm: { release: "2025.2" }, mill: {} }')).toEqual(["release-order"]);
  expect(codesOf('{ farm: {}, mill: { release: "2025.2" } }')).toEqual([]);
  expect(codesOf('{ farm: { release: "2025.2" }, mill: { release: "2025.2" } }')).toEqual([]);
  expect(codesOf('{ farm: { release: "2025.1" }, mill: { release: "2025.2" } }')).toEqual(["release-order"]);
});

test("an instance is rendered with the base and the images of its release, and the next run knows it", () => {
  const cluster = build('{ keystone: {}, placement: { release: "2025.2" } }');
  expect(cluster.issues).toEqual([]);
  const { files } = scopeOf(cluster);
  const folders = (instance: string) => [
    ...new Set(
      [...files]
        .filter(([path]) => path.startsWith(`overlays/eu1/${instance}/`))
        .flatMap(([, text]) => [...text.matchAll(/bases\/([^/]+)\//g)].map(([, release]) => release)),
    ),
  ];
  expect(folders("keystone")).toEqual(["2026.1"]);
  expect(folders("placement")).toEqual(["2025.2"]);
  expect(folders("mariadb")).toEqual(["2026.1"]);
  const bases = cluster.rendered!.bases.map(({ directory }) => directory);
  expect(bases).toContain("bases/2025.2/placement");
  expect(bases).not.toContain("bases/2026.1/placement");
  const { release, instances } = recordedStateOf(cluster.model!);
  expect(release).toBe("2026.1");
  expect(instances.placement).toMatchObject({ release: "2025.2" });
  expect(instances.keystone).not.toHaveProperty("release");
});
