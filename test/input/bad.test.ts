import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { hasErrors, type Issue } from "../../generator/issues/issue.ts";
import { build, buildWith, casesIn, file, orphansIn, printed, validCluster } from "./cases.ts";

// One mistake, or several, in each file of bad/; next to it what is printed. After a text was changed on purpose:
// npx vitest run test/input -u, then read the difference as an operator would.

const cases = casesIn("bad");

/** Those that the cases contain. */
const passwords = /\bhun|ter2|S3cret|31337/;

/** Characters that the largest cluster.yaml may have. */
const size = 256 * 1024;

/** Cases that are no more than a warning. */
const warnings = [
  "backup-in-the-cluster",
  "ceph-copies-in-one-zone",
  "ceph-no-room-without-a-host",
  "ceph-no-spare-host",
  "ceph-under-the-database",
  "digest-of-another-tag",
  "contents-malformed",
  "domain-file-without-domain",
  "dollar",
  "environment-without-effect",
  "kubernetes-version",
  "nova-node-group-idle",
  "options-to-come",
  "proxied-pods",
  "release-of-instance-judges",
  "renamed-key",
  "two-zones",
  "unreached-directory",
  "unknown-options",
  "unread-file",
  "volume-backup-of-files",
  "volume-option-unknown",
];

test("at least 60 mistakes have a pinned text, and each text has its mistake", () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
  expect(orphansIn("bad")).toEqual([]);
});

describe("what is said of", () => {
  test.each(cases)("the message about $name is as pinned", async ({ name, yaml, expected, hasExpected }) => {
    const { issues } = build(yaml);
    expect(issues).not.toEqual([]);
    expect(hasErrors(issues)).toBe(!warnings.includes(name));

    const lines = new TextDecoder().decode(yaml).split("\n");
    for (const issue of issues) {
      expect(issue).toMatchObject({ file, message: expect.stringMatching(/\S/), hint: expect.stringMatching(/\S/) });
      expect(issue.line).toBeGreaterThanOrEqual(1);
      expect(issue.line).toBeLessThanOrEqual(lines.length);
      expect(issue.column).toBeGreaterThanOrEqual(1);
      expect(issue.column).toBeLessThanOrEqual(lines[issue.line! - 1]!.length + 1);
    }
    expect(issues.map(identity)).toEqual([...new Set(issues.map(identity))]);
    expect(printed(issues)).not.toMatch(passwords);

    expect(hasExpected, `${expected} is missing`).toBe(true);
    await expect(printed(issues)).toMatchFileSnapshot(expected);
  });
});

/** What makes two messages the same for the reader. */
const identity = ({ line, column, message }: Issue): string => `${line}:${column} ${message}`;

test("a file of 10 MB is refused by its size", () => {
  const large = `${validCluster.toString()}#${"x".repeat(10_000_000)}\n`;
  expect(printed(build(large).issues)).toBe(
    `${file}:1:1: error: the file has 9766 KiB; at most 256 KiB are read\n` +
      "    A cluster.yaml has some KiB: see what was put into it, and keep one cluster in it.\n",
  );
});

test.each([
  ["aliases of aliases", lines((n) => `k${n}: &a${n} [${`*a${n - 1}, `.repeat(20)}]`), "anchor"],
  ["brackets in brackets", `name: ${"[".repeat(size)}`, "syntax"],
  ["keys on keys", `name: [${"b: ".repeat(size / 3 - 4)}]`, "too-deep"],
  ["commas and nothing else", `name: [${",".repeat(size)}`, "syntax"],
  ["unknown keys", lines((n) => `key${n}: ${n}`), "unknown-key"],
  ["the same key again and again", lines(() => "name: eu1"), "duplicate-key"],
  ["instances of nothing", `services:\n${lines((n) => `  nothing-${n}: {}`)}`, "unknown-component"],
  [
    "unknown options",
    `services:\n  keystone:\n    config:\n      keystone.conf:\n        token:\n${lines((n) => `          option${n}: ${n}`)}`,
    "unknown-option",
  ],
  ["passwords", `services:\n  keystone:\n    environment:\n${lines((n) => `      A${n}_PASSWORD: x`)}`, "missing-key"],
])("the largest file that is read is answered: %s", (_, text, code) => {
  const { issues } = build(text.slice(0, size));
  expect(issues.map((issue) => issue.code)).toContain(code);
});

test("a replica count of a component with several roles says of which", () => {
  const keystone = catalogue.get("keystone")!;
  const roles = { ...keystone.roles, worker: { replicas: 2, scaling: "free" } } as const;
  const text = validCluster.toString().replace(/^services:[\s\S]*/m, "services: { keystone: { replicas: 5 } }\n");
  expect(buildWith(new Map([...catalogue, ["keystone", { ...keystone, roles }]]), text).issues).toMatchObject([
    {
      code: "which-role",
      message: "services.keystone.replicas does not say of which role: keystone has api or worker",
      hint: "Write replicas: { api: 5 }.",
    },
  ]);
});

test("instances that wait for each other are refused", () => {
  // No component of today can be made to wait for itself; one that is a client of its own kind could.
  const keystone = { ...catalogue.get("keystone")!, requires: ["identity"] };
  const services = "services: { keystone: { uses: { identity: keystone-two } }, keystone-two: {} }";
  const text = `${validCluster.toString().replace(/^services:[\s\S]*/m, "")}${services}\n`;
  expect(printed(buildWith(new Map([...catalogue, ["keystone", keystone]]), text).issues)).toBe(
    `${file}:9:13: error: these instances wait for each other: keystone -> keystone-two -> keystone\n` +
      "    Let one of them use another instance: uses.\n",
  );
});

/** Numbered lines, as many as a cluster.yaml may have at most. */
function lines(line: (n: number) => string): string {
  let text = "";
  for (let n = 0; text.length < size - 200; n++) text += `${line(n)}\n`;
  return text;
}
