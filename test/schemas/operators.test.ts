import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { mirroredImages, operators, patchesOf, type Site } from "../../generator/delivery/operators.ts";
import { kustomizeObjects } from "../tools/kustomize.ts";
import { manifests } from "./manifests.ts";

const folder = mkdtempSync(join(tmpdir(), "overstack-operators-"));
afterAll(() => rmSync(folder, { recursive: true }));

const site: Site = { production: true, dns: "cluster.local", registry: undefined, trust: "ca", existing: [] };
const objectsAt = (at: Site): string[] =>
  operators.flatMap(({ source }) => {
    if (source.type !== "git") return [];
    const resources = [relative(folder, join(manifests, source.repository.replace("https://", ""), source.path))];
    const images = mirroredImages(source.images, at.registry);
    writeFileSync(join(folder, "kustomization.yaml"), stringify({ resources, images, ...patchesOf(source, at) }));
    return kustomizeObjects(folder).map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
  });

test("no object belongs to two operators: engines would fight over it", () => {
  const objects = objectsAt(site);
  expect(objects.filter((object, index) => objects.indexOf(object) !== index)).toEqual([]);
  expect(objects).toContain("Namespace /rabbitmq-system");
});

test("an operator brings the namespace that it would share with one that somebody else installs", () => {
  const alone = objectsAt({ ...site, existing: ["rabbitmq-cluster-operator"] });
  expect(alone.filter((object) => object === "Namespace /rabbitmq-system")).toHaveLength(2);
});
