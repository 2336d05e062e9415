import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { clusterDiff } from "../../generator/diff/cluster-diff.ts";
import { dataVersion, diffSchema } from "../../generator/diff/schema.ts";
import { build } from "../laws/cases.ts";

const text = `name: eu1
release: "2026.1"
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { secret: public } }
infrastructure: { mariadb: { backup: none } }
services: { keystone: {} }
`;

test("the schema of what scripts are given changes only when somebody says so", async () => {
  await expect(`${JSON.stringify(diffSchema(), undefined, 1)}\n`).toMatchFileSnapshot("diff.schema.txt");
});

test("what scripts are given is as its schema says, and nothing else", () => {
  // Keys that the schema does not name would be missing in it.
  const strict = JSON.parse(JSON.stringify(diffSchema()));
  const valid = new Ajv2020({ strict: false, allErrors: true }).compile(strict);
  const edited = build(text.replace("2026.1", "2026.2").replace("backup: none", "backup: none, replicas: 5"));
  const clusters = [clusterDiff(build(text), edited), clusterDiff(undefined, edited), clusterDiff(edited, undefined)];
  const data = { version: dataVersion, from: "0".repeat(40), clusters, issues: [] };
  expect(valid(JSON.parse(JSON.stringify(data))), JSON.stringify(valid.errors)).toBe(true);
  expect(valid({ ...data, clusters: [{ name: "eu1" }] })).toBe(false);
  expect(valid({ ...data, unknown: true })).toBe(false);
});
