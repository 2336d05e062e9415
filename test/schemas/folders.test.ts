import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type AppliedFolder, engineFolders, overlayFolders } from "./trees.ts";

const repository = mkdtempSync(join(tmpdir(), "overstack-trees-"));
afterAll(() => rmSync(repository, { recursive: true }));

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
write("bases/api/kustomization.yaml", "resources: [config.yaml]\n");
write("bases/api/config.yaml", configMap("api"));
write(
  "overlays/eu1/_cluster/kustomization.yaml",
  "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{ pairs: { region: eu1 } }]\n",
);
write(
  "overlays/eu1/api/kustomization.yaml",
  "resources: [../../../bases/api]\nnameSuffix: -eu1\ncomponents: [../_cluster]\n",
);
write("overlays/eu1/api/expand/kustomization.yaml", "resources: [../../../../bases/api]\nnameSuffix: -expand\n");
write("clusters/eu1/flux/kustomization.yaml", "resources: [infrastructure/mariadb.yaml]\n");
write("clusters/eu1/flux/infrastructure/mariadb.yaml", configMap("listed"));
write("clusters/eu1/flux/stray.yaml", configMap("stray"));
write("clusters/us1/argocd/b/two.yaml", configMap("two"));
write("clusters/us1/argocd/one.yaml", `${configMap("zero")}---\n${configMap("one")}`);
write("clusters/us1/cluster.yaml", "name: us1\n");

test("overlays and their phases are built, Components are not", async () => {
  expect(names(await overlayFolders(repository))).toEqual([
    ["overlays/eu1", "overlays/eu1/api", ["api-eu1"]],
    ["overlays/eu1", "overlays/eu1/api/expand", ["api-expand"]],
  ]);
});

test("engine objects are those of the kustomization, or every manifest where there is none", async () => {
  expect(names(await engineFolders(repository))).toEqual([
    ["clusters/eu1", "clusters/eu1/flux", ["listed"]],
    ["clusters/us1", "clusters/us1/argocd", ["two", "zero", "one"]],
  ]);
});

function write(path: string, text: string): void {
  const file = join(repository, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function names(folders: readonly AppliedFolder[]): unknown[] {
  return folders.map(({ cluster, path, objects }) => [cluster, path, objects.map(({ metadata }) => metadata.name)]);
}
