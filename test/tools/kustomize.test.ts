import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { helm, kustomizeBuild, kustomizeBuildAll, kustomizeObjects, kustomizeVersion } from "./kustomize.ts";

const root = mkdtempSync(join(tmpdir(), "overstack-kustomize-"));
afterAll(() => rmSync(root, { recursive: true }));

const base = tree("base", {
  "kustomization.yaml": "resources: [service.yaml]\n",
  "service.yaml": "apiVersion: v1\nkind: Service\nmetadata: { name: api }\nspec: { ports: [{ port: 80 }] }\n",
});
const overlay = tree("overlay", { "kustomization.yaml": "resources: [../base]\nnameSuffix: -two\nnamespace: web\n" });
const broken = tree("broken", { "kustomization.yaml": "resources: [absent.yaml]\n" });

test("kustomize is the version that Flux 2.9 and Argo CD 3.6 use", () => {
  expect(kustomizeVersion()).toBe("v5.8.1");
});

test("helm is version 4", () => {
  expect(helm(["version", "--short"])).toMatch(/^v4\./);
});

test("an overlay is built over its base", () => {
  expect(kustomizeObjects(overlay)).toEqual([
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "api-two", namespace: "web" },
      spec: { ports: [{ port: 80 }] },
    },
  ]);
});

test("many directories are built at once, each as if alone", async () => {
  const built = await kustomizeBuildAll([base, overlay]);
  expect([...built]).toEqual([base, overlay].map((dir) => [dir, kustomizeBuild(dir)]));
});

test("a failing build names its directory and the file that is missing", async () => {
  expect(() => kustomizeBuild(broken)).toThrow(/broken.*absent\.yaml/s);
  await expect(kustomizeBuildAll([base, broken])).rejects.toThrow(/broken.*absent\.yaml/s);
});

function tree(name: string, files: Record<string, string>): string {
  const dir = join(root, name);
  mkdirSync(dir);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
  return dir;
}
