import type { z } from "zod";
import { allOf, oneOf } from "../../base/words.ts";
import { bare, type Def, keysOf, namesOf, type Schema } from "./zod-walk.ts";

/** What a value must be, to complete the sentence "It must be …". */
export function formOf(schema: Schema): string {
  const { def, schema: inner } = bare(schema);
  const own = (def.checks ?? []).map(textOf).find((text) => text !== undefined);
  if (own !== undefined) return own;
  switch (def.type) {
    case "string":
      return formats[(def as { format?: string }).format ?? ""] ?? "text";
    case "number":
      return numberForm(def, inner);
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
    case "record":
      return mapForm(schema);
    case "enum":
    case "literal":
      return oneOf(namesOf(schema));
    case "union":
      return unionForm(def);
    default:
      return "a value";
  }
}

/** Forms that zod knows by name. */
const formats: Readonly<Record<string, string>> = {
  url: "a URL: https://name.example.org",
  datetime: "a time in UTC: 2026-11-23T12:00:00Z",
};

function numberForm(def: z.core.$ZodNumberDef, schema: Schema): string {
  const { minimum, maximum } = (schema as Schema & { _zod: { bag: { minimum?: number; maximum?: number } } })._zod.bag;
  const whole = (def.checks ?? []).some((check) => check._zod.def.check === "number_format");
  const range = minimum === undefined || maximum === undefined ? "" : ` from ${minimum} to ${maximum}`;
  return `${whole ? "a whole number" : "a number"}${range}`;
}

/** A map by the keys that it must have, or by those that it can have when they are few. */
function mapForm(schema: Schema): string {
  const keys = keysOf(schema);
  const required = keys.filter(([, below]) => !bare(below).optional).map(([key]) => key);
  if (bare(schema).def.type === "object" && required.length > 0) return `a map with ${allOf(required)}`;
  return keys.length > 0 && keys.length <= 6 ? `a map of ${oneOf(keys.map(([key]) => key))}` : "a map";
}

function unionForm(def: z.core.$ZodUnionDef): string {
  const { discriminator } = def as z.core.$ZodUnionDef & { discriminator?: string };
  if (discriminator !== undefined) return `a map with ${discriminator}`;
  const forms = def.options.flatMap((option) => {
    const names = namesOf(option);
    return names.length > 0 ? names : [formOf(option)];
  });
  return oneOf([...new Set(forms)]);
}

/** The text that a format was declared with. */
function textOf(check: NonNullable<Def["checks"]>[number]): string | undefined {
  const text = check._zod.def.error?.({} as never);
  return typeof text === "string" ? text : text?.message;
}
