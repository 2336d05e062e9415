import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMap, isSeq, type Node, parseDocument } from "yaml";
import { scopeOf } from "../../generator/fleet/one-cluster.ts";
import { hasErrors, type Issue } from "../../generator/issues/issue.ts";
import { build, casesIn, remembered, validCluster } from "./cases.ts";
import { fragmented, mutated, reworded } from "./mutations.ts";

/**
 * Random input. A run is short; OVERSTACK_FUZZ_SECONDS=60 goes on for a minute. fast-check prints the seed of what it
 * finds; OVERSTACK_FUZZ_SEED=<seed> begins with the same inputs again.
 */
const seconds = Number(process.env.OVERSTACK_FUZZ_SECONDS ?? 0);
const seed = Number(process.env.OVERSTACK_FUZZ_SEED ?? Date.now() % 2 ** 31);
const inputs = {
  bytes: fc.uint8Array({ maxLength: 400 }),
  fragments: fragmented,
  "edited files": mutated,
  "other words": reworded,
};
const budget = seconds > 0 ? { numRuns: 1e9, interruptAfterTimeLimit: (seconds * 1000) / 4 } : { numRuns: 300 };

/** Milliseconds of the processor, which other programs do not lengthen. No input takes as many: what does would hang on a larger one. */
const patience = 5_000;
const spent = (): number => process.cpuUsage().user / 1000;

const before = remembered(validCluster);

describe("no input crashes or hangs, and every answer can be printed", () => {
  test.each(Object.entries(inputs))(
    `%s give an answer that can be printed, seed ${seed}`,
    { timeout: (seconds + 60) * 1000 },
    (_, input) => {
      fc.assert(
        fc.property(input as fc.Arbitrary<Uint8Array>, (bytes) => {
          const start = spent();
          const cluster = build(bytes);
          const lived = hasErrors(cluster.issues) ? [] : build(bytes, before).issues;
          if (!hasErrors(cluster.issues)) scopeOf(cluster);
          expect(spent() - start).toBeLessThan(patience);
          expect([...cluster.issues, ...lived].filter((issue) => !isPrintable(issue))).toEqual([]);
          expect(hasErrors(cluster.issues) || cluster.rendered !== undefined).toBe(true);
        }),
        { ...budget, seed },
      );
    },
  );
});

const isPrintable = ({ message, hint, line, column }: Issue): boolean =>
  /^\S[^\n]*$/.test(message) && /^\S[^\n]*$/.test(hint) && line! >= 1 && column! >= 1;

describe("the order of keys is irrelevant", () => {
  const cases = [{ name: "the example cluster", yaml: validCluster }, ...casesIn("bad"), ...casesIn("living")].filter(
    ({ yaml }) => isOrderless(yaml),
  );

  test.each(cases)("the order of keys is irrelevant: $name", ({ yaml }) => {
    const written = build(reordered(yaml, () => 0));
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const other = build(reordered(yaml, () => numbers.next().value));
        expect(said(other.issues)).toEqual(said(written.issues));
        expect(other.model?.spec).toEqual(written.model?.spec);
        expect(other.rendered && scopeOf(other).files).toEqual(written.rendered && scopeOf(written).files);
      }),
      { numRuns: seconds > 0 ? 30 : 3, seed },
    );
  });
});

/** What is said, without where: a line moves with its key. */
const said = (issues: readonly Issue[]): string[] =>
  issues.map(({ line: _, column: __, ...issue }) => JSON.stringify(issue)).sort();

/** True where order means nothing: of a key written twice the first counts, and an alias follows its anchor. */
const isOrderless = (yaml: Uint8Array): boolean => {
  const document = parseDocument(text(yaml), { logLevel: "error" });
  return document.errors.length === 0 && document.contents !== null && !/[&*]\w|<<:|!\w|%YAML/.test(text(yaml));
};

/** The same file with the keys of every map in an order that the numbers decide. */
function reordered(yaml: Uint8Array, number: () => number): string {
  const document = parseDocument(text(yaml), { logLevel: "error" });
  reorder(document.contents as Node, number);
  return document.toString({ lineWidth: 0 });
}

function reorder(node: unknown, number: () => number): void {
  if (isSeq(node)) for (const item of node.items) reorder(item, number);
  if (!isMap(node)) return;
  for (const { value } of node.items) reorder(value, number);
  node.items = node.items
    .map((item, index) => ({ item, rank: number() * node.items.length + index }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

const text = (yaml: Uint8Array): string => new TextDecoder().decode(yaml);
