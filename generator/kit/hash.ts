import { hash } from "node:crypto";
import { byKey } from "../base/data.ts";

/** Seven hexadecimal digits over what a Job runs; equal for equal specs whatever the order of their keys. */
export const templateHash = (spec: unknown): string => hashOf(canonicalJson(spec));

/** Seven hexadecimal digits over a text. */
export const hashOf = (text: string): string => hash("sha256", text, "hex").slice(0, 7);

/** The name itself, or when it is too long its beginning and a hash of the whole: still unique, still the same every time. */
export const fitted = (name: string, limit: number): string =>
  name.length <= limit ? name : `${name.slice(0, limit - 8).replace(/-+$/, "")}-${templateHash(name)}`;

/** JSON with sorted keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const json = (value as { toJSON?: () => unknown }).toJSON?.();
    if (json !== undefined) return canonicalJson(json);
    return `{${Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(byKey)
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value);
}
