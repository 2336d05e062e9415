import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePath, showPath, showValue } from "../../generator/base/words.ts";

const key = fc.oneof(
  fc.constantFrom("services", "keystone.conf", "a b", 'say "x"', "back\\slash", "]", "<instance>", "ü"),
  fc.string({ minLength: 1, maxLength: 20 }),
);

test("explain finds what a message shows", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(key, fc.nat({ max: 99 })), { maxLength: 6 }), (path) => {
      expect(parsePath(showPath(path))).toEqual(path.map(String));
    }),
  );
});

test("a message shows a URL without its user part, whatever the password contains", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), (password) => {
      const shown = showValue(`https://user:${password}@git.example.org/fleet.git`);
      expect(shown).toBe('"https://***@git.example.org/fleet.git"');
    }),
  );
});
