import { expect, test } from "vitest";
import { fernetKey, password } from "../../generator/sops/generate.ts";
import { reveal } from "../../generator/sops/secret-value.ts";

const many = Array.from({ length: 4000 }, () => reveal(password()));

test("a password stands for itself in a URL, an ini file, a shell and SQL", () => {
  for (const text of many) {
    expect(text).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]+$/);
    expect(encodeURIComponent(text)).toBe(text);
  }
});

test("a password has the bits that were asked for", () => {
  for (const [bits, length] of [
    [128, 22],
    [192, 33],
    [256, 43],
  ] as const) {
    const text = reveal(password(bits));
    expect(text).toHaveLength(length);
    expect(Math.log2(62) + (text.length - 1) * 6).toBeGreaterThanOrEqual(bits);
  }
  expect(reveal(password())).toHaveLength(33);
});

test("a weak password is refused", () => {
  for (const bits of [0, 64, 127, Number.NaN]) expect(() => password(bits)).toThrow(/too weak/);
});

test("no password comes twice", () => {
  expect(new Set(many).size).toBe(many.length);
});

// Chi-squared with n - 1 degrees of freedom has the mean n - 1 and the variance 2(n - 1): eight deviations are not an accident,
// while a bias such as `byte % 62` gives more than a hundred.
test.each([
  ["the first character is any letter or digit", many.map((text) => text[0]!), 62],
  ["the others are any of the alphabet", many.flatMap((text) => [...text.slice(1)]), 64],
] as const)("%s, equally often", (_, characters, size) => {
  const counts = Map.groupBy(characters, (character) => character);
  expect(counts.size).toBe(size);
  const mean = characters.length / size;
  const deviation = [...counts.values()].reduce((sum, { length }) => sum + (length - mean) ** 2 / mean, 0);
  expect(deviation).toBeLessThan(size - 1 + 8 * Math.sqrt(2 * (size - 1)));
});

test("a Fernet key is 32 bytes in URL-safe base64 with padding", () => {
  const keys = Array.from({ length: 500 }, () => reveal(fernetKey()));
  for (const key of keys) {
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}=$/);
    expect(Buffer.from(key, "base64url")).toHaveLength(32);
  }
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.join("")).toMatch(/[-_]/);
});
