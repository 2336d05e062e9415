import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import type { Component } from "../../generator/contract/component.ts";
import { type Phase, phases } from "../../generator/contract/kubernetes.ts";
import { order } from "../../generator/model/order.ts";
import { operatorNamed } from "../../generator/operators/index.ts";
import { clusterOf } from "./by-hand.ts";
import { build, examples, forEachCluster, type Rendered } from "./cases.ts";
import { appliedDirectories, type EngineObject, engineOf, orderOf } from "./engine.ts";
import { objectsOf } from "./objects.ts";

const isFlux = ({ model }: Rendered): boolean => model.spec.delivery.engine === "flux";

describe("what Flux is given applies everything, once and in order", () => {
  test.each(examples.filter(([, cluster]) => isFlux(cluster)))(
    "what Flux is given applies everything, once and in order: in %s",
    (_, cluster) => check(cluster),
  );

  test("what Flux is given applies everything, once and in order: in random clusters", { timeout: 3_600_000 }, () =>
    forEachCluster(20, (cluster) => (isFlux(cluster) ? check(cluster) : undefined)),
  );

  test("a longer deadline of a Job makes its step's attempt longer", () => {
    const deadlines = { op: "replace", path: "/spec/activeDeadlineSeconds", value: 7200 };
    // Jobs that encrypt again are there only while a key rotates.
    const { name, jobs } = [...catalogue.values()].find(
      (component) => jobsIn(component, "contract").length > 0 && component.secretOptions === undefined,
    )!;
    const patches = jobsIn({ jobs }, "contract").map((job) => ({
      target: { kind: "Job", name: `${name}-${job}` },
      ops: [deadlines],
    }));
    const cluster = build(clusterOf({ [name]: { patches } }, { profile: "development" })) as Rendered;
    check(cluster);
    const { files } = engineOf(cluster);
    expect(files.get(`clusters/eu1/flux/steps/${name}-contract.yaml`)).toContain("timeout: 2h5m0s");
    expect(files.get(`clusters/eu1/flux/steps/${name}-expand.yaml`)).toContain("timeout: 30m0s");
  });
});

const jobsIn = ({ jobs = {} }: Pick<Component, "jobs">, phase: Phase): string[] =>
  Object.keys(jobs).filter((job) => jobs[job]!.phase === phase);

