import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { casesIn } from "./cases.ts";

// Texts that were once a cluster.yaml: what a slip of the hand, a bad merge or a cut-off download makes of one.

const valid: readonly string[] = globSync(
  ["clusters/eu1", "test/golden/clusters/*"].map((path) => `${path}/cluster.yaml`),
)
  .sort()
  .map((path) => readFileSync(path, "latin1").replace(/^name: .*$/m, "name: eu1"));

/** Between them they write every key, and every mistake that somebody thought of. */
const originals: readonly string[] = [
  ...valid,
  ...["bad", "living"].flatMap((folder) => casesIn(folder).map(({ yaml }) => Buffer.from(yaml).toString("latin1"))),
];
const original = fc.oneof(fc.constantFrom(...valid), fc.constantFrom(...originals));

/** What means something to a YAML parser, to a schema or to JavaScript. */
const fragments = [
  ...["a", "0", " ", "  ", "\t", "\n", "\r", "\r\n", "\0", "\u001b", "\ufeff", "\xff", "\xc3", "é", "💥"],
  ...[
    ":",
    ": ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    '"',
    "\\",
    "|\n",
    ">-\n",
    "#",
    " #",
    "@",
    "`",
    "%",
    "!",
    "!!",
  ],
  ...["&a ", "*a", "<<: ", "---\n", "...\n", "%YAML 1.1\n", "!!binary ", "? [a]\n: b\n"],
  ...["null", "~", "true", "no", ".inf", "-.nan", "1e999", "0x1F", "010", "1_000", "12:30", "2026-01-01", "-1", "1e3"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "length", "${x}", "{{x}}", "../", "\\u0000", "\\ud800"],
  ...["services:\n", "  keystone: {}\n", "name: eu1\n", "replicas: 3\n", "config: {", "dedicated: [cache]\n"],
];

/** Where in the text, as a fraction: it stays meaningful while a counterexample shrinks. */
const place = fc.noBias(fc.nat({ max: 9_999 })).map((part) => part / 10_000);
const length = fc.integer({ min: 1, max: 40 });
const fragment = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...fragments) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
);

type Edit = (text: string) => string;
const characters = (change: (text: string, from: number) => string) => (at: number) => (text: string) =>
  change(text, Math.floor(at * text.length));
const lines = (change: (lines: string[], from: number) => string[]) => (at: number) => (text: string) => {
  const all = text.split("\n");
  return change(all, Math.floor(at * all.length)).join("\n");
};

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fragment).map(([at, what]) => characters((t, i) => t.slice(0, i) + what + t.slice(i))(at)),
  fc.tuple(place, fragment).map(([at, what]) => characters((t, i) => t.slice(0, i) + what + t.slice(i + 1))(at)),
  fc.tuple(place, length).map(([at, n]) => characters((t, i) => t.slice(0, i) + t.slice(i + n))(at)),
  fc.tuple(place, length).map(([at, n]) => characters((t, i) => t.slice(0, i + n) + t.slice(i))(at)),
  place.map(characters((t, i) => t.slice(0, i))),
  fc
    .tuple(place, fragment, fc.integer({ min: 2, max: 300 }))
    .map(([at, what, times]) => characters((t, i) => t.slice(0, i) + what.repeat(times) + t.slice(i))(at)),
  place.map(lines((all, i) => all.toSpliced(i, 1))),
  place.map(lines((all, i) => all.toSpliced(i, 0, all[i] ?? ""))),
  place.map(lines((all, i) => all.with(Math.min(i, all.length - 1), ` ${all[i] ?? ""}`))),
  place.map(lines((all, i) => all.with(Math.min(i, all.length - 1), (all[i] ?? "").replace(/^ {1,2}/, "")))),
  fc
    .tuple(place, place)
    .map(([from, to]) =>
      lines((all, i) => all.toSpliced(i, 1).toSpliced(Math.floor(to * all.length), 0, all[i] ?? ""))(from),
    ),
  fc.tuple(place, place, fc.constantFrom(...originals)).map(([at, from, other]) =>
    lines((all, i) =>
      all.toSpliced(
        i,
        0,
        ...other
          .split("\n")
          .slice(Math.floor(from * 20))
          .slice(0, 5),
      ),
    )(at),
  ),
);

/** A cluster.yaml after up to six edits, as bytes: characters up to U+00FF are one byte each, so that UTF-8 breaks too. */
export const mutated: fc.Arbitrary<Uint8Array> = fc
  .tuple(original, fc.array(edit, { minLength: 1, maxLength: 6 }))
  .map(([text, edits]) => bytes(edits.reduce((edited, change) => change(edited), text)));

const word = /[A-Za-z0-9_./-]+/g;
const vocabulary = [...new Set(originals.flatMap((text) => text.match(word) ?? []))].sort();

/** A cluster.yaml with one to five words replaced: mostly still YAML, so that it reaches the rules and the renderer. */
export const reworded: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    original,
    fc.array(fc.tuple(place, fc.constantFrom(...vocabulary, ...fragments)), { minLength: 1, maxLength: 5 }),
  )
  .map(([text, changes]) => bytes(changes.reduce((edited, [at, what]) => replaceWord(edited, at, what), text)));

function replaceWord(text: string, at: number, by: string): string {
  const chosen = Math.floor(at * (text.match(word)?.length ?? 0));
  let index = 0;
  return text.replace(word, (old) => (index++ === chosen ? by : old));
}

/** Short texts made of nothing but what means something. */
export const fragmented: fc.Arbitrary<Uint8Array> = fc
  .array(fragment, { maxLength: 60 })
  .map((parts) => Buffer.from(parts.join("")));

const bytes = (text: string): Uint8Array => Buffer.from(text, /[^\0-\xff]/.test(text) ? "utf8" : "latin1");
