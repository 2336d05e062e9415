import fc from "fast-check";
import { expect, test } from "vitest";
import { Document, parse } from "yaml";
import { toYaml } from "../../generator/kustomize/yaml.ts";

test.each(["\u0085", "\u2028", "\u2029", "\u007f", "\u0080", "\ufeff"])(
  "a value with %j is the same to readers of YAML 1.1 and 1.2",
  (character) => {
    const value = {
      [`a${character}b`]: [`limit${character}# note`, `two\nlines${character}evil: yes\n`, "x".repeat(200)],
    };
    const text = toYaml(value);
    expect(text).not.toContain(character);
    expect(parse(text)).toEqual(value);
    expect(parse(text, { version: "1.1" })).toEqual(value);
  },
);

/** What a reader of YAML takes for something else than letters of a text, and what begins like it. */
const pieces = [
  ..."~=:#-?|>&*!%@`,.'\"\\/_0157yné ",
  ...["no", "Null", "true", "on", "0x1F", "1e3", "1_000", "12:30:45", "2026-01-01", "10.0.0.1", "/24", "8Mi", "5m0s"],
  ...[
    "- ",
    ": ",
    " #",
    "<<",
    "--",
    "---",
    "...",
    "../",
    "[",
    "]",
    "{",
    "}",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\u3000",
    "\u{1f600}",
  ],
  ...["name", "a long text ".repeat(12)],
];
const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((some) => some.join(""));
const { values } = fc.letrec((tie) => ({
  values: fc.oneof(
    { withCrossShrink: true },
    texts,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.array(tie("values"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(texts, fc.constantFrom("name", "spec")), tie("values"), { noNullPrototype: true }),
  ),
}));

test("values are written as the library writes them", () => {
  fc.assert(
    fc.property(fc.dictionary(texts, values), (value) => {
      const document = new Document(value, { aliasDuplicateObjects: false, compat: "yaml-1.1" });
      expect(toYaml(value)).toBe(document.toString({ lineWidth: 0 }));
    }),
    { numRuns: 1000 },
  );
});
