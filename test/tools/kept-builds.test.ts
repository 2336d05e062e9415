import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { keptBuilds } from "./kept-builds.ts";

const root = mkdtempSync(join(tmpdir(), "overstack-kept-"));
afterAll(() => rmSync(root, { recursive: true }));

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
const names = async (directory: string): Promise<string[]> =>
  (await keptBuilds(root, [directory])).get(directory)!.map(({ metadata }) => metadata.name);

test("what is kept is what Kustomize builds now, also when only a base of a base has changed", async () => {
  write("bases/run/kustomization.yaml", "resources: [a.yaml]\n");
  write("bases/run/a.yaml", configMap("first"));
  write("overlays/x/kustomization.yaml", "resources: [run]\n");
  write("overlays/x/run/kustomization.yaml", "resources: [../../../bases/run]\nnameSuffix: -two\n");
  expect(await names("overlays/x")).toEqual(["first-two"]);
  expect(await names("overlays/x")).toEqual(["first-two"]);
  write("bases/run/a.yaml", configMap("second"));
  expect(await names("overlays/x")).toEqual(["second-two"]);
});

test("a build that fails says why, and is not kept", async () => {
  write("overlays/y/kustomization.yaml", "resources: [missing.yaml]\n");
  for (const _ of [1, 2]) await expect(keptBuilds(root, ["overlays/y"])).rejects.toThrow("missing.yaml");
});
