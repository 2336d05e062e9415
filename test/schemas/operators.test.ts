import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { mirroredImages, patchesOf } from "../../generator/delivery/installation.ts";
import { operators } from "../../generator/operators/index.ts";
import type { Site } from "../../generator/operators/operator.ts";
import { kustomizeObjects } from "../tools/kustomize.ts";
import { manifests } from "./manifests.ts";

const folder = mkdtempSync(join(tmpdir(), "overstack-operators-"));
afterAll(() => rmSync(folder, { recursive: true }));

const site: Site = {
  production: true,
  dns: "cluster.local",
  registry: undefined,
  trust: "ca",
  pullSecrets: [],
  snapshots: true,
  existing: [],
};
const builtAt = (at: Site) =>
  operators.flatMap(({ source }) => {
    if (source.type !== "git") return [];
    const resources = [relative(folder, join(manifests, source.repository.replace("https://", ""), source.path))];
    const images = mirroredImages(source.images, at.registry);
    writeFileSync(join(folder, "kustomization.yaml"), stringify({ resources, images, ...patchesOf(source, at) }));
    return kustomizeObjects(folder);
  });
const objectsAt = (at: Site): string[] =>
  builtAt(at).map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);

test("no object belongs to two operators: engines would fight over it", () => {
  const objects = objectsAt(site);
  expect(objects.filter((object, index) => objects.indexOf(object) !== index)).toEqual([]);
  expect(objects).toContain("Namespace /rabbitmq-system");
});

test("an operator brings the namespace that it would share with one that somebody else installs", () => {
  const alone = objectsAt({ ...site, existing: ["rabbitmq-cluster-operator"] });
  expect(alone.filter((object) => object === "Namespace /rabbitmq-system")).toHaveLength(2);
});

test("a second pod of each operator takes over from one that is lost with its host, and 30 s later there are two again", () => {
  for (const { kind, metadata, spec } of builtAt(site)) {
    if (kind !== "Deployment") continue;
    const { replicas, template } = spec as {
      replicas: number;
      template: { spec: { tolerations: { tolerationSeconds: number }[] } };
    };
    expect(replicas, metadata.name).toBe(2);
    expect(template.spec.tolerations.map(({ tolerationSeconds }) => tolerationSeconds)).toEqual([30, 30]);
  }
});
