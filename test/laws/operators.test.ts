import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { groupAndKind, operators, predecessors, resources, withRequired } from "../../generator/operators/index.ts";
import { examples } from "./cases.ts";
import { type EngineObject, engineOf } from "./engine.ts";
import { objectsOf } from "./objects.ts";

const objects = examples.flatMap(([, cluster]) => objectsOf(cluster).map(({ object }) => object));
const groupOf = ({ apiVersion }: KubernetesObject): string =>
  apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";

/**
 * Custom resources. Groups below k8s.io are the community's, no matter who serves them (KEP-2337: api-approved.kubernetes.io);
 * a group without a dot is Kubernetes' own.
 */
const custom = objects.filter((object) => /\./.test(groupOf(object)) && !/(^|\.)k8s\.io$/.test(groupOf(object)));

test("no kind and no group of an operator is named outside operators, components and connections", () => {
  // The controller that fetches Secrets from a store is not an operator of ours: nothing is installed, nothing depends on it.
  const words = custom
    .filter((object) => groupOf(object) !== "external-secrets.io")
    .flatMap((object) => [groupOf(object), object.kind]);
  const named = globSync("generator/**/*.ts")
    .filter((file) => !/^generator\/(operators|components|connections|reference|scaffold)\//.test(file))
    .flatMap((file) => {
      const text = readFileSync(file, "utf8").replaceAll(/\/\*.*?\*\/|(?<=^|\s)\/\/ .*?$/gms, "");
      return [...new Set(words)]
        .filter((word) => new RegExp(`["'\`/]${word.replaceAll(".", "\\.")}(["'\`/]|:)|^\\s*${word}:`, "m").test(text))
        .map((word) => `${file.slice("generator/".length)}: ${word}`);
    });
  expect(named.sort()).toEqual([]);
});

test("every field that an operator's file names is there in an object, but those that the operator writes", () => {
  const missing = resources.flatMap(({ group, kind, resource }) => {
    const own = objects.filter((object) => object.kind === kind && groupOf(object) === group);
    const { replicas = [], images = [], references = {}, writtenByOperator = [] } = resource;
    const wanted = [replicas, images, Object.keys(references)].flat();
    const written = writtenByOperator.map((pointer) => pointer.slice(1));
    return [
      ...(own.length === 0 ? [`${kind} is never made`] : []),
      ...wanted.filter((path) => !own.some((object) => has(object, path))).map((path) => `${kind} has no ${path}`),
      ...written.filter((path) => own.some((object) => has(object, path))).map((path) => `${kind} has ${path}`),
    ];
  });
  expect(missing).toEqual([]);
});

test("what a custom resource refers to is made, too", () => {
  const kinds = new Set(objects.map((object) => `${groupOf(object)}/${object.kind}`));
  for (const { resource } of resources)
    for (const target of Object.values(resource.references ?? {})) {
      const { group, kind } = groupAndKind(target);
      expect([...kinds]).toContain(`${group}/${kind}`);
    }
});

test("each operator has a name of its own, a use, and needs those that there are", () => {
  const names = operators.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  for (const operator of operators) {
    expect(names).toEqual(expect.arrayContaining([...predecessors(operator)]));
    expect(operator.images.length, operator.name).toBeGreaterThan(0);
    expect(operator.deployments.length, operator.name).toBeGreaterThan(0);
  }
  const used = examples.flatMap(([, { model }]) => model.operators);
  expect(
    withRequired(used)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(names.toSorted());
});

test.each([
  [[], []],
  [["rabbitmq-topology-operator"], ["rabbitmq-cluster-operator", "cert-manager", "rabbitmq-topology-operator"]],
  // Nobody needs Envoy Gateway for a certificate; where both are there it comes first.
  [["cert-manager"], ["cert-manager"]],
  [
    ["cert-manager", "envoy-gateway"],
    ["envoy-gateway", "cert-manager"],
  ],
])("%j is installed in the order %j", (wanted, installed) => {
  expect(
    withRequired(wanted)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(installed.toSorted());
  const place = (name: string) => withRequired(wanted).findIndex((operator) => operator.name === name);
  for (const operator of withRequired(wanted))
    for (const name of predecessors(operator)) expect(place(name)).toBeLessThan(place(operator.name));
});

/** True when an object has a field: `spec/rules/backendRefs/name`, in one item of each list at least. */
function has(value: unknown, path: string): boolean {
  if (path === "") return value !== undefined;
  if (Array.isArray(value)) return value.some((item) => has(item, path));
  if (value === null || typeof value !== "object") return false;
  const [key, ...rest] = path.split("/");
  return has((value as Record<string, unknown>)[key!], rest.join("/"));
}

test("a release of an operator that Flux leaves in the cluster keeps its source", () => {
  const kept = examples.flatMap(([, cluster]) => {
    const { objects: given } = engineOf(cluster);
    const stays = ({ metadata }: EngineObject) =>
      metadata.annotations?.["kustomize.toolkit.fluxcd.io/prune"] === "disabled";
    return given
      .filter(({ kind }) => kind === "HelmRelease")
      .map((release) => {
        const { name } = release.spec.chart!.spec.sourceRef;
        const source = given.find(({ kind, metadata }) => kind === "HelmRepository" && metadata.name === name)!;
        if (stays(release)) expect(stays(source), name).toBe(true);
        return stays(release);
      });
  });
  expect(kept).toContain(true);
});
