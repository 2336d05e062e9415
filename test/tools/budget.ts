import { relative } from "node:path";
import { afterAll, expect } from "vitest";
import { recordedCommits } from "../earlier-fleets/fleet.ts";
import { type Work, work } from "./work.ts";

// Loaded before each test file. Whether the tests are still quick with forty-five components is decided by counts, and not by how
// busy a machine is: what a file asks for is compared with what it may ask for.

const usual: Work = { clusters: 20, pool: 25, builds: 0 };

/** Files that may ask for more. A number that has to grow is an argument in the commit that does it. */
const budgets: Readonly<Record<string, Partial<Work>>> = {
  // One cluster for each name of an object that could be an instance's.
  "test/laws/names.test.ts": { clusters: 400 },
  // The same clusters with their keys in another order.
  "test/laws/determinism.test.ts": { clusters: 40 },
  // A share of valid ones, and the laws' own tools.
  "test/laws/clusters.test.ts": { clusters: 150 },
  // One cluster for each service.
  "test/laws/accounts.test.ts": { clusters: 50 },
  "test/laws/argocd.test.ts": { builds: 1 },
  // Each cluster of each fleet, before and after.
  "test/earlier-fleets/earlier-fleets.test.ts": { builds: 6 * recordedCommits().length },
  // All directories of the written clusters, and of random ones those that their engine applies.
  "test/laws/kustomize-equals-render.test.ts": { builds: 900 },
  "test/laws/patches.test.ts": { builds: 540 },
};

Object.assign(work, { clusters: 0, pool: 0, builds: 0 });

afterAll(() => {
  // A run over more clusters than usual asks for more of everything.
  if (process.env.OVERSTACK_LAWS_RUNS !== undefined) return;
  const file = relative(process.cwd(), expect.getState().testPath!);
  const { clusters, pool, builds } = { ...usual, ...budgets[file] };
  expect(work.clusters, "clusters made").toBeLessThanOrEqual(clusters);
  expect(work.pool, "random clusters looked at").toBeLessThanOrEqual(pool);
  expect(work.builds, "directories built").toBeLessThanOrEqual(builds);
});
