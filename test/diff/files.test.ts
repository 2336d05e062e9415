import { expect, test } from "vitest";
import { changesBetween } from "../../generator/diff/changes.ts";
import { fieldsBetween } from "../../generator/diff/fields.ts";
import { fileFields } from "../../generator/diff/files.ts";

const ofFile = (before: string | undefined, after: string | undefined) => fileFields("a.conf", before, after);

test("options are compared by group and name, wherever they stand", () => {
  const before = "[DEFAULT]\ndebug = false\n\n[cache]\nenabled = true\n";
  const after = "# ours\n[cache]\nbackend = dogpile.cache.pymemcache\nenabled = true\n\n[DEFAULT]\ndebug = true\n";
  expect(ofFile(before, after)).toEqual([
    { path: "a.conf [DEFAULT] debug", before: "false", after: "true" },
    { path: "a.conf [cache] backend", after: "dogpile.cache.pymemcache" },
  ]);
});

test("an option with several values has a line for each", () => {
  const before = "[DEFAULT]\nenabled = a\nenabled = b\nlong = first\n  second\n";
  expect(ofFile(before, before.replace("enabled = b\n", "").replace("second", "third"))).toEqual([
    { path: "a.conf [DEFAULT] enabled", before: "a\nb", after: "a" },
    { path: "a.conf [DEFAULT] long", before: "first\nsecond", after: "first\nthird" },
  ]);
});

test("a file that comes or goes shows what is in it", () => {
  expect(ofFile(undefined, "[a]\nb = 1\n")).toEqual([{ path: "a.conf [a] b", after: "1" }]);
  expect(ofFile("[a]\nb = 1\n", undefined)).toEqual([{ path: "a.conf [a] b", before: "1" }]);
});

test("any other text is compared by its lines", () => {
  expect(ofFile('"a": "x"\n"b": "y"\n', '"b": "y"\n"c": "z"\n')).toEqual([
    { path: "a.conf", before: '"a": "x"', after: '"c": "z"' },
  ]);
  expect(ofFile("b: 1\na: 2\n", "a: 2\nb: 1\n")).toEqual([{ path: "a.conf: the order of its lines" }]);
  expect(ofFile("a: 1\n", "a: 1\n")).toEqual([]);
});

test("what may be a password is not shown: an option, a variable, one in a container that is new", () => {
  const pod = (containers: object[]) => ({
    of: "any",
    id: "Deployment any/any",
    object: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "any" }, spec: { containers } },
    template: undefined,
  });
  const own = {
    name: "api",
    env: [
      { name: "OS_PASSWORD", value: "one" },
      { name: "LANG", value: "C" },
    ],
  };
  const other = {
    name: "api",
    env: [
      { name: "OS_PASSWORD", value: "two" },
      { name: "MY_TOKEN", value: "three" },
    ],
  };
  const sidecar = { name: "sidecar", env: [{ name: "OS_SECRET", value: "four" }] };
  const said = changesBetween([pod([own])], [pod([other, sidecar])]);
  expect(said[0]!.fields.map(({ path }) => path)).toEqual([
    "spec.containers[api].env[OS_PASSWORD].value",
    "spec.containers[api].env[LANG]",
    "spec.containers[api].env[MY_TOKEN]",
    "spec.containers[sidecar]",
  ]);
  expect(JSON.stringify(said)).not.toMatch(/one|two|three|four/);
  expect(JSON.stringify(said)).toContain('"value":"C"');
});

test("items of a list are matched by name, others by what they are", () => {
  const named = (...items: object[]) => ({ spec: { containers: items } });
  expect(fieldsBetween(named({ name: "a", x: 1 }, { name: "b" }), named({ name: "b" }, { name: "a", x: 2 }))).toEqual([
    { path: "spec.containers[a].x", before: 1, after: 2 },
  ]);
  expect(fieldsBetween({ l: ["a", "b", "c"] }, { l: ["a", "c", "d", "e"] })).toEqual([
    { path: "l[]", before: "b" },
    { path: "l[]", after: "d" },
    { path: "l[]", after: "e" },
  ]);
  expect(fieldsBetween({ l: ["a", "b"] }, { l: ["b", "a"] })).toEqual([{ path: "l: the order of its items" }]);
});
