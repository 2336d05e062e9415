import { expect, test } from "vitest";
import { isAddress, isWithin } from "../../generator/base/networks.ts";

test.each([
  ["169.254.169.254/32", "169.254.0.0/16", true],
  ["169.254.0.0/16", "169.254.0.0/16", true],
  ["169.0.0.0/8", "169.254.0.0/16", false],
  ["10.0.0.0/8", "0.0.0.0/0", true],
  ["255.255.255.255/32", "0.0.0.0/0", true],
  ["10.1.0.0/16", "10.0.0.0/15", true],
  ["10.2.0.0/16", "10.0.0.0/15", false],
  ["fe80::1/128", "fe80::/10", true],
  ["febf:ffff::/32", "fe80::/10", true],
  ["fec0::/10", "fe80::/10", false],
  ["::ffff:169.254.169.254/128", "::ffff:a9fe:0/112", true],
  ["2001:db8:0:0:0:0:0:1/128", "2001:db8::/64", true],
  ["10.0.0.0/8", "::/0", false],
  ["::/0", "0.0.0.0/0", false],
])("%s lies in %s: %s", (inner, outer, expected) => expect(isWithin(inner, outer)).toBe(expected));

test("names are no addresses", () => {
  expect(["10.0.0.1", "2001:db8::1", "::"].map(isAddress)).toEqual([true, true, true]);
  expect(["db.example.org", "10.example.org", "1.2.3.4.5"].map(isAddress)).toEqual([false, false, false]);
});
