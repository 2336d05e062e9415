import { diffSchema } from "../diff/schema.ts";
import { schemaText } from "../scaffold/schema.ts";
import type { Result } from "./command.ts";

/** The JSON Schema of cluster.yaml, or of what `diff` prints. */
export function schema(what: "cluster" | "diff"): Result {
  const text = what === "cluster" ? schemaText() : `${JSON.stringify(diffSchema(), undefined, 1)}\n`;
  return { text, data: JSON.parse(text) };
}
