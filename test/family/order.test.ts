import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Component, component, type PartOrder } from "../../generator/contract/component.ts";
import { type Phase, phases, waves } from "../../generator/contract/kubernetes.ts";
import { labels, objectName, placed } from "../../generator/kit/names.ts";
import { engineOf, orderOf } from "../laws/engine.ts";
import { clusterOf, instanceOf, mistakes, rendered } from "./clusters.ts";
import { catalogueWith } from "./components.ts";

const tiny = { cells: { a: { agents: ["x"] } } };
const argocd = { delivery: { repository: "https://git.example.org/fleet.git", engine: "argocd" } };

/** What each step of Flux waits for, by its name without the cluster's. */
function stepsOf(services: object): Record<string, string[]> {
  const { objects } = engineOf(rendered(services));
  return Object.fromEntries(
    objects
      .filter(({ kind, file }) => kind === "Kustomization" && file.includes("/steps/"))
      .map(({ metadata, spec }) => [
        metadata.name.replace("lab-", ""),
        (spec.dependsOn ?? []).map(({ name }) => name.replace("lab-", "")),
      ]),
  );
}

describe("order in a family", () => {
  test("stands between phases: the header of a part says which", () => {
    const steps = stepsOf({ tiny });
    expect(steps["tiny-cell-a-expand"]).toContain("tiny-expand");
    expect(steps["tiny-run"]).toEqual(["tiny-cell-a-run", "tiny-expand"]);
    expect(steps["tiny-cell-a-contract"]).toEqual(["tiny-agent-a-x-run", "tiny-cell-a-run", "tiny-run"]);
    expect(steps["tiny-contract"]).toEqual(["tiny-cell-a-contract", "tiny-run"]);
  });

  test("a part that says nothing begins when its owner runs", () => {
    expect(stepsOf({ tiny })["tiny-agent-a-x-run"]).toContain("tiny-cell-a-run");
  });

  test("is that of waves for Argo CD, where the family is one Application", () => {
    const cluster = rendered({ tiny }, argocd);
    const begin = (name: string) => instanceOf(cluster, name).waves;
    expect(begin("tiny")).toEqual({ expand: -2, run: 3, contract: 7 });
    expect(begin("tiny-cell-a")).toEqual({ expand: 0, run: 2, contract: 6 });
    expect(begin("tiny-agent-a-x")).toEqual({ expand: 3, run: 5, contract: 6 });
    const applications = [...engineOf(cluster).files.keys()].filter((path) => path.includes("/applications/tiny"));
    expect(applications).toEqual(["clusters/lab/argocd/applications/tiny.yaml"]);
    expect(engineOf(cluster).files.get("overlays/lab/tiny/kustomization.yaml")).toContain("- ../tiny-cell-a\n");
    expect(begin("keystone")).toEqual(waves);
  });
});

describe("suspend", () => {
  const suspended = (services: object, more: object = {}) =>
    rendered(services, more)
      .model.instances.filter(({ isSuspended }) => isSuspended)
      .map(({ name }) => name)
      .sort();

  test("an owner is suspended together with its family", () => {
    expect(suspended({ tiny: { ...tiny, suspend: true } })).toEqual(["tiny", "tiny-agent-a-x", "tiny-cell-a"]);
    const { files } = engineOf(rendered({ tiny: { ...tiny, suspend: true } }, argocd));
    expect(files.get("clusters/lab/argocd/applications/tiny.yaml")).not.toContain("automated");
  });

  test("a part is suspended alone with Flux, and not at all with Argo CD", () => {
    expect(suspended({ tiny, "tiny-agent-a-x": { suspend: true } })).toEqual(["tiny-agent-a-x"]);
    expect(mistakes({ tiny, "tiny-agent-a-x": { suspend: true } }, argocd)).toEqual([
      [
        "suspended-part",
        "tiny-agent-a-x cannot be suspended without tiny-cell-a: for Argo CD the two are one Application. Write suspend: true at tiny-cell-a, or leave it out.",
      ],
    ]);
  });
});

test("steps that wait for each other are refused, and their names are said", () => {
  const odd = parted([{ partOf: "owner", order: { after: { expand: "run" }, before: { run: "expand" } } }]);
  expect(mistakes({}, onlyOwner, catalogueWith(...odd))).toEqual([
    [
      "dependency-cycle",
      "these steps of owner and its parts wait for each other: owner-run -> owner-expand -> part-0-it-run -> part-0-it-expand -> owner-run. The headers of these components say so: correct their order.",
    ],
  ]);
});

