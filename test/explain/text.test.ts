import { expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { instanceSchema } from "../../generator/input/schema/whole.ts";
import { rowsOf } from "../../generator/reference/rows.ts";
import { development, production, shown } from "./clusters.ts";

test("a single value is read from top to bottom", () => {
  expect(shown("services.glance.replicas", production)).toBe(`PATH:     services.glance.replicas
MEANING:  Replicas of api, as a number or as a map.
TYPE:     a whole number from 0 to 1000 or a map of api
DEFAULT:  3, in development 1
VALUE:    {"api":7}
FROM:     written at clusters/eu1/cluster.yaml:15:5

KEYS
  api  <a whole number from 0 to 1000>
      Replicas of api. Default: 3, in development 1.
`);
});

test("no line is longer than 100 characters, whatever is asked", () => {
  const keys = [...catalogue.values()].flatMap((component) => [
    `${component.group}.${component.name}`,
    ...rowsOf(instanceSchema(component))
      .filter(({ path }) => !/[<[.]/.test(path))
      .map(({ path }) => `${component.group}.${component.name}.${path}`),
  ]);
  const plain = [...catalogue.values()].filter(({ config, group }) => config === undefined && group === "nodes");
  const without = ["infrastructure\\.\\w+", ...plain.map(({ name }) => `nodes\\.${name}`)].join("|");
  const refused = new RegExp(`(${without})\\.(config|files|environment|environmentFrom|volumes|sidecars)$`);
  for (const about of [undefined, production, development])
    for (const path of [
      "",
      "services",
      "infrastructure",
      "namespaces",
      "images",
      "access.tls",
      ...keys.filter((key) => !refused.test(key)),
    ])
      for (const line of shown(path, about).split("\n"))
        expect(line.length, `${path}: ${line}`).toBeLessThanOrEqual(100);
});
