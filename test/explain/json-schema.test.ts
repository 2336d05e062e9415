import { globSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { catalogue } from "../../generator/components/index.ts";
import type { Catalogue, Component } from "../../generator/contract/component.ts";
import { schedulesOf } from "../../generator/contract/programs.ts";
import { parseCluster } from "../../generator/input/cluster.ts";
import { jsonSchema } from "../../generator/input/schema/json-schema.ts";
import { instanceSchema, rootSchema } from "../../generator/input/schema/whole.ts";
import { bare, type Schema } from "../../generator/input/schema/zod-walk.ts";

type Json = Record<string, unknown>;
const schema = jsonSchema(catalogue) as { definitions: Record<string, Json>; properties: Record<string, Json> };
const validatorOf = (of: object) =>
  new Ajv({
    allErrors: true,
    validateFormats: false,
    allowUnionTypes: true,
    keywords: ["patternErrorMessage"],
  }).compile(of);
const validate = validatorOf(schema);

const right = `name: eu1
release: "2026.1"
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { issuer: { name: letsencrypt } } }
kubernetes: { version: "1.35" }
infrastructure:
  mariadb: { backup: none }
  mariadb-two: { storage: 20Gi, backup: { target: { volume: { size: 10Gi } } } }
  memcached:
services:
  glance:
    replicas: { api: 5 }
    stores: { ceph: { type: rbd, monitors: ["10.0.0.1"], secret: glance-ceph } }
  keystone: { replicas: 5 }
`;

describe("what is right passes", () => {
  const examples = globSync(["clusters/*/cluster.yaml", "test/golden/clusters/*/cluster.yaml"]);
  test.each(examples)("%s passes", (file) => {
    validate(parse(readFileSync(file, "utf8")));
    expect(validate.errors).toBeNull();
  });
  test("a file that uses instances of every form passes", () => {
    validate(parse(right));
    expect(validate.errors).toBeNull();
    expect(parseCluster("clusters/eu1/cluster.yaml", right, catalogue).issues).toEqual([]);
  });
});

describe("what is wrong fails, here as in generate", () => {
  test.each([
    ["an unknown key at the root", "region:", "regoin: x\nregion:"],
    ["release without quotes", '"2026.1"', "2026.1"],
    ["an unknown release", '"2026.1"', '"2024.1"'],
    ["a missing key", "domain: eu1.example.org\n", ""],
    ["an unknown key below delivery", "delivery: { ", "delivery: { enigne: flux, "],
    ["an unknown key below an instance", "backup: none }", "backup: none, storge: 20Gi }"],
    ["an unknown key at depth", "issuer: { ", "issuer: { group: x, "],
    ["an unknown component", "  memcached:", "  redis: {}"],
    ["a component below the wrong group", "  memcached:", "  glance-two: {}"],
    ["an unknown role", "{ api: 5 }", "{ apii: 5 }"],
    ["text for a number", "{ replicas: 5 }", '{ replicas: "5" }'],
    ["a number below the least", "{ api: 5 }", "{ api: -1 }"],
    ["a bad quantity", "storage: 20Gi", "storage: 20GB"],
    ["an unknown kind of store", "type: rbd", "type: nfs"],
    ["a key of another kind of store", "type: rbd", "bucket: x, type: rbd"],
    ["a list for a map", "  keystone: { replicas: 5 }", "  keystone: []"],
    ["text for a list", 'monitors: ["10.0.0.1"]', "monitors: 10.0.0.1"],
    ["an option of the pods on what has none of ours", "backup: none }", "backup: none, environment: { A: b } }"],
    ["a name that ends in a dash", "mariadb-two", "mariadb-"],
    ["a name that is too long", "mariadb-two", `mariadb-${"x".repeat(40)}`],
  ])("%s fails, here as in generate", (_, from, to) => {
    const text = right.replace("domain:", "region: x\ndomain:").replace(from, to);
    expect(text).not.toBe(right.replace("domain:", "region: x\ndomain:"));
    expect(validate(parse(text))).toBe(false);
    expect(parseCluster("clusters/eu1/cluster.yaml", text, catalogue).spec).toBeUndefined();
  });
});

describe("it says the same as the schemas that files are checked by", () => {
  const subjects: [string, Json, Schema, Component | undefined][] = [
    ["cluster.yaml", schema as Json, rootSchema, undefined],
    ...[...catalogue.values()].map((component): [string, Json, Schema, Component] => [
      component.name,
      schema.definitions[`instance-${component.name}`]!,
      instanceSchema(component),
      component,
    ]),
  ];
  test.each(subjects)("the JSON Schema has the keys of %s, and no others", (_, json, zod, component) => {
    const ofNames = component === undefined ? [] : ["replicas", "resources", "autoscaling", "crons", "image"];
    const ofServices = ["config", "files", "environment", "environmentFrom", "volumes", "sidecars"];
    const left = component?.conf === undefined && component !== undefined ? ofServices : [];
    // Below maps whose names the component gives, the JSON Schema lists the names.
    const comparable = (path: string) =>
      !ofNames.some((key) => path.startsWith(`${key}.`)) && !left.includes(path.split(/[.[]/)[0]!);
    const groups = (path: string) => !/^(infrastructure|services|nodes)\./.test(path);
    expect([...jsonKeys(json)].filter(groups).filter(comparable).sort()).toEqual(
      [...zodKeys(zod)].filter(comparable).sort(),
    );
  });

  test("names that a component gives are its own", () => {
    for (const component of catalogue.values()) {
      const { properties } = schema.definitions[`instance-${component.name}`] as { properties: Record<string, Json> };
      expect(Object.keys((properties.image as { properties: Json }).properties)).toEqual(
        Object.keys({ ...component.images, ...component.ownImages }),
      );
      expect(Object.keys((properties.crons as { properties: Json }).properties)).toEqual(
        Object.keys(schedulesOf(component)),
      );
    }
  });
});

test("every property has a description", () => {
  const silent: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (node === null || typeof node !== "object") return;
    for (const [key, value] of Object.entries(node)) {
      if (key === "properties" && !path.endsWith(".if"))
        for (const [name, property] of Object.entries(value as Record<string, Json>))
          if (typeof resolved(property).description !== "string") silent.push(`${path}.${name}`);
      visit(value, `${path}.${key}`);
    }
  };
  visit(schema, "");
  expect(silent).toEqual([]);
});

test("a longer component's name is not taken for an instance of a shorter one", () => {
  const memcached = catalogue.get("memcached")!;
  const like = (name: string, option: string): Component =>
    ({ ...memcached, name, options: z.strictObject({ [option]: memcached.options.shape[option]! }) }) as Component;
  const two: Catalogue = new Map([
    ["nova", like("nova", "memory")],
    ["nova-cell", like("nova-cell", "maxConnections")],
  ]);
  const check = validatorOf({ ...jsonSchema(two), required: [] });
  const passes = (instance: string, settings: object) => check({ infrastructure: { [instance]: settings } });
  expect(passes("nova-two", { memory: 100 })).toBe(true);
  expect(passes("nova-two", { maxConnections: 100 })).toBe(false);
  expect(passes("nova-cell", { maxConnections: 100 })).toBe(true);
  expect(passes("nova-cell-one", { maxConnections: 100 })).toBe(true);
  expect(passes("nova-cell-one", { memory: 100 })).toBe(false);
  expect(passes("nova-cell-one", { component: "nova", memory: 100 })).toBe(true);
  expect(passes("nova-cellular", { memory: 100 })).toBe(true);
});

test("the JSON Schema is the same bytes each time", () => {
  expect(JSON.stringify(jsonSchema(catalogue))).toBe(JSON.stringify(schema));
});

const resolved = (node: Json): Json => (typeof node.$ref === "string" ? at(node.$ref) : node);

/** What a JSON pointer leads to. */
const at = (pointer: string): Json =>
  pointer
    .split("/")
    .slice(1)
    .reduce<Json>((found, key) => found[key] as Json, schema);

/** Paths of all keys that a JSON Schema lists. */
function jsonKeys(reference: Json, prefix = ""): Set<string> {
  const node = resolved(reference);
  const join = (key: string) => (prefix === "" ? key : `${prefix}.${key}`);
  const below = (value: unknown, path: string) =>
    typeof value === "object" && value !== null ? [...jsonKeys(value as Json, path)] : [];
  const names = ((node.propertyNames as Json | undefined)?.enum as string[] | undefined) ?? ["*"];
  return new Set([
    ...Object.entries((node.properties ?? {}) as Record<string, Json>).flatMap(([key, value]) => [
      join(key),
      ...jsonKeys(value, join(key)),
    ]),
    ...(node.properties === undefined ? names.flatMap((name) => below(node.additionalProperties, join(name))) : []),
    ...below(node.items, `${prefix}[]`),
    ...[node.anyOf, node.oneOf, node.allOf].flatMap((list) =>
      ((list ?? []) as Json[]).flatMap((item) => [...jsonKeys(item, prefix)]),
    ),
  ]);
}

/** The same of a schema of ours. */
function zodKeys(schema: Schema, prefix = ""): Set<string> {
  const { def } = bare(schema);
  const join = (key: string) => (prefix === "" ? key : `${prefix}.${key}`);
  switch (def.type) {
    case "object":
      return new Set(
        Object.entries(def.shape as Record<string, Schema>).flatMap(([key, item]) => [
          join(key),
          ...zodKeys(item, join(key)),
        ]),
      );
    case "record": {
      const key = bare(def.keyType).def;
      const names = key.type === "enum" ? Object.values(key.entries).map(String) : ["*"];
      return new Set(names.flatMap((name) => [...zodKeys(def.valueType, join(name))]));
    }
    case "array":
      return zodKeys(def.element, `${prefix}[]`);
    case "union":
      return new Set(def.options.flatMap((option) => [...zodKeys(option, prefix)]));
    default:
      return new Set();
  }
}
