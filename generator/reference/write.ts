import { globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { catalogue } from "../components/index.ts";
import { referencePages } from "./reference.ts";

// Writes docs/reference; a page of a component that is gone goes too.
const root = join(import.meta.dirname, "../..");
const pages = referencePages(catalogue);
for (const file of globSync("docs/reference/**/*.md", { cwd: root })) if (!pages.has(file)) rmSync(join(root, file));
for (const [file, text] of pages) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}
