import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { error, type Issue } from "../issues/issue.ts";

/** Secrets in plain text anywhere in a cluster's folders; their values are not shown. */
export const plainSecrets = (root: string, cluster: string): Issue[] =>
  plainSecretsIn(
    root,
    globSync([`overlays/${cluster}/**/*.{yaml,yml,json}`, `clusters/${cluster}/**/*.{yaml,yml,json}`], { cwd: root }),
  );

/** The same in these files, relative to the root. */
export const plainSecretsIn = (root: string, files: readonly string[]): Issue[] =>
  [...files].sort().flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    // Most files hold no Secret: what is slow is reading YAML.
    if (!/["']?kind["']?\s*:\s*["']?Secret\b/.test(text) || !holdsPlainSecret(text)) return [];
    return [
      error(
        "plain-secret",
        "this file holds a Secret in plain text",
        "Do not commit it. To encrypt it again: git checkout the file, or delete it and let overstack secrets create and set make it again. A value that has been committed is known to others: rotate it.",
        { file },
      ),
    ];
  });

const holdsPlainSecret = (text: string): boolean =>
  parseAllDocuments(text).some((document) => {
    try {
      return isPlain(document.toJS());
    } catch {
      // Aliases without an end, or to nothing: no engine applies that, and the test below errs on the safe side.
      return !text.includes("ENC[AES256_GCM,");
    }
  });

/** A Secret, or a List that holds one. */
function isPlain(object: unknown): boolean {
  if (object === null || typeof object !== "object") return false;
  const { kind, items, data, stringData } = object as Readonly<Record<string, unknown>>;
  if (Array.isArray(items) && items.some(isPlain)) return true;
  return kind === "Secret" && [data, stringData].some(holdsPlainText);
}

const holdsPlainText = (values: unknown): boolean =>
  Object.values(values ?? {}).some(
    (value) => value !== "" && value !== null && !/^ENC\[AES256_GCM,/.test(String(value)),
  );
