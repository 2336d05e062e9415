import { describe, expect, test } from "vitest";
import { hasErrors } from "../../generator/issues/issue.ts";
import { build, casesIn, file, orphansIn, printed, read, remembered } from "./cases.ts";

// An edit of a running cluster: <case>.before.yaml is what runs, <case>.yaml the edit, <case>.txt what is said of it.

const cases = casesIn("living");
const before = (name: string): Uint8Array => read("living", `${name}.before.yaml`);

/** Edits that are let through: consented to, asking for a consent that nothing needs, or one step of several. */
const allowed = [
  ...["consent-given", "consent-unused", "lock-server-grows-by-hand", "ovn-grows-by-hand", "tls-in-steps"],
  ...["service-release-follows", "service-release-stays", "service-release-steps"],
];

test("each text has its edit", () => {
  expect(orphansIn("living")).toEqual([]);
});

describe("what is said of", () => {
  test.each(cases)("the message about $name is as pinned", async ({ name, yaml, expected, hasExpected }) => {
    const { issues, rendered } = build(yaml, remembered(before(name)));
    expect(hasErrors(issues)).toBe(!allowed.includes(name));
    expect(rendered === undefined).toBe(hasErrors(issues));
    for (const issue of issues)
      expect(issue).toMatchObject({
        file,
        line: expect.any(Number),
        column: expect.any(Number),
        hint: expect.stringMatching(/\S/),
      });
    const texts = issues.map(({ message }) => message);
    expect(texts).toEqual([...new Set(texts)]);

    expect(hasExpected, `${expected} is missing`).toBe(true);
    await expect(printed(issues)).toMatchFileSnapshot(expected);
  });
});

test.each(cases)("nothing is said when $name is left as it runs", ({ name }) => {
  expect(printed(build(before(name), remembered(before(name))).issues)).toBe("");
});
