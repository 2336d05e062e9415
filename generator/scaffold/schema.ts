import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue as builtIn } from "../components/index.ts";
import type { Catalogue } from "../contract/component.ts";
import { jsonSchema } from "../input/schema/json-schema.ts";
import type { Issue } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";

/** Where editors find the schema; the first line of each cluster.yaml leads there. */
export const schemaFile = "clusters/schema.json";

/** Its text. */
export const schemaText = (catalogue: Catalogue = builtIn): string =>
  `${JSON.stringify(jsonSchema(catalogue), undefined, 1)}\n`;

/** Writes it for the first cluster of a fleet; from then on generate keeps it. */
export function writeSchema(root: string): Issue[] {
  try {
    writeFileSync(join(root, schemaFile), schemaText());
    return [];
  } catch (cause) {
    return [cannotWrite(schemaFile, cause, "Then run: overstack generate.")];
  }
}
