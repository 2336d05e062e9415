import { hasErrors, type Issue } from "../issues.ts";
import type { Model } from "../model/model.ts";
import { typeOf } from "../render/secret-objects.ts";
import { encryptSecret, readSecretFile, reencrypt, setValues } from "../sops/file.ts";
import type { Identities } from "../sops/keys.ts";
import { SecretValue } from "../sops/secret-value.ts";
import { recipientsOf } from "./provider.ts";
import { readSecretFiles, writeSecretFiles } from "./store.ts";
import { givenKeys, wantedSecrets } from "./table.ts";

/** Encrypts each file to the recipients declared now; files that are right stay as they are, byte for byte. */
export async function reencryptSecrets(
  root: string,
  model: Model,
  identities: Identities,
): Promise<{ changed: readonly string[]; issues: readonly Issue[] }> {
  const recipients = recipientsOf(model);
  if ("issues" in recipients) return { changed: [], issues: recipients.issues };
  const files = new Map<string, string>();
  const issues: Issue[] = [];
  for (const [file, text] of readSecretFiles(root, model.spec.name)) {
    const read = readSecretFile(text, file);
    issues.push(...read.issues);
    if (read.value === undefined || sameSet(read.value.recipients, recipients.recipients)) continue;
    const changed = await reencrypt(text, identities, recipients.recipients, file);
    if (changed.value === undefined) issues.push(...changed.issues);
    else files.set(file, changed.value);
  }
  if (hasErrors(issues)) return { changed: [], issues };
  return { changed: [...files.keys()], issues: [...issues, ...writeSecretFiles(root, model.spec.name, files)] };
}

/** Puts a value that somebody else has given into its file. */
export async function setSecret(
  root: string,
  model: Model,
  id: string,
  key: string,
  value: SecretValue,
  identities: Identities,
): Promise<readonly Issue[]> {
  const recipients = recipientsOf(model);
  if ("issues" in recipients) return recipients.issues;
  const secret = wantedSecrets(model).find((wanted) => wanted.id === id);
  if (secret === undefined || !(key in secret.keys)) return [unknownSecret(model, id, key, secret !== undefined)];
  const text = readSecretFiles(root, model.spec.name).get(secret.file);
  if (text !== undefined) {
    const changed = await setValues(text, identities, new Map([[key, value]]), secret.file);
    return changed.value === undefined
      ? changed.issues
      : writeSecretFiles(root, model.spec.name, new Map([[secret.file, changed.value]]));
  }
  const known = Object.entries(secret.known ?? {}).map(([name, word]) => [name, new SecretValue(word)] as const);
  const type = typeOf(secret);
  const fresh = await encryptSecret(
    {
      name: secret.name,
      namespace: secret.namespace,
      labels: { "app.kubernetes.io/managed-by": "overstack", ...secret.labels },
      ...(type === undefined ? {} : { type }),
      values: new Map([...known, [key, value]]),
    },
    recipients.recipients,
  );
  return writeSecretFiles(root, model.spec.name, new Map([[secret.file, fresh]]));
}

const unknownSecret = (model: Model, id: string, key: string, exists: boolean): Issue => ({
  code: "unknown-secret",
  severity: "error",
  message: exists ? `the Secret ${id} has no key ${key}` : `${model.spec.name} has no Secret ${id}`,
  hint: exists
    ? `Its keys are: ${Object.keys(wantedSecrets(model).find((wanted) => wanted.id === id)!.keys).join(", ")}.`
    : `Those that wait for a value: ${
        wantedSecrets(model)
          .filter((secret) => givenKeys(secret).length > 0)
          .map((secret) => secret.id)
          .join(", ") || "none"
      }. All of them: overstack secrets list ${model.spec.name}.`,
});

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item));
