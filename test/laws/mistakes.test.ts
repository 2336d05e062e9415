import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { codes, type IssueCode, meaningOf, stages } from "../../generator/issues/codes.ts";
import { build, casesIn, read, remembered } from "../input/cases.ts";

/** Mistakes that are seen by what a command prints: words of it that stand in a test. */
const printed: Readonly<Record<string, string>> = {
  "too-large": "at most 256 KiB are read",
  "linked-file": "error: the file is a symbolic link",
  "not-a-file": "error: here is a folder, not a file",
  "unreadable-file": "error: the file cannot be read: permission denied (EACCES)",
  "dependency-cycle": "error: these instances wait for each other",
  "bad-recipient": "error: secrets.recipients[0]: this age recipient is mistyped",
  "no-value": "error: standard input is empty",
  "unknown-secret": "error: eu1 has no Secret openstack-services/nothing",
  "secret-copy": "error: identity/placement-identity is a copy of openstack-services/placement-identity",
  "stray-copy": "is not that of openstack-services/placement-identity, whose copy it is",
  "half-rotated": "error: placement of eu1 is to read openstack-services/placement-database-g2, which is missing",
  "not-committed": "error: the last step of placement of eu1 is not committed yet",
  "cannot-edit": "cluster.yaml cannot be edited here without touching the rest of it",
  "lost-secret": " was there, and what is stored can be read with its values alone",
  "new-recipient": " yet, and a new one would be",
  "unreachable-registry": "127.0.0.1:9 does not answer",
  "unreadable-digest": "error: the line does not say",
  "moved-repository": "has cloud/fleet as platform/fleet now",
  "nothing-to-rotate": "keystone of eu1 has no messaging to rotate",
};

/** The entry of the register that a code has. */
const entryOf = (code: string): string => (Object.hasOwn(codes, code) ? code : "move-<kind>");

/** Entries of the codes that the cases of cluster.yaml are refused with. */
const inCases = [
  ...casesIn("bad").flatMap(({ yaml }) => build(yaml).issues),
  ...casesIn("living").flatMap(
    ({ name, yaml }) => build(yaml, remembered(read("living", `${name}.before.yaml`))).issues,
  ),
].map(({ code }) => entryOf(code));

const texts = (pattern: string): string[] =>
  globSync(pattern)
    .filter((file) => !["test/laws/mistakes.test.ts", "generator/issues/codes.ts"].includes(file))
    .map((file) => readFileSync(file, "utf8"));

/** Words in quotes; a test may write the line behind a code. */
const quotedIn = (sources: readonly string[]): Set<string> =>
  new Set(sources.flatMap((text) => [...text.matchAll(/"([a-z]+(?:-[a-z]+)*)(?::\d+)?"/g)].map(([, word]) => word!)));

describe("each code of the register", () => {
  test("each code of the register has its case in the tests", () => {
    const tests = texts("test/**/*.ts");
    const cases = new Set([...inCases, ...quotedIn(tests), ...Object.keys(printed)]);
    expect(Object.keys(codes).filter((code) => !cases.has(code))).toEqual([]);
    expect(Object.values(printed).filter((words) => !tests.some((text) => text.includes(words)))).toEqual([]);
  });

  test("each code of the register is given somewhere", () => {
    const given = quotedIn(texts("generator/**/*.ts"));
    expect(Object.keys(codes).filter((code) => code !== "move-<kind>" && !given.has(code))).toEqual([]);
  });

  test("stands with its meaning on the page of mistakes", () => {
    const page = readFileSync("docs/reference/mistakes.md", "utf8");
    expect(Object.keys(codes).filter((code) => !page.includes(`| \`${code}\` | `))).toEqual([]);
    expect(Object.values(stages).filter((about) => !page.includes(about))).toEqual([]);
  });
});

test("a former name is not that of another mistake", () => {
  const former = Object.values(codes).flatMap((entry) => ("formerly" in entry ? [entry.formerly] : []));
  expect(former.filter((name) => Object.hasOwn(codes, name))).toEqual([]);
  expect(new Set(former).size).toBe(former.length);
});

test("the move of any kind of connection has a meaning", () => {
  const move: IssueCode = "move-database";
  expect(meaningOf(move)).toBe(codes["move-<kind>"]);
});
