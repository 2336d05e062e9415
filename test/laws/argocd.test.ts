import { afterAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { type Phase, phases } from "../../generator/contract/kubernetes.ts";
import { clusterOf } from "./by-hand.ts";
import { build, examples, forEachCluster, type Rendered } from "./cases.ts";
import { type EngineObject, engineOf, orderOf } from "./engine.ts";
import { emptyFolder } from "./folders.ts";

const isArgo = ({ model }: Rendered): boolean => model.spec.delivery.engine === "argocd";
const argoExamples = examples.filter(([, cluster]) => isArgo(cluster));
const folder = emptyFolder();
afterAll(folder.remove);

describe("what Argo CD is given applies everything, once and in order", () => {
  test.each(argoExamples)("what Argo CD is given applies everything, once and in order: in %s", (_, cluster) =>
    check(cluster),
  );

  test("what Argo CD is given applies everything, once and in order: in random clusters", { timeout: 3_600_000 }, () =>
    forEachCluster(20, (cluster) => (isArgo(cluster) ? check(cluster) : undefined)),
  );

  test("a pin is read at its revision by every Application of the fleet, and by no other", async () => {
    const [, cluster] = argoExamples.find(([, { model }]) => model.spec.delivery.ref !== undefined)!;
    const { files, objects } = engineOf(cluster);
    const path = `clusters/${cluster.name}/argocd/applications`;
    const root = objects.find(({ spec }) => spec.source?.path === path)!;
    const kustomization = parse(files.get(`${path}/kustomization.yaml`)!);
    const { kustomize } = root.spec.source as unknown as { kustomize: { patches: object[] } };
    folder.writeAll(files);
    folder.writeAll([[`${path}/kustomization.yaml`, stringify({ ...kustomization, ...kustomize })]]);
    const built = (await folder.build([path])).get(path) as unknown as EngineObject[];
    const revisionOf = (list: readonly EngineObject[], name: string) =>
      list.find(({ metadata }) => metadata.name === name)!.spec.source!.targetRevision;
    for (const { metadata, spec } of built) {
      const isFleet = spec.source!.repoURL === cluster.model.spec.delivery.repository;
      const before = revisionOf(objects, metadata.name);
      expect(spec.source!.targetRevision, metadata.name).toBe(isFleet ? root.spec.source!.targetRevision : before);
    }
  });
});

test("a fleet in a folder of a repository is read there", () => {
  const pathsOf = (path?: string) => {
    const delivery = { engine: "argocd", repository: "https://git.example.org/fleet.git", ...(path && { path }) };
    const cluster = build(clusterOf({}, { delivery })) as Rendered;
    const own = engineOf(cluster).objects.filter(({ spec }) => spec.source?.repoURL === delivery.repository);
    return own.map(({ spec }) => spec.source!.path!);
  };
  expect(pathsOf().length).toBeGreaterThan(5);
  expect(pathsOf("infra/cloud")).toEqual(pathsOf().map((path) => `infra/cloud/${path}`));
});

test("an operator that is left to others keeps what its manifests brought, its namespace included", () => {
  for (const [, cluster] of argoExamples) {
    const applications = engineOf(cluster).objects.filter(({ kind }) => kind === "Application");
    for (const { metadata, spec } of applications) {
      const { repoURL, path } = spec.source!;
      const isManifests = path !== undefined && repoURL !== cluster.model.spec.delivery.repository;
      expect("finalizers" in metadata, metadata.name).toBe(!isManifests);
    }
  }
});

function check(cluster: Rendered): void {
  const { name, model } = cluster;
  const { files, objects } = engineOf(cluster);
  const applications = objects.filter(({ kind }) => kind === "Application");
  const project = objects.find(({ kind }) => kind === "AppProject")!;
  const own = applications.filter(({ spec }) => spec.source!.repoURL === model.spec.delivery.repository);
  const byPath = new Map(own.map((object) => [object.spec.source!.path!, object]));

  // One Application for each family and for what all share, and every one of them is listed.
  expect(new Set(own.map(({ spec }) => spec.source!.path)).size).toBe(own.length);
  const parents = [...files.keys()].flatMap(
    (path) => /^(overlays\/[^/]+\/[^/]+)\/kustomization\.yaml$/.exec(path)?.[1] ?? [],
  );
  const parts = model.instances
    .filter(({ owner }) => owner !== undefined)
    .map((part) => `overlays/${name}/${part.name}`);
  expect([...[...byPath.keys()].filter((path) => path.startsWith("overlays/")), ...parts].sort()).toEqual(
    parents.sort(),
  );
  for (const path of byPath.keys()) expect(files.has(`${path}/kustomization.yaml`), path).toBe(true);
  for (const { file } of objects) {
    const directory = file.slice(0, file.lastIndexOf("/"));
    expect(files.get(`${directory}/kustomization.yaml`), file).toContain(`- ${file.slice(directory.length + 1)}\n`);
  }
  for (const { metadata, spec } of applications) {
    expect(spec.project, metadata.name).toBe(project.metadata.name);
    expect(project.spec.sourceRepos, metadata.name).toContain(spec.source!.repoURL);
  }

  // At the first installation waves follow the model's order.
  const headOf = (directory: string) => {
    const instance = directory.split("/")[2]!;
    return `overlays/${name}/${model.instances.find((item) => item.name === instance)?.head ?? instance}`;
  };
  const waveAt = (directory: string) => waveOf(byPath.get(headOf(directory))!);
  for (const [first, second] of orderOf(cluster))
    if (headOf(first) !== headOf(second)) expect(waveAt(second), `${first} < ${second}`).toBeGreaterThan(waveAt(first));
  for (const { name: instance, head, isSuspended } of model.instances)
    expect(byPath.get(`overlays/${name}/${head}`)!.spec.syncPolicy!.automated === undefined, instance).toBe(
      isSuspended,
    );

  checkPhases(cluster);
}

/** Inside an Application phases are waves, those of a family too, and Jobs follow the objects that they use. */
function checkPhases(cluster: Rendered): void {
  const { model, rendered } = cluster;
  const wavesAt = (directory: string) => {
    const [instance, phase] = directory.split("/").slice(2) as [string, Phase];
    return rendered.renders.get(instance)![phase].objects.map(waveOf);
  };
  const head = (directory: string) => model.instances.find(({ name }) => name === directory.split("/")[2])?.head;
  for (const [first, second] of orderOf(cluster))
    if (head(first) !== undefined && head(first) === head(second))
      expect(Math.min(...wavesAt(second)), `${first} < ${second}`).toBeGreaterThan(Math.max(...wavesAt(first)));
  for (const { name } of model.instances) {
    const render = rendered.renders.get(name)!;
    const waves = phases.map((phase) => render[phase].objects.map((object) => ({ object, wave: waveOf(object) })));
    for (const [index, later] of waves.slice(1).entries())
      for (const { object, wave } of later)
        expect(wave, `${name}: ${object.kind}`).toBeGreaterThan(
          Math.max(...[-9, ...waves[index]!.map((item) => item.wave)]),
        );
    for (const { object, wave } of waves[0]!)
      for (const other of waves[0]!)
        if (object.kind === "Job" && other.object.kind !== "Job")
          expect(wave, `${name}: ${object.metadata.name} and ${other.object.kind}`).toBeGreaterThan(other.wave);
  }
}

const waveOf = ({ metadata }: Pick<KubernetesObject, "metadata"> | EngineObject): number =>
  Number(metadata.annotations?.["argocd.argoproj.io/sync-wave"] ?? 0);