function check(cluster: Rendered): void {
  const { files, objects } = engineOf(cluster);
  const kustomizations = objects.filter(({ kind }) => kind === "Kustomization");
  const own = kustomizations.filter(({ spec }) =>
    [cluster.name, `${cluster.name}-pinned`].includes(spec.sourceRef!.name),
  );
  const byPath = new Map(own.map((object) => [object.spec.path!.replace(/^\.\//, ""), object]));

  // Everything is applied, and nothing twice.
  const directories = own.map(({ spec }) => spec.path!.replace(/^\.\//, "")).sort();
  expect(new Set(directories).size).toBe(directories.length);
  expect(directories.filter((path) => path.startsWith("overlays/"))).toEqual(appliedDirectories(cluster));
  for (const path of directories) expect(files.has(`${path}/kustomization.yaml`), path).toBe(true);
  for (const object of objects) expect(isListed(object.file, files), object.file).toBe(true);

  // Whatever is referred to exists, and nothing waits for itself.
  const names = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  expect(objects.flatMap(referredTo).filter((name) => !names.has(name))).toEqual([]);
  const cycles: unknown[] = [];
  const steps = kustomizations.map(({ metadata, spec }) => ({
    name: metadata.name,
    after: (spec.dependsOn ?? []).map(({ name }) => name),
  }));
  order(steps, (cycle) => cycles.push(cycle));
  expect(cycles).toEqual([]);

  // What the model says comes first does.
  const after = new Map(steps.map((step) => [step.name, step.after]));
  const waitsFor = (name: string, goal: string): boolean =>
    after.get(name)!.some((before) => before === goal || waitsFor(before, goal));
  for (const [first, second] of [...orderOf(cluster), ...operatorsFirst(cluster)])
    expect(waitsFor(byPath.get(second)!.metadata.name, byPath.get(first)!.metadata.name), `${first} < ${second}`).toBe(
      true,
    );

  checkHealth(cluster, own);
  checkTimeouts(cluster, byPath);
  checkPins(cluster, own);
  for (const { name, isSuspended } of cluster.model.instances)
    for (const [path, object] of byPath)
      if (path.startsWith(`overlays/${cluster.name}/${name}/`))
        expect(object.spec.suspend ?? false, path).toBe(isSuspended);
}

/** A file that its folder's kustomization does not name is never applied. */
const isListed = (file: string, files: ReadonlyMap<string, string>): boolean => {
  const folder = file.slice(0, file.lastIndexOf("/"));
  return files.get(`${folder}/kustomization.yaml`)!.includes(`- ${file.slice(folder.length + 1)}\n`);
};

const referredTo = ({ kind, spec }: EngineObject): string[] => [
  ...(spec.dependsOn ?? []).map(({ name }) => `${kind}/${name}`),
  ...[spec.sourceRef, spec.chart?.spec.sourceRef].flatMap((source) =>
    source === undefined ? [] : [`${source.kind}/${source.name}`],
  ),
];

/** An instance follows the operators of its kinds, where Flux installs them. */
const operatorsFirst = ({ name, model, rendered }: Rendered): [string, string][] =>
  model.instances.flatMap(({ name: instance, component }) =>
    (component.operators ?? [])
      .filter((operator) => model.spec.operators?.[operator as "cert-manager"] !== "existing")
      .map((operator): [string, string] => [
        `clusters/${name}/flux/operators/${operatorNamed(operator).name}`,
        [...rendered.files.keys()]
          .find((path) => path.startsWith(`overlays/${name}/${instance}/`))!
          .split("/")
          .slice(0, 4)
          .join("/"),
      ]),
  );

/** What is waited for is applied by that step, or made by an operator from what is. */
function checkHealth(cluster: Rendered, steps: readonly EngineObject[]): void {
  const made = new Set(
    objectsOf(cluster).flatMap(({ object: { kind, metadata } }) => {
      const id = (made: string, suffix = "") => `${made} ${metadata.namespace}/${metadata.name}${suffix}`;
      if (kind === "MariaDB") return [id("StatefulSet")];
      return kind === "RabbitmqCluster" ? [id("StatefulSet", "-server")] : [id(kind)];
    }),
  );
  for (const { metadata, spec } of steps)
    for (const { kind, name, namespace } of spec.healthChecks ?? [])
      if (spec.path!.startsWith("./overlays/"))
        expect(made.has(`${kind} ${namespace}/${name}`), `${metadata.name} waits for ${kind}/${name}`).toBe(true);
}

/** A step that gives up before its Job does would let the next commit replace a migration that runs. */
function checkTimeouts({ name, rendered }: Rendered, byPath: ReadonlyMap<string, EngineObject>): void {
  for (const [instance, render] of rendered.renders)
    for (const phase of phases)
      for (const { kind, spec } of render[phase].objects) {
        const { timeout } = byPath.get(`overlays/${name}/${instance}/${phase}`)?.spec ?? {};
        if (kind === "Job") expect(secondsOf(timeout!)).toBeGreaterThan((spec as Job).activeDeadlineSeconds);
      }
}
interface Job {
  readonly activeDeadlineSeconds: number;
}

/** Of a duration as Go writes it: 2h5m0s. */
const secondsOf = (duration: string): number =>
  [...duration.matchAll(/([0-9]+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * { h: 3600, m: 60, s: 1 }[unit as "h" | "m" | "s"],
    0,
  );

/** At a pin everything is read there but the root, which holds the pin. */
function checkPins({ name, model }: Rendered, steps: readonly EngineObject[]): void {
  const pinned = model.spec.delivery.ref === undefined ? name : `${name}-pinned`;
  for (const { metadata, spec } of steps)
    expect(spec.sourceRef!.name, metadata.name).toBe(metadata.name === name ? name : pinned);
}
