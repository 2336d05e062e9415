import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { resolveScalar, writeScalar } from "../../generator/sops/scalar.ts";

// What go-yaml v3 makes of an unquoted scalar, and the bytes that sops puts into the MAC for it.
test.each([
  ["keystone", "str", "keystone"],
  ["yes", "str", "yes"],
  ["y", "str", "y"],
  ["", "null", ""],
  ["~", "null", ""],
  ["Null", "null", ""],
  ["nULL", "str", "nULL"],
  ["True", "bool", "True"],
  ["false", "bool", "False"],
  ["0", "int", "0"],
  ["-0", "int", "0"],
  ["+12", "int", "12"],
  ["1_000", "int", "1000"],
  ["0777", "int", "511"],
  ["0o17", "int", "15"],
  ["0xFF", "int", "255"],
  ["-0b11", "int", "-3"],
  ["9223372036854775807", "int", "9223372036854775807"],
  ["99999999999999999999", "float", "100000000000000000000"],
  ["08", "float", "8"],
  ["1.", "float", "1"],
  [".5", "float", "0.5"],
  [".0_5", "float", "0.05"],
  ["._5", "str", "._5"],
  [".5__5", "str", ".5__5"],
  ["1__0.5_", "float", "10.5"],
  ["1e3", "float", "1000"],
  ["1e-7", "float", "0.0000001"],
  ["-1.25e-9", "float", "-0.00000000125"],
  ["6.02e+23", "float", "602000000000000000000000"],
  ["-0.0", "float", "-0"],
  ["1e999", "str", "1e999"],
  [".inf", "float", "+Inf"],
  ["+.INF", "float", "+Inf"],
  ["-.inf", "float", "-Inf"],
  [".NaN", "float", "NaN"],
  ["1:20", "str", "1:20"],
  ["1.2.3", "str", "1.2.3"],
  ["2026-01-01", "time", "2026-01-01T00:00:00Z"],
  ["2026-1-2 3:4:5.60", "time", "2026-01-02T03:04:05.6Z"],
  ["2001-12-14t21:59:43.10-05:00", "time", "2001-12-14T21:59:43.1-05:00"],
  ["2001-12-14T21:59:43+00:00", "time", "2001-12-14T21:59:43Z"],
  ["2001-12-14 21:59:43 -5", "str", "2001-12-14 21:59:43 -5"],
  ["2026-02-30", "str", "2026-02-30"],
  ["2000-02-29", "time", "2000-02-29T00:00:00Z"],
  ["1900-02-29", "str", "1900-02-29"],
  ["2026-01-01T24:00:00Z", "str", "2026-01-01T24:00:00Z"],
])("%j is to sops a %s, in the MAC %j", (source, type, text) => {
  expect(resolveScalar(source)).toEqual({ type, text });
});

// As sops 3.13.3 printed them.
test.each([
  ["keystone", "keystone"],
  ["it's", "it's"],
  ["^(data|stringData)$", "^(data|stringData)$"],
  ["", '""'],
  ["n", '"n"'],
  ["yes", '"yes"'],
  ["true", '"true"'],
  ["1", '"1"'],
  ["1:20", '"1:20"'],
  ["2026-01-01", '"2026-01-01"'],
  ["a: b", "'a: b'"],
  ["a #b", "'a #b'"],
  [" x", "' x'"],
  ["'quoted'", "'''quoted'''"],
  ["- a", "'- a'"],
  ["-a", "-a"],
  ["a\tb", '"a\\tb"'],
  ["äö😀", '"äö\\U0001F600"'],
])("%j is written as %s", (text, written) => {
  expect(writeScalar(text)).toBe(written);
});

test("what is written reads back as the same text", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), awkward), (text) => {
      expect(parse(`key: ${writeScalar(text)}\n`)).toEqual({ key: text });
      expect(parse(`${writeScalar(text)}: value\n`, { schema: "failsafe" })).toEqual({ [text]: "value" });
    }),
    { numRuns: 200 },
  );
});

const awkward = fc.string({ unit: fc.constantFrom(..."0123456789.eE+-_:xoTZ #'\"\\,[]{}&*!|>%@`?~\tyn") });
