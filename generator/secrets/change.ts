import { error, hasErrors, type Issue } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { requiredSecrets } from "../render/secrets.ts";
import { readSecretFile, reencrypt, setValues } from "../sops/file.ts";
import type { Identities } from "../sops/keys.ts";
import { SecretValue } from "../sops/secret-value.ts";
import { encrypted } from "./create.ts";
import { secretsFolder } from "./files.ts";
import { asFile, shapeOf, wrongForm } from "./forms.ts";
import { newRecipients, recipientsOf } from "./recipients.ts";
import { readSecretFiles, writeSecretFiles } from "./store.ts";
import { givenKeys, type WantedSecret, wantedSecrets } from "./wanted.ts";

/** Encrypts each file to the recipients declared now; files that are right stay as they are, byte for byte. */
export async function reencryptSecrets(
  root: string,
  model: Model,
  identities: Identities,
): Promise<{ changed: readonly string[]; issues: readonly Issue[] }> {
  const recipients = recipientsOf(model);
  if ("issues" in recipients) return { changed: [], issues: recipients.issues };
  const cluster = model.spec.name;
  const files = new Map<string, string>();
  const issues: Issue[] = [];
  const present = readSecretFiles(root, cluster);
  for (const [file, text] of present) {
    const path = `${secretsFolder(cluster)}/${file}`;
    const read = readSecretFile(text, path);
    issues.push(...read.issues);
    if (read.value === undefined || hasErrors(read.issues)) continue;
    if (sameSet(read.value.recipients, recipients.recipients)) continue;
    const changed = await reencrypt(text, identities, recipients.recipients, path);
    if (changed.value === undefined) issues.push(...changed.issues.filter(({ severity }) => severity === "error"));
    else files.set(file, changed.value);
  }
  if (hasErrors(issues)) return { changed: [], issues: together(issues) };
  return { changed: [...files.keys()], issues: [...issues, ...writeSecretFiles(root, cluster, files, present)] };
}

/** Puts a value that somebody else has given, without its last line break, into its file, and into the copies of that. */
export async function setSecret(
  root: string,
  model: Model,
  id: string,
  key: string,
  given: SecretValue,
  identities: Identities,
): Promise<readonly Issue[]> {
  const recipients = recipientsOf(model);
  if ("issues" in recipients) return recipients.issues;
  const cluster = model.spec.name;
  const wanted = wantedSecrets(model);
  const secret = wanted.find((each) => each.id === id);
  if (isMadeInCluster(model, id)) return [madeElsewhere(id)];
  if (secret === undefined || !(key in secret.keys)) return [unknownSecret(model, id, key, secret !== undefined)];
  if (secret.original !== undefined) return [isCopy(secret, key, cluster)];
  const value = asFile(secret.keys[key]!, given);
  const form = shapeOf(secret.keys[key]!);
  if (form?.fits(value) === false) return [wrongForm(secret, key, form)];
  const present = readSecretFiles(root, cluster);
  const strangers = newRecipients(model, present.values(), recipients.recipients);
  if (strangers.length > 0) return strangers;
  const files = new Map<string, string>();
  for (const each of [secret, ...wanted.filter(({ original }) => original === id)]) {
    const text = present.get(each.file);
    if (text !== undefined) {
      const path = `${secretsFolder(cluster)}/${each.file}`;
      const changed = await setValues(text, identities, new Map([[key, value]]), path);
      if (changed.value === undefined) return changed.issues;
      if (changed.value !== text) files.set(each.file, changed.value);
    } else {
      const known = Object.entries(each.known ?? {}).map(([name, word]) => [name, new SecretValue(word)] as const);
      files.set(each.file, await encrypted(each, new Map([...known, [key, value]]), recipients.recipients));
    }
  }
  return writeSecretFiles(root, cluster, files, present);
}

const unknownSecret = (model: Model, id: string, key: string, exists: boolean): Issue =>
  error(
    "unknown-secret",
    exists ? `the Secret ${id} has no key ${key}` : `${model.spec.name} has no Secret ${id}`,
    exists
      ? `Its keys are: ${Object.keys(wantedSecrets(model).find((wanted) => wanted.id === id)!.keys).join(", ")}.`
      : `Those that wait for a value: ${
          wantedSecrets(model)
            .filter((secret) => givenKeys(secret).length > 0)
            .map((secret) => secret.id)
            .join(", ") || "none"
        }. All of them: overstack secrets list ${model.spec.name}.`,
  );

const isMadeInCluster = (model: Model, id: string): boolean =>
  requiredSecrets(model).some(({ namespace, name, origin }) => origin === "cluster" && `${namespace}/${name}` === id);

const madeElsewhere = (id: string): Issue =>
  error(
    "secret-of-cluster",
    `${id} is made in the cluster by a Job, and its values are in no file`,
    "There is nothing to do: pods that read it wait for the Job.",
  );

const isCopy = ({ id, original }: WantedSecret, key: string, cluster: string): Issue =>
  error(
    "secret-copy",
    `${id} is a copy of ${original}`,
    `Run: overstack secrets set ${cluster} ${original} ${key}. It sets the copies too.`,
  );

/** One Issue for files that the same keys would open. */
function together(issues: readonly Issue[]): Issue[] {
  const groups = Map.groupBy(issues, ({ code, message }) => (code === "no-key" ? message : Symbol("alone")));
  return [...groups.values()].map(([first, ...others]) =>
    others.length === 0 ? first! : { ...first!, message: `${first!.message}; so are ${others.length} more` },
  );
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item));
