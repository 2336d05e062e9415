import { parse } from "yaml";
import { isMap } from "../base/data.ts";
import type { Field } from "./fields.ts";

/**
 * Keys of which two files of an encrypted Secret have different texts, without the texts. An encrypted value differs too where the same
 * value was encrypted anew: https://getsops.io/docs/#encrypting-only-parts-of-a-file
 */
export function secretFields(before: string | undefined, after: string | undefined): Field[] {
  const [old, own] = [valuesOf(before), valuesOf(after)];
  return [...new Set([...old.keys(), ...own.keys()])]
    .filter((key) => old.get(key) !== own.get(key))
    .sort()
    .map((path) => ({ path }));
}

function valuesOf(text: string | undefined): ReadonlyMap<string, unknown> {
  const object = read(text);
  return new Map(
    ["data", "stringData"].flatMap((section) => {
      const values = isMap(object) ? object[section] : undefined;
      return isMap(values) ? Object.entries(values).map(([key, value]) => [`${section}.${key}`, value] as const) : [];
    }),
  );
}

/** What is no YAML says nothing: `secrets check` tells. */
function read(text = ""): unknown {
  try {
    return parse(text, { logLevel: "silent", maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}
