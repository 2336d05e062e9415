import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { groups } from "../../generator/contract/context.ts";
import { componentOf } from "../../generator/input/instances.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { build, componentsIn, forEachCluster, seed } from "./cases.ts";
import { clusters } from "./clusters.ts";
import { families, type Settings, samples } from "./samples.ts";
import { unusedKeys } from "./unused-keys.ts";

test("of the random clusters that the laws are tried on at least nine in ten are valid", () => {
  const tried = fc.sample(clusters, 60);
  const valid = tried.filter((data) => !hasErrors(build(data).issues));
  expect(valid.length / tried.length).toBeGreaterThanOrEqual(0.9);
});

describe("random clusters leave out no component", () => {
  // A fixed seed: this asks about what is drawn, and not about the product.
  const instances = fc
    .sample(clusters, { numRuns: 400, seed: 1 })
    .flatMap((data) => groups.flatMap((group) => Object.entries(data[group] as object)))
    .map(([name, settings]) => ({ component: componentOf(name, catalogue)?.name, settings: settings as Settings }));

  test.each([...catalogue.keys()])("%s occurs in random clusters, with every role and every option", (name) => {
    const component = catalogue.get(name)!;
    const own = instances.filter((instance) => instance.component === name).map(({ settings }) => settings);
    const counted = own.flatMap(({ replicas, resources }) => [replicas, resources]);
    const roles = Object.entries(component.roles).filter(([, { scaling }]) => scaling === "free" || scaling === "odd");
    const isSeen = (role: string) =>
      counted.some((value) => (typeof value === "number" ? roles.length === 1 : role in ((value ?? {}) as object)));
    expect(roles.map(([role]) => role).filter((role) => !isSeen(role))).toEqual([]);
    // The options of a part are its owner's to say.
    if (component.partOf === undefined) expect(unusedKeys(component.options, own)).toEqual([]);
  });
});

test("every component is in one of the clusters that all laws look at", async () => {
  const seen = new Set<string>();
  await forEachCluster(25, (cluster) => {
    for (const name of componentsIn(cluster)) seen.add(name);
  });
  expect([...seen].sort()).toEqual([...catalogue.keys()].sort());
});

test("a law that does not hold is shown with a small cluster that breaks it, and with where to begin again", async () => {
  const broken: string[] = [];
  const found = await forEachCluster(25, ({ model }, data) => {
    if (model.instances.length < 3) return;
    broken.push(JSON.stringify(data));
    throw new Error("too many instances");
  }).catch((error: Error) => error.message);
  expect(found).toContain(`OVERSTACK_LAWS_SEED=${seed} begins with the same clusters again.`);
  const [, counterexample] = /Counterexample: \[(.*)\]\n/.exec(found ?? "")!;
  expect(broken).toContain(counterexample);
  // What must be in the cluster, and what the draft says of it in one piece, stays.
  expect(counterexample!.length).toBeLessThan(broken[0]!.length / 2);
});

describe("test/components knows the catalogue", () => {
  test("each component has one file that speaks of it, and each file speaks of components", () => {
    const known = [...families.values()].flatMap((family) => Object.keys(family));
    expect(known.sort()).toEqual([...catalogue.keys()].sort());
  });

  test("the instances of an example are the component's", () => {
    for (const [name, { example }] of samples)
      for (const [instance, { component }] of Object.entries(example))
        expect(component ?? componentOf(instance, catalogue)?.name, instance).toBe(name);
  });
});
