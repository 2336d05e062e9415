import { globSync } from "node:fs";
import { join } from "node:path";
import { isSecretFile, secretsFolder } from "../base/layout.ts";
import type { NamespacedSecret } from "../render/secrets.ts";

export { secretsFolder } from "../base/layout.ts";

/** Where the encrypted file of a Secret lies, below that folder. */
export const secretFile = ({ namespace, name }: Pick<NamespacedSecret, "namespace" | "name">): string =>
  `${namespace}/${name}.yaml`;

/** Files of Secrets that are there, below the cluster's folder, sorted. */
export const secretFilesOf = (root: string, cluster: string): string[] =>
  globSync("*/*.yaml", { cwd: join(root, secretsFolder(cluster)) })
    .map((file) => file.replaceAll("\\", "/"))
    .filter(isSecretFile)
    .sort();
