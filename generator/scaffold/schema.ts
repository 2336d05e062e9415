import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { schemaFile } from "../base/layout.ts";
import { catalogue as builtIn } from "../components/index.ts";
import type { Catalogue } from "../contract/component.ts";
import { jsonSchema } from "../input/schema/json-schema.ts";
import type { Issue } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";
import { reader } from "../tree/reader.ts";

export { schemaFile } from "../base/layout.ts";

const texts = new WeakMap<Catalogue, string>();

/** Its text, made once in a process. */
export function schemaText(catalogue: Catalogue = builtIn): string {
  const found = texts.get(catalogue) ?? `${JSON.stringify(jsonSchema(catalogue), undefined, 1)}\n`;
  texts.set(catalogue, found);
  return found;
}

/** Writes it for the first cluster of a fleet; from then on generate keeps it. */
export function writeSchema(root: string): Issue[] {
  const found = reader(root).look(schemaFile);
  if (found?.kind === "blocked") return [found.issue];
  if (found !== undefined) return [];
  try {
    writeFileSync(join(root, schemaFile), schemaText(), { flag: "wx" });
    return [];
  } catch (cause) {
    return [cannotWrite(schemaFile, cause, "Then run: overstack generate.")];
  }
}
