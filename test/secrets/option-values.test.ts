import { describe, expect, test } from "vitest";
import { shapeOf } from "../../generator/secrets/forms.ts";
import { SecretValue } from "../../generator/sops/secret-value.ts";

describe("a value for an option", () => {
  // What oslo.config 10 reads of each: NoSuchOptError of the first three.
  test.each([
    ["Pa$word1", false],
    ["${x}", false],
    ["$$$x", false],
    ["Pa$$word1", true],
    ["\\$word", true],
    ["a$", true],
    ["a$1", true],
    ["$(x)", true],
    ["two\nlines", true],
  ])("%s is taken: %s", (value, expected) => expect(shapeOf("option")!.fits(new SecretValue(value))).toBe(expected));
});
