import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { clusterTemplate } from "../../generator/scaffold/cluster-template.ts";
import { withValue } from "../../generator/secrets/cluster-file.ts";

const path = ["services", "glance", "credentials", "database"];
const edited = (text: string) => withValue(text, path, { generation: 1, alsoValid: 2 });
const state = "{ generation: 1, alsoValid: 2 }";

test.each([
  [
    "a service with settings",
    "services:\n  # the image service\n  glance: # one\n    # where\n    stores: {} # none\n  placement:\n",
    `services:\n  # the image service\n  glance: # one\n    credentials:\n      database: ${state}\n    # where\n    stores: {} # none\n  placement:\n`,
  ],
  [
    "one without",
    "services:\n  glance:\n  placement:\n",
    `services:\n  glance:\n    credentials:\n      database: ${state}\n  placement:\n`,
  ],
  ["an empty one", "services:\n  glance: {}\n", `services:\n  glance: { credentials: { database: ${state} } }\n`],
  ["a null", "services:\n  glance: ~\n", `services:\n  glance: { credentials: { database: ${state} } }\n`],
  ["one line", "services: {glance: {a: 1}}", `services: {glance: { credentials: { database: ${state} }, a: 1}}`],
  [
    "a service that was not named",
    "services:\n  keystone: {}\n",
    `services:\n  glance:\n    credentials:\n      database: ${state}\n  keystone: {}\n`,
  ],
  ["no services", "name: eu1", `name: eu1\nservices:\n  glance:\n    credentials:\n      database: ${state}\n`],
  [
    "another connection's state",
    "services:\n  glance:\n    credentials:\n      identity: { generation: 3 } # third\n",
    `services:\n  glance:\n    credentials:\n      database: ${state}\n      identity: { generation: 3 } # third\n`,
  ],
  [
    "an earlier state",
    "services:\n  glance:\n    credentials:\n      database: { generation: 1 } # since May\n",
    `services:\n  glance:\n    credentials:\n      database: ${state} # since May\n`,
  ],
  [
    "line breaks of Windows",
    "services:\r\n  glance:\r\n    x: 1\r\n",
    `services:\r\n  glance:\r\n    credentials:\r\n      database: ${state}\r\n    x: 1\r\n`,
  ],
  ["an alias, which others share", "a: &x { b: 1 }\nservices:\n  glance: *x\n", undefined],
  ["a long key", "services:\n  ? glance\n  : x: 1\n", undefined],
  ["a list where a map belongs", "services: []\n", undefined],
])("the state is written into %s", (_, before, after) => expect(edited(before)).toBe(after));

test("every comment, blank line and spelling of the scaffold's file stays", () => {
  const before = clusterTemplate.replaceAll(/^\{\{.*\}\}\n/gm, "").replaceAll(/\{\{.*?\}\}/g, "x");
  const after = edited(before)!;
  const lines = after.split("\n");
  const added = lines.indexOf("    credentials:");
  expect(lines.toSpliced(added, 2).join("\n")).toBe(before);
});

test("any settings keep their meaning", () => {
  const settings = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.oneof(fc.integer(), fc.constant(null), fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.boolean())),
  );
  fc.assert(
    fc.property(settings, settings, fc.constantFrom(0, 2, 4), (glance, other, indent) => {
      const text =
        indent === 0
          ? JSON.stringify({ services: { glance, other } })
          : `services:\n${block({ glance, other }, indent, indent)}`;
      const credentials = { database: { generation: 1, alsoValid: 2 } };
      const wanted = { services: { glance: { ...glance, credentials }, other } };
      expect(parse(edited(text)!)).toEqual(wanted);
    }),
  );
});

/** YAML in block form with this indentation. */
const block = (data: object, indent: number, at: number): string =>
  Object.entries(data)
    .map(([key, value]) =>
      value !== null && typeof value === "object" && Object.keys(value).length > 0
        ? `${" ".repeat(at)}${key}:\n${block(value, indent, at + indent)}`
        : `${" ".repeat(at)}${key}: ${JSON.stringify(value)}\n`,
    )
    .join("");
