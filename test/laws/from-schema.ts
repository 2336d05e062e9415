import fc, { type Arbitrary } from "fast-check";
import type { z } from "zod";
import { bare, type Schema } from "../../generator/input/schema/zod-walk.ts";
import { inner } from "./sometimes.ts";

/** Texts of each form that a setting can have; a schema takes those that it accepts. */
const forms: readonly string[] = [
  ...["a", "on", "own-name", "2", "x".repeat(40), "own.name", "people_2"],
  ...["500m", "512Mi", "1024Mi", "20Gi", "1024Gi", "2Ti", "24h", "2160h", "30m", "90s"],
  ...["host.example.org", "192.0.2.4", "[fd00::1]:3300", "10.0.0.0/8", "https://own.example.org/v1"],
  ...["0 5 * * 0", "*/10 * * * *", "2026-11-01T00:00:00Z", `sha256:${"a".repeat(64)}`, "/srv/data"],
  ...["registry.example.org/own/image:1", "OWN_TOKEN", "own.json"],
];

/** What a schema takes that asks for no form. */
const plain = ["own", "on", "1e3"];

/**
 * Values that a schema accepts; keys that may be left out are there in every second case. Throws where it cannot know any:
 * `test/components/<family>.ts` gives them then.
 */
export function fromSchema(schema: Schema, path: string): Arbitrary<unknown> {
  const { def, schema: own } = bare(schema);
  switch (def.type) {
    case "object": {
      const keys = Object.entries(def.shape as Record<string, Schema>);
      const values = (optional: boolean) =>
        Object.fromEntries(
          keys
            .filter(([, child]) => bare(child).optional === optional)
            .map(([key, child]) => [key, fromSchema(child, `${path}.${key}`)]),
        );
      return fc.tuple(fc.record(values(false)), inner(values(true))).map(([must, can]) => ({ ...must, ...can }));
    }
    case "record": {
      const keys = fromSchema(def.keyType, `${path}, a key`) as Arbitrary<string>;
      return fc.dictionary(keys, fromSchema(def.valueType, `${path}.*`), { minKeys: 1, maxKeys: 2 });
    }
    case "array":
      return fc.uniqueArray(fromSchema(def.element, `${path}[]`), { minLength: 1, maxLength: 2 });
    case "union":
      return fc.oneof(...def.options.map((option) => fromSchema(option, path)));
    case "enum":
      return fc.constantFrom(...Object.values(def.entries));
    case "literal":
      return fc.constantFrom(...def.values);
    case "boolean":
      return fc.boolean();
    case "number":
      return numbers(own as z.ZodNumber);
    case "string":
      return texts(own as z.ZodString, path);
    default:
      throw new Error(`${path} has a type without random values, ${def.type}: give some in test/components`);
  }
}

function numbers({ isInt, minValue, maxValue }: z.ZodNumber): Arbitrary<number> {
  const min = Math.max(minValue ?? 0, Number.MIN_SAFE_INTEGER);
  const max = Math.min(maxValue ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return isInt ? fc.integer({ min, max }) : fc.constantFrom(min, Math.min(max, min + 0.5));
}

function texts(schema: z.ZodString, path: string): Arbitrary<string> {
  const hasForm =
    (schema.def as z.core.$ZodStringFormatDef).format !== undefined || (schema.def.checks ?? []).some(isForm);
  const fitting = (hasForm ? forms : plain).filter((text) => schema.safeParse(text).success);
  if (fitting.length === 0)
    throw new Error(`${path} asks for a form without random texts: give some in test/components`);
  return fc.constantFrom(...fitting);
}

/** A bound of the length says nothing about the form. */
const isForm = (check: z.core.$ZodCheck<never>): boolean =>
  !["max_length", "min_length", "length_equals"].includes(check._zod.def.check);
