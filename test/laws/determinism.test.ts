import { hash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { memoryFile } from "../../generator/fleet/memory.ts";
import { buildFrom, type Cluster, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { planFleet, writeFleet } from "../../generator/fleet/plan.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import { differences } from "../../generator/tree/plan.ts";
import { clusterOf } from "./by-hand.ts";
import { build, examples, forEachCluster, textOf } from "./cases.ts";
import type { Data } from "./clusters.ts";

describe("the same input gives the same bytes", () => {
  test("the bytes of random clusters are the same, whatever was built before", { timeout: 3_600_000 }, () =>
    forEachCluster(6, (cluster, data) => {
      const alone = buildFrom({ name: data.name, text: textOf(data), library: baseLibrary(catalogue) });
      expect(filesOf(alone)).toEqual(filesOf(cluster));
    }),
  );

  test("the bytes of random clusters are the same in whatever order cluster.yaml says it", { timeout: 3_600_000 }, () =>
    forEachCluster(12, (cluster, data) => {
      for (const salt of ["one", "another"])
        expect(filesOf(build(shuffled(data, salt) as Data))).toEqual(filesOf(cluster));
    }),
  );
});

describe("in a folder", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "overstack-determinism-"));
    mkdirSync(join(root, ".git"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const say = (name: string, text: string): void => {
    const file = join(root, "clusters", name, "cluster.yaml");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const generate = (): ReturnType<typeof differences> => {
    const outcome = planFleet(root);
    expect(outcome.issues.filter(({ severity }) => severity === "error")).toEqual([]);
    const made = differences(outcome.plan!);
    expect(writeFleet(root, outcome)).toEqual([]);
    return made;
  };
  const nothing = { added: [], changed: [], deleted: [] };

  test("a second run changes nothing, nor does one that remembers nothing of the first", () => {
    for (const [path, { name }] of examples.slice(0, 3)) say(name, readFileSync(path, "utf8"));
    expect(generate().added.length).toBeGreaterThan(100);
    expect(generate()).toEqual(nothing);
    rmSync(memoryFile(root)!);
    expect(generate()).toEqual(nothing);
  });

  test("the bases of a release leave the tree with the last cluster that uses them", () => {
    const text = (name: string, release: string): string => textOf({ ...clusterOf({}, { release }), name });
    const releasesIn = (paths: readonly string[]): string[] =>
      [...new Set(paths.flatMap((path) => /^bases\/([0-9.]+)\//.exec(path)?.[1] ?? []))].sort();
    const inTree = (): string[] => releasesIn(globSync("bases/**", { cwd: root }).map((path) => `${path}/`));
    say("eu1", text("eu1", "2025.1"));
    say("eu2", text("eu2", "2025.1"));
    generate();
    expect(inTree()).toEqual(["2025.1"]);
    say("eu1", text("eu1", "2025.2"));
    generate();
    expect(inTree()).toEqual(["2025.1", "2025.2"]);
    say("eu2", text("eu2", "2025.2"));
    expect(releasesIn(generate().deleted)).toEqual(["2025.1"]);
    expect(inTree()).toEqual(["2025.2"]);
  });

  test("the cluster that did not change is not touched", { timeout: 3_600_000 }, async () => {
    let other: Data | undefined;
    await forEachCluster(3, (_, data) => {
      for (const folder of ["bases", "clusters", "overlays"])
        rmSync(join(root, folder), { recursive: true, force: true });
      say("stays", textOf({ ...(other ?? data), name: "stays" }));
      say("changes", textOf({ ...data, name: "changes" }));
      generate();
      const before = stateOf(root, "stays");
      const facts = { domain: "changed.example.org", images: { registry: "changed.example.org" } };
      say("changes", textOf({ ...data, ...facts, name: "changes" }));
      expect(generate().changed).not.toEqual([]);
      expect(stateOf(root, "stays")).toEqual(before);
      other = data;
    });
  });
});

const filesOf = (cluster: Cluster): object => Object.fromEntries(scopeOf(cluster).files);

/** The same with the keys of every map in another order, the same one for the same salt. */
function shuffled(value: unknown, salt: string): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, salt));
  if (value === null || typeof value !== "object") return value;
  const rank = (key: string): string => hash("sha256", `${salt} ${key}`);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
      .map(([key, item]) => [key, shuffled(item, salt)]),
  );
}

/** Bytes and times of all files of a cluster. */
const stateOf = (root: string, cluster: string): object =>
  Object.fromEntries(
    globSync(`{clusters,overlays}/${cluster}/**`, { cwd: root })
      .filter((path) => statSync(join(root, path)).isFile())
      .map((path) => {
        const { mtimeNs, ino } = statSync(join(root, path), { bigint: true });
        return [path, { mtimeNs, ino, text: readFileSync(join(root, path), "utf8") }];
      }),
  );
