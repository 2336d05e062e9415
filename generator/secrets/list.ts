import { hasErrors } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { readSecretFile } from "../sops/file.ts";
import { readSecretFiles } from "./store.ts";
import { wantedSecrets } from "./wanted.ts";

/** One Secret of a cluster, for a table. */
export interface ListedSecret {
  readonly id: string;
  readonly keys: readonly string[];
  readonly readBy: readonly string[];
  /** State of the file in the repository; `elsewhere` when the provider keeps no files. */
  readonly state: "present" | "missing" | "incomplete" | "damaged" | "elsewhere";
  /** When a value last changed, RFC 3339. */
  readonly changed?: string;
}

/** Every Secret that must exist, and how its file is doing. */
export function listSecrets(root: string, model: Model): ListedSecret[] {
  const files = model.spec.secrets.provider === "sops" ? readSecretFiles(root, model.spec.name) : undefined;
  return wantedSecrets(model)
    .map(({ id, keys, readBy, file }): ListedSecret => {
      const row = { id, keys: Object.keys(keys).sort(), readBy };
      if (files === undefined) return { ...row, state: "elsewhere" };
      const text = files.get(file);
      if (text === undefined) return { ...row, state: "missing" };
      const { value: read, issues } = readSecretFile(text, file);
      if (read === undefined || hasErrors(issues)) return { ...row, state: "damaged" };
      const complete = row.keys.every((key) => read.keys.includes(key));
      return {
        ...row,
        state: complete ? "present" : "incomplete",
        ...(read.lastModified === undefined ? {} : { changed: read.lastModified }),
      };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
