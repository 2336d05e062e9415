import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { hasErrors, type Issue } from "../issues.ts";
import type { Model } from "../model/model.ts";
import { decryptSecret, readSecretFile } from "../sops/file.ts";
import type { Identities } from "../sops/keys.ts";
import { secretsFolder } from "./files.ts";
import { readSecretFiles } from "./store.ts";
import { givenKeys, type WantedSecret, wantedSecrets } from "./table.ts";

/**
 * What keeps a cluster's Secrets from being all there, encrypted, and readable by those who should: for continuous
 * integration and a pre-commit hook. Values are looked at only when a key is at hand.
 */
export async function checkSecrets(root: string, model: Model, identities: Identities): Promise<Issue[]> {
  const plain = plainSecrets(root, model.spec.name);
  const { secrets } = model.spec;
  if (secrets.provider !== "sops") return plain;
  const files = readSecretFiles(root, model.spec.name);
  const wanted = wantedSecrets(model);
  const byFile = new Map(wanted.map((secret) => [secret.file, secret]));
  const folder = secretsFolder(model.spec.name);
  const issues: Issue[] = [...plain];
  for (const secret of wanted)
    if (!files.has(secret.file))
      issues.push({
        code: "missing-secret",
        severity: "error",
        message: `the Secret ${secret.id} is missing`,
        hint: `${wayToGet(secret, model.spec.name)}.`,
        file: `${folder}/${secret.file}`,
      });
  for (const [file, text] of files) {
    const path = `${folder}/${file}`;
    const { value, issues: damaged } = readSecretFile(text, path);
    issues.push(...damaged);
    const secret = byFile.get(file);
    if (secret === undefined) issues.push(unread(path, file, model));
    if (value === undefined) continue;
    if (secret !== undefined) issues.push(...mismatches(secret, value, path, model));
    issues.push(...strangers(value.recipients, secrets.recipients, path, model.spec.name));
    if (identities.length > 0 && !hasErrors(damaged))
      issues.push(...(await decryptSecret(text, identities, path)).issues);
  }
  return issues;
}

const wayToGet = (secret: WantedSecret, cluster: string): string =>
  givenKeys(secret).length === 0
    ? `Run: overstack secrets create ${cluster}`
    : `Only you have its values. Run: ${givenKeys(secret)
        .map((key) => `overstack secrets set ${cluster} ${secret.id} ${key}`)
        .join(", then ")}`;

const unread = (path: string, file: string, model: Model): Issue => ({
  code: "unread-secret",
  severity: "warning",
  message: `nobody reads the Secret ${file.replace(/\.yaml$/, "")} any more`,
  hint: `If ${model.spec.name} has no use for it: git rm ${path}. If an instance was renamed: git mv it to its new name, and change metadata.name in it, which is not encrypted.`,
  file: path,
});

function mismatches(
  { id, name, namespace, keys }: WantedSecret,
  found: { readonly name: string; readonly namespace: string | undefined; readonly keys: readonly string[] },
  path: string,
  { spec }: Model,
): Issue[] {
  if (found.name !== name || found.namespace !== namespace)
    return [
      {
        code: "wrong-secret",
        severity: "error",
        message: `${path} holds the Secret ${found.namespace ?? "(no namespace)"}/${found.name}, not ${id}`,
        hint: "Rename the file, or mend its metadata: sops leaves it in plain text.",
        file: path,
      },
    ];
  const missing = Object.keys(keys).filter((key) => !found.keys.includes(key));
  return missing.length === 0
    ? []
    : [
        {
          code: "missing-key",
          severity: "error",
          message: `the Secret ${id} has no ${missing.join(", no ")}`,
          hint: `Run: overstack secrets create ${spec.name}; what only you have: overstack secrets set.`,
          file: path,
        },
      ];
}

function strangers(found: readonly string[], declared: readonly string[], path: string, cluster: string): Issue[] {
  const missing = declared.filter((recipient) => !found.includes(recipient));
  const unknown = found.filter((recipient) => !declared.includes(recipient));
  const say = (message: string): Issue => ({
    code: "wrong-recipients",
    severity: "error",
    message,
    hint: `Run: overstack secrets reencrypt ${cluster}. Who could read a value has read it: rotate what has leaked.`,
    file: path,
  });
  return [
    ...missing.map((recipient) => say(`${path} cannot be decrypted by ${recipient}, a declared recipient`)),
    ...unknown.map((recipient) => say(`${path} can be decrypted by ${recipient}, which is no declared recipient`)),
  ];
}

/** Secrets in plain text anywhere in the cluster's folders. Their values are not shown. */
function plainSecrets(root: string, cluster: string): Issue[] {
  return globSync([`overlays/${cluster}/**/*.{yaml,yml}`, `clusters/${cluster}/**/*.{yaml,yml}`], { cwd: root })
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      if (!/^kind:\s*["']?Secret["']?\s*$/m.test(text)) return [];
      const isPlain = parseAllDocuments(text).some((document) => {
        const object = document.toJS() as { kind?: string; data?: object; stringData?: object } | null;
        return object?.kind === "Secret" && [object.data, object.stringData].some(holdsPlainText);
      });
      return isPlain
        ? [
            {
              code: "plain-secret",
              severity: "error" as const,
              message: `${file} holds a Secret in plain text`,
              hint: "Do not commit it. If it has been committed, its values are known: change them where they are used. Then: overstack secrets set.",
              file,
            },
          ]
        : [];
    });
}

const holdsPlainText = (values: object | undefined): boolean =>
  Object.values(values ?? {}).some((value) => value !== "" && !/^ENC\[AES256_GCM,/.test(String(value)));
