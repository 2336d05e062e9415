import { describe, expect, test } from "vitest";
import { phases } from "../../generator/contract/kubernetes.ts";
import { changesBetween, type ObjectChange } from "../../generator/diff/changes.ts";
import { deliveredBy } from "../../generator/diff/delivered.ts";
import { deliveredFrom } from "../../generator/diff/from-files.ts";
import { scopeOf } from "../../generator/fleet/one-cluster.ts";
import { builtObjects } from "../../generator/kustomize/hash.ts";
import { build, examples, forEachCluster, law, type Rendered } from "./cases.ts";
import { perCluster } from "./per-cluster.ts";

const delivered = perCluster((cluster: Rendered) => deliveredBy(cluster));

const between = (before: Rendered, after: Rendered): ObjectChange[] =>
  changesBetween(delivered(before), delivered(after));

law("between a cluster and itself there is no difference", (cluster) =>
  changesBetween(delivered(cluster), deliveredBy(cluster)).map(({ id }) => id),
);

test.each(examples.filter(([name]) => !name.startsWith("nodes")))(
  "what is built from the files of %s is what was rendered",
  (_, cluster) => {
    const files = new Map([...scopeOf(cluster).files, ...cluster.rendered.bases.flatMap((base) => [...base.files])]);
    const built = deliveredFrom((path) => files.get(path), [...scopeOf(cluster).files.keys()], cluster.name);
    expect(changesBetween(built, delivered(cluster))).toEqual([]);
    const ids = delivered(cluster).map(({ id }) => id);
    expect(built.map(({ id }) => id).sort()).toEqual(ids.sort());
  },
);

law("every object has one name, whatever hash the API server sees", (cluster) => {
  const ids = delivered(cluster).map(({ id }) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
});

describe("what is said of an edit is what the API server sees of it", () => {
  const pairs = examples.flatMap(([name, one], index) =>
    examples.slice(index + 1, index + 2).map(([other, two]) => [name, other, one, two] as const),
  );
  test.each(pairs)("what is said is what is seen: from %s to %s", (_, __, before, after) => {
    expect(contradictions(before, after)).toEqual([]);
    expect(contradictions(after, before)).toEqual([]);
  });

  test("what is said is what is seen: in random clusters that get another release", () =>
    forEachCluster(10, (cluster, data) => {
      const release = cluster.model.spec.release === "2026.1" ? "2026.2" : "2026.1";
      const edited = build({ ...data, release });
      if (edited.rendered !== undefined) expect(contradictions(cluster, edited as Rendered)).toEqual([]);
    }));
});

/** Groups whose kinds need no group behind their name; the core has none, and `v1` in its place. */
const kubernetesOwn = new Set([
  ...["v1", "apps", "autoscaling", "batch", "policy", "networking.k8s.io", "rbac.authorization.k8s.io"],
  ...["scheduling.k8s.io", "storage.k8s.io"],
]);

/** Objects of instances by the name that the API server sees, as Kustomize builds them: kustomize-equals-render.test.ts compares. */
function built({ model, rendered }: Rendered): Map<string, { readonly all: string; readonly template: string }> {
  const objects = model.instances.flatMap((instance) =>
    phases.flatMap((phase) => builtObjects(rendered.renders.get(instance.name)![phase], instance)),
  );
  return new Map(
    objects.map((object) => {
      const { kind, metadata, spec } = object;
      const [group] = object.apiVersion.split("/");
      const type = kubernetesOwn.has(group!) ? kind : `${kind}.${group}`;
      const { template: own, jobTemplate } = (spec ?? {}) as { template?: unknown; jobTemplate?: unknown };
      const template = JSON.stringify(own ?? jobTemplate);
      const id = `${type} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
      return [id, { all: JSON.stringify(object), template }];
    }),
  );
}

const withPods = /^(?:CronJob|DaemonSet|Deployment|StatefulSet) /;
const isJob = (id: string): boolean => id.startsWith("Job ");

/** Sentences on objects of which something else is said than happens to them. */
function contradictions(before: Rendered, after: Rendered): string[] {
  const [old, own] = [built(before), built(after)];
  const said = new Map(between(before, after).map((change) => [change.id, change]));
  const both = [...own.keys()].filter((id) => old.has(id));
  const same = both.filter((id) => old.get(id)!.all === own.get(id)!.all);
  const rolled = both.filter((id) => withPods.test(id) && old.get(id)!.template !== own.get(id)!.template);
  // What an operator does with its pods is not decided here.
  const says = [...said.values()].filter(({ pods }) => pods !== undefined && pods.what !== "operator");
  const saysRolled = says.filter(({ pods }) => pods!.what !== "run").map(({ id }) => id);
  const newJobs = [...own.keys()].filter((id) => isJob(id) && !old.has(id));
  return [
    ...same.filter((id) => said.has(id)).map((id) => `${id} is said to change, and stays as it is`),
    ...both.filter((id) => !same.includes(id) && !said.has(id)).map((id) => `${id} changes, and nothing is said of it`),
    ...rolled
      .filter((id) => !saysRolled.includes(id))
      .map((id) => `the pods of ${id} become others, and it is not said`),
    ...saysRolled.filter((id) => !rolled.includes(id)).map((id) => `the pods of ${id} stay, and are said to change`),
    ...says
      .filter(({ verb, pods }) => verb === "change" && pods!.because.length === 0)
      .map(({ id }) => `the pods of ${id} change for no reason`),
    ...(says.length - saysRolled.length === newJobs.length
      ? []
      : [`${newJobs.length} Jobs run, and others are said to`]),
  ];
}