// Families of any shape: parts of the owner or of other parts, with any order between their phases and any of these empty.
const phase = fc.constantFrom(...phases);
const places = fc.dictionary(phase, phase, { maxKeys: 2 });
const shapes = fc.array(
  fc.record(
    {
      above: fc.nat(3),
      order: fc.record({ after: places, before: places }, { requiredKeys: [] }),
      present: fc.subarray([...phases], { minLength: 1 }),
    },
    { requiredKeys: ["above", "present"] },
  ),
  { minLength: 1, maxLength: 4 },
);

test("whatever a family looks like: its steps have an order and wait for steps that there are, or are refused", () => {
  fc.assert(
    fc.property(shapes, (drawn) => {
      const members = parted(
        drawn.map(({ above, order, present }, index) => ({
          partOf: above % (index + 1) === 0 ? "owner" : `part-${(above % (index + 1)) - 1}`,
          ...(order === undefined ? {} : { order: order as PartOrder }),
          present,
        })),
      );
      const cluster = clusterOf({}, onlyOwner, catalogueWith(...members));
      const codes = cluster.issues.filter(({ severity }) => severity === "error").map(({ code }) => code);
      expect(codes).toEqual(hasCycle(members) ? codes.filter((code) => code === "dependency-cycle") : []);
      expect(codes.length > 0).toBe(hasCycle(members));
      if (codes.length > 0) return;

      const own = cluster as ReturnType<typeof rendered>;
      const { objects } = engineOf(own);
      const steps = objects.filter(({ kind, file }) => kind === "Kustomization" && file.includes("/steps/"));
      const after = new Map(
        steps.map(({ metadata, spec }) => [metadata.name, (spec.dependsOn ?? []).map(({ name }) => name)]),
      );
      for (const before of [...after.values()].flat()) expect(after.has(before), before).toBe(true);
      expect(endless(after)).toEqual([]);
      const nameOf = (directory: string) => `lab-${directory.split("/").slice(2).join("-")}`;
      for (const [first, second] of orderOf(own)) expect(waitsFor(nameOf(second), nameOf(first), after)).toBe(true);
    }),
    { numRuns: Number(process.env.OVERSTACK_LAWS_RUNS ?? 40) },
  );
});

const onlyOwner = { infrastructure: { owner: {} } };

/** An owner, and parts that have one instance each and nothing but an object in each phase that is present. */
function parted(
  parts: readonly { readonly partOf: string; readonly order?: PartOrder; readonly present?: readonly Phase[] }[],
): Component[] {
  const names = ["owner", ...parts.map((_, index) => `part-${index}`)];
  return names.map((name, index) => {
    const { partOf, order, present = phases } = parts[index - 1] ?? {};
    const below = parts.flatMap((part, other) => (part.partOf === name ? [`part-${other}`] : []));
    return component({
      name,
      summary: "Of a random family.",
      group: "infrastructure",
      options: z.strictObject({}),
      roles: { api: { replicas: 2, scaling: "free" } },
      images: {},
      ...(partOf === undefined ? {} : { partOf }),
      ...(order === undefined ? {} : { order }),
      parts: () => below.map((part) => ({ component: part, name: "it" })),
      manifests: (ctx) =>
        present.map((where) => {
          const metadata = { name: objectName(ctx, where), labels: labels(ctx) };
          return placed(where, { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} });
        }),
    });
  });
}

/** True when the headers of a family say that a phase comes before itself. */
function hasCycle(members: readonly Component[]): boolean {
  const after = new Map<string, string[]>();
  const add = (first: string, then: string) => after.set(then, [...(after.get(then) ?? []), first]);
  for (const { name, partOf, order = {} } of members) {
    for (const own of phases) after.set(`${name} ${own}`, after.get(`${name} ${own}`) ?? []);
    add(`${name} expand`, `${name} run`);
    add(`${name} run`, `${name} contract`);
    if (partOf === undefined) continue;
    for (const [own, owners] of Object.entries(order.after ?? { expand: "run" }))
      add(`${partOf} ${owners}`, `${name} ${own}`);
    for (const [own, owners] of Object.entries(order.before ?? {})) add(`${name} ${own}`, `${partOf} ${owners}`);
  }
  return endless(after).length > 0;
}

/** What can never begin. */
function endless(after: ReadonlyMap<string, readonly string[]>): string[] {
  const waiting = new Map(after);
  for (;;) {
    const ready = [...waiting].filter(([, before]) => before.every((name) => !waiting.has(name)));
    if (ready.length === 0) return [...waiting.keys()];
    for (const [name] of ready) waiting.delete(name);
  }
}

const waitsFor = (name: string, goal: string, after: ReadonlyMap<string, readonly string[]>): boolean =>
  after.get(name)!.some((before) => before === goal || waitsFor(before, goal, after));
