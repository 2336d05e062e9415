import { join } from "node:path";
import { afterAll, describe, expect, inject, test } from "vitest";
import { goldenFleet } from "../golden-trees/fleet.ts";
import { parseObjects } from "../tools/kustomize.ts";
import { compare, criticalFindings, type Finding } from "./kube-score.ts";
import { exceptions } from "./kube-score-exceptions.ts";
import { overlayFolders } from "./trees.ts";

const program = inject("kubeScore");
const golden = goldenFleet();
afterAll(golden.remove);
const fleets = [join(import.meta.dirname, "../.."), golden.root];
const folders = (await Promise.all(fleets.map(overlayFolders))).flat();
const clusters = Map.groupBy(folders, ({ cluster }) => cluster);
const findings = new Map(
  [...clusters].map(([cluster, parts]) => [cluster, score(parts.flatMap(({ objects }) => objects))]),
);

describe("generated overlays", () => {
  test("there is at least one cluster", () => {
    expect(clusters.size).toBeGreaterThan(0);
  });

  test.each([...findings])("%s has no critical finding without a reason", (_, found) => {
    expect(compare(found, exceptions).unexplained).toEqual([]);
  });

  test("every exception names a finding", () => {
    expect(compare([...findings.values()].flat(), exceptions).idle).toEqual([]);
  });

  test("every exception has a reason", () => {
    expect(exceptions.filter(({ reason }) => reason.trim() === "")).toEqual([]);
  });
});

describe("the judge itself", () => {
  const bare = parseObjects(
    "{ apiVersion: v1, kind: Pod, metadata: { name: bare-1 }, spec: { containers: [{ name: a, image: 'a:1' }] } }",
  );
  const found = criticalFindings(program, bare);
  const networkPolicy: Finding = {
    kind: "Pod",
    name: "bare-1",
    check: "pod-networkpolicy",
    message: "The pod does not have a matching NetworkPolicy",
  };

  test("a bare Pod has critical findings", () => {
    expect(found).toContainEqual(networkPolicy);
  });

  test("objects are judged together: a NetworkPolicy elsewhere in the cluster counts", () => {
    const policy = parseObjects(
      "{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: all }, spec: { podSelector: {}, policyTypes: [Ingress, Egress] } }",
    );
    expect(criticalFindings(program, [...bare, ...policy])).not.toContainEqual(networkPolicy);
  });

  test("an exception explains the check, kind and whole name that it says, and no other", () => {
    const exception = { kind: /Pod|Job/, name: /bare-\d/, check: "pod-networkpolicy", reason: "a fixture" };
    expect(compare(found, [exception]).unexplained).not.toContainEqual(networkPolicy);
    expect(compare(found, [exception]).unexplained).toHaveLength(found.length - 1);
    for (const other of [{ name: /bare/ }, { check: "pod-probes" }, { kind: /Po/ }]) {
      expect(compare(found, [{ ...exception, ...other }])).toEqual({
        unexplained: found,
        idle: [{ ...exception, ...other }],
      });
    }
  });

  test("custom resources are passed over", () => {
    const custom = parseObjects("{ apiVersion: example.org/v1, kind: Widget, metadata: { name: w } }");
    expect(criticalFindings(program, custom)).toEqual([]);
  });
});

/** Phases of one instance repeat objects: each counts once. */
function score(objects: Parameters<typeof criticalFindings>[1]): Finding[] {
  const ids = objects.map(({ apiVersion, kind, metadata }) =>
    [apiVersion, kind, metadata.namespace, metadata.name].join(),
  );
  return criticalFindings(program, [...new Map(objects.map((object, index) => [ids[index], object])).values()]);
}
