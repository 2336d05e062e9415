/**
 * Writes what the generator knows of the options of services: `npm run options`. It asks the packages of each release, which
 * test/config/constraints pins, and removes files of services that are no longer judged.
 */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { knownOptions } from "./known-options.ts";

const folder = join(import.meta.dirname, "../../generator/options/data");
const files = await knownOptions();
for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name));
for (const [name, text] of files) writeFileSync(join(folder, name), text);
