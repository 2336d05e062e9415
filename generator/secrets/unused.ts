import { type Issue, warning } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { secretFilesOf, secretsFolder } from "./files.ts";
import { type WantedSecret, wantedSecrets } from "./wanted.ts";

/** Files of Secrets that nobody reads, each with what may have happened and the way out. */
export function unreadSecrets(root: string, model: Model): Issue[] {
  const cluster = model.spec.name;
  const wanted = wantedSecrets(model);
  const files = secretFilesOf(root, cluster);
  const missing = wanted.filter(({ file }) => !files.includes(file));
  return files
    .filter((file) => !wanted.some((secret) => secret.file === file))
    .map((file) => {
      const path = `${secretsFolder(cluster)}/${file}`;
      const id = file.replace(/\.yaml$/, "");
      return warning(
        "unread-secret",
        `nobody reads the Secret ${id}${isGeneration(id, wanted) ? ", of a rotation that was finished or taken back" : " any more"}`,
        `${renamed(path, id, missing, cluster)}${stays(id, wanted)}If nothing needs it: git rm ${path}. Git keeps it.`,
        { file: path },
      );
    });
}

/** True when another generation of the same credentials is read. */
function isGeneration(id: string, wanted: readonly WantedSecret[]): boolean {
  const plain = (name: string) => name.replace(/-g[0-9]+$/, "");
  return wanted.some((secret) => plain(secret.id) === plain(id));
}

/** How to take a value along when the instance that read it has another name now. */
function renamed(path: string, id: string, missing: readonly WantedSecret[], cluster: string): string {
  const role = /-([a-z0-9]+)$/.exec(id)?.[1];
  const heir = missing.find((secret) => role !== undefined && secret.name.endsWith(`-${role}`));
  if (heir === undefined) return "";
  const target = `${secretsFolder(cluster)}/${heir.file}`;
  return `If an instance was renamed and ${heir.id} is to keep the value: git mv ${path} ${target} && sops set ${target} '["metadata"]["name"]' '"${heir.name}"'. `;
}

/** What reads the Secret of an instance that has moved to another namespace is never pruned; operators watch it by its label. */
function stays(id: string, wanted: readonly WantedSecret[]): string {
  const [namespace, name] = id.split("/");
  return wanted.some((secret) => secret.name === name && secret.labels !== undefined)
    ? `Its reader lives in another namespace now. Objects that stay in ${namespace} (User, Grant, Database) still read it and would set its password again: delete them first. `
    : "";
}
