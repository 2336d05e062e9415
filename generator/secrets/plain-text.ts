import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { error, type Issue } from "../issues/issue.ts";
import { isEncrypted } from "../sops/cipher.ts";

/** Secrets in plain text, and private keys, anywhere in a cluster's folders and in the bases; their values are not shown. */
export const plainSecrets = (root: string, cluster: string): Issue[] =>
  plainSecretsIn(root, globSync([`overlays/${cluster}/**/*`, `clusters/${cluster}/**/*`, "bases/**/*"], { cwd: root }));

/** The same in these files, relative to the root. */
export const plainSecretsIn = (root: string, files: readonly string[]): Issue[] =>
  [...files].sort().flatMap((file) => {
    if (!statSync(join(root, file), { throwIfNoEntry: false })?.isFile()) return [];
    const text = readFileSync(join(root, file), "utf8");
    if (privateKey.test(text))
      return [
        error("plain-secret", "this file holds a private key", `Do not commit it: move it away. ${known}`, { file }),
      ];
    // Most files hold no Secret: what is slow is reading YAML. A backslash may write any letter of the word.
    if (!isYaml.test(file) || !/secret|\\/i.test(text) || !holdsPlainSecret(text)) return [];
    return [
      error(
        "plain-secret",
        "this file holds a Secret in plain text",
        `Do not commit it. To encrypt it again: git checkout the file, or delete it and let overstack secrets create and set make it again. ${known}`,
        { file },
      ),
    ];
  });

const known = "A value that has been committed is known to others: rotate it.";

/** Of age, and in PEM; not one that is itself encrypted, and not the words in a sentence. */
const privateKey =
  /AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}|^\s*-----BEGIN (?!ENCRYPTED )(?:[A-Z0-9]+ )*PRIVATE KEY-----/im;

/** Also copies that editors and templates leave: `x.yaml.bak`, `x.yaml.tpl`, `x.YAML`, `x.yml~`. */
const isYaml = /\.(?:ya?ml|json)(?:\.[a-z0-9]+)?~?$/i;

const holdsPlainSecret = (text: string): boolean =>
  parseAllDocuments(text).some((document) => {
    try {
      return isPlain(document.toJS());
    } catch {
      // Aliases without an end, or to nothing: no engine applies that, and the test below errs on the safe side.
      return !text.includes("ENC[AES256_GCM,");
    }
  });

/** A Secret, a list that holds one, what kubectl keeps of one, or literals that Kustomize makes one of. */
function isPlain(object: unknown): boolean {
  if (object === null || typeof object !== "object") return false;
  const { kind, items, data, stringData, metadata, secretGenerator } = object as Readonly<Record<string, unknown>>;
  if (Array.isArray(items) && items.some((item) => isPlain(item) || (kind === "SecretList" && holdsValues(item))))
    return true;
  if (Array.isArray(secretGenerator) && secretGenerator.some(hasLiterals)) return true;
  if (isPlainText(lastApplied(metadata))) return true;
  return kind === "Secret" && [data, stringData].some(holdsPlainText);
}

const holdsValues = (item: unknown): boolean => {
  const { data, stringData } = (item ?? {}) as Readonly<Record<string, unknown>>;
  return [data, stringData].some(holdsPlainText);
};

const hasLiterals = (generator: unknown): boolean => {
  const { literals } = (generator ?? {}) as Readonly<Record<string, unknown>>;
  return Array.isArray(literals) && literals.some((literal) => /=./.test(String(literal)));
};

/** The object as `kubectl apply` wrote it into an annotation of it, whatever is encrypted around that. */
function lastApplied(metadata: unknown): unknown {
  const { annotations } = (metadata ?? {}) as { annotations?: Readonly<Record<string, unknown>> | null };
  return annotations?.["kubectl.kubernetes.io/last-applied-configuration"];
}

const isPlainText = (text: unknown): boolean =>
  typeof text === "string" && !isEncrypted(text) && holdsPlainSecret(text);

const holdsPlainText = (values: unknown): boolean =>
  Object.values(values ?? {}).some((value) => value !== "" && value !== null && !isEncrypted(String(value)));
