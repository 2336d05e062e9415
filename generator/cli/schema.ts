import { schemaText } from "../scaffold/schema.ts";
import type { Result } from "./command.ts";

/** The JSON Schema of cluster.yaml. */
export function schema(): Result {
  const text = schemaText();
  return { text, data: JSON.parse(text) };
}
