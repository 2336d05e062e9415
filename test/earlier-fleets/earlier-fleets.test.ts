import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { hasErrors } from "../../generator/issues/issue.ts";
import { printed } from "../input/cases.ts";
import {
  byMeeting,
  type Difference,
  differencesOf,
  kept,
  nameOf,
  refusedIn,
  secretDifferences,
} from "./differences.ts";
import { earlierFleet, recordedCommits } from "./fleet.ts";
import { keysOf } from "./keys.ts";
import { factsIn, type Regenerated, regenerated, secretsOf } from "./regenerated.ts";

// Fleets that earlier commits generated, written by today's generator: what lives stays, and whatever else changes is listed.

/** A difference, and the decision that says in these words that it is meant. */
type Listed = Difference & { readonly decision: string; readonly says: string };

describe.each(recordedCommits())("a fleet that %s generated", (commit) => {
  const fleet = earlierFleet(commit);
  const listed = parse(readFileSync(join(fleet.folder, "changes.yaml"), "utf8")) as readonly Listed[];
  let now: Regenerated;
  beforeAll(async () => {
    now = await regenerated(fleet);
  });
  afterAll(() => now.remove());

  test("is written without a mistake, and its operator is told what has another name or place", async () => {
    expect(hasErrors(now.issues)).toBe(false);
    await expect(printed(now.issues)).toMatchFileSnapshot(join(fleet.folder, "said.txt"));
  });

  test("is written again without a difference", () => expect(now.again()).toEqual([]));

  test("has each key of its cluster.yaml under the old name, or with a warning that says the new one", () => {
    const [then, today] = [now.before, now.after].map(({ root }) =>
      keysOf(JSON.parse(readFileSync(join(root, "clusters/schema.json"), "utf8"))),
    );
    const gone = then!.filter((key) => !today!.includes(key));
    const renamed = now.issues.filter(({ code }) => code === "renamed-key");
    const said = renamed.map(({ message }) => generalKey(message.split(" ")[0]!));
    expect([...new Set(said)].sort()).toEqual([...new Set(gone.map(generalKey))].sort());
  });

  test("has its living data where it was", () => {
    for (const name of fleet.clusters.keys())
      expect(factsIn(now.after, name), name).toMatchObject(factsIn(now.before, name));
  });

  test("loses nothing that the engines are told to keep", () => {
    for (const { cluster, before, after } of now.pairs) {
      const names = after.map(nameOf);
      expect(kept(before).length, cluster).toBeGreaterThan(10);
      expect(
        kept(before).filter((name) => !names.includes(name)),
        cluster,
      ).toEqual([]);
    }
  });

  test("changes no field that the API server does not let change", () => {
    expect(now.pairs.flatMap(refusedIn)).toEqual([]);
  });

  test("changes nothing else than what is listed: no pod is replaced, no Job runs again, no Secret is asked for without a decision", () => {
    const secrets = [...fleet.clusters].map(([cluster, text]) => {
      return { cluster, before: fleet.secrets[cluster]!, after: secretsOf(now, cluster, text) };
    });
    const found = [...differencesOf(now.pairs), ...secretDifferences(secrets)].sort(byMeeting);
    expect(found).toEqual(listed.map(({ meets, what, in: places }) => ({ meets, what, in: places })));
  });

  test.each(listed)("$what $meets, as a decision says", ({ decision, says }) => {
    expect(readFileSync(join("docs/decisions", decision), "utf8").replace(/\s+/g, " ")).toContain(says);
  });
});

/** A key with `*` for the instance's name and for the kind of its credentials. */
const generalKey = (key: string): string => key.replace(/^(infrastructure|services|nodes)\.[^.]+/, "$1.*");
