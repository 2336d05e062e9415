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

/** Its text. */
export const schemaText = (catalogue: Catalogue = builtIn): string =>
  `${JSON.stringify(jsonSchema(catalogue), undefined, 1)}\n`;

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
