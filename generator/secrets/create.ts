import { hasErrors, type Issue } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { typeOf } from "../render/secret-objects.ts";
import { decryptSecret, encryptSecret, readSecretFile, setValues } from "../sops/file.ts";
import type { Identities } from "../sops/keys.ts";
import { SecretValue } from "../sops/secret-value.ts";
import { secretsFolder } from "./files.ts";
import { formOf } from "./forms.ts";
import { lostSecrets } from "./lost.ts";
import { newRecipients, recipientsOf } from "./recipients.ts";
import { readSecretFiles, writeSecretFiles } from "./store.ts";
import { unreadSecrets } from "./unused.ts";
import { givenKeys, type WantedSecret, wantedSecrets } from "./wanted.ts";

/** What came of a run of create. */
export interface Created {
  /** `<namespace>/<name>` of Secrets that were made or completed. */
  readonly made: readonly string[];
  readonly kept: readonly string[];
  /** What only somebody else can give: id -> keys. */
  readonly open: ReadonlyMap<string, readonly string[]>;
  readonly issues: readonly Issue[];
}

/** Makes the Secrets that are missing, and keys missing from those that are there; never changes a value. */
export async function createSecrets(root: string, model: Model, identities: Identities): Promise<Created> {
  const cluster = model.spec.name;
  const recipients = recipientsOf(model);
  const nothing = { made: [], kept: [], open: new Map() };
  if ("issues" in recipients) return { ...nothing, issues: recipients.issues };
  const present = readSecretFiles(root, cluster);
  const strangers = newRecipients(model, present.values(), recipients.recipients);
  if (strangers.length > 0) return { ...nothing, issues: strangers };
  const wanted = wantedSecrets(model);
  const damaged = wanted.flatMap(({ file }) => {
    const text = present.get(file);
    return text === undefined ? [] : readSecretFile(text, `${secretsFolder(cluster)}/${file}`).issues;
  });
  if (hasErrors(damaged)) return { ...nothing, issues: damaged };

  const lost = await lostSecrets(
    root,
    cluster,
    wanted.filter((each) => !present.has(each.file) && movedFrom(each, wanted, present) === undefined),
  );
  if (lost.length > 0) return { ...nothing, issues: lost };

  const plain = new Map<string, ReadonlyMap<string, SecretValue>>();
  const files = new Map<string, string>();
  const kept: string[] = [];
  const open = new Map<string, readonly string[]>();
  const issues: Issue[] = [];
  for (const secret of wanted) {
    const text = present.get(secret.file);
    const there = text === undefined ? [] : readSecretFile(text, secret.file).value!.keys;
    const missing = Object.keys(secret.keys).filter((key) => !there.includes(key));
    if (missing.length === 0) {
      kept.push(secret.id);
      continue;
    }
    const values = await valuesOf(
      { ...secret, moved: text === undefined ? movedFrom(secret, wanted, present) : undefined },
      missing,
      plain,
      present,
      identities,
      cluster,
    );
    if ("issue" in values) {
      issues.push(values.issue);
      continue;
    }
    const given = givenKeys(secret).filter((key) => missing.includes(key) && !values.made.has(key));
    // Whoever sets the original sets the copies too.
    if (given.length > 0 && secret.original === undefined) open.set(secret.id, given);
    if (values.made.size === 0) continue;
    plain.set(secret.id, values.made);
    if (text === undefined) files.set(secret.file, await encrypted(secret, values.made, recipients.recipients));
    else {
      const completed = await setValues(text, identities, values.made, `${secretsFolder(cluster)}/${secret.file}`);
      if (completed.value === undefined) issues.push(...completed.issues);
      else files.set(secret.file, completed.value);
    }
  }
  if (hasErrors(issues)) return { ...nothing, kept, open, issues };
  const refused = writeSecretFiles(root, cluster, files, present);
  const made = wanted.filter(({ file }) => files.has(file)).map(({ id }) => id);
  return { made, kept, open, issues: [...issues, ...refused, ...unreadSecrets(root, model)] };
}

/** The file of a Secret that is made now. */
export const encrypted = (
  secret: WantedSecret,
  values: ReadonlyMap<string, SecretValue>,
  recipients: readonly string[],
) => {
  const type = typeOf(secret);
  return encryptSecret(
    {
      name: secret.name,
      namespace: secret.namespace,
      labels: { "app.kubernetes.io/managed-by": "overstack", ...secret.labels },
      ...(type === undefined ? {} : { type }),
      values,
    },
    recipients,
  );
};

/** Where the values of a missing Secret are still: in a copy of it, or under its name in a namespace that its reader has left. */
function movedFrom(
  { id, name, original }: WantedSecret,
  wanted: readonly WantedSecret[],
  present: ReadonlyMap<string, string>,
): string | undefined {
  if (original !== undefined) return undefined;
  const copy = wanted.find((secret) => secret.original === id && present.has(secret.file));
  if (copy !== undefined) return copy.id;
  const left = [...present.keys()].filter(
    (file) => file.endsWith(`/${name}.yaml`) && !wanted.some((secret) => secret.file === file),
  );
  return left.length === 1 ? left[0]!.replace(/\.yaml$/, "") : undefined;
}

type Values = { readonly made: ReadonlyMap<string, SecretValue> } | { readonly issue: Issue };

/** Values for the missing keys that can be had: known ones, those of the original, and new ones. */
async function valuesOf(
  secret: WantedSecret & { readonly moved: string | undefined },
  missing: readonly string[],
  plain: ReadonlyMap<string, ReadonlyMap<string, SecretValue>>,
  present: ReadonlyMap<string, string>,
  identities: Identities,
  cluster: string,
): Promise<Values> {
  const { keys, known = {}, original } = secret;
  if (original !== undefined) return originalOf(secret, original, plain, present, identities, cluster);
  // Made again, what was encrypted with it is lost, and a user would have two passwords.
  if (secret.moved !== undefined) return originalOf(secret, secret.moved, plain, present, identities, cluster);
  const made = new Map<string, SecretValue>();
  for (const key of missing)
    if (key in known) made.set(key, new SecretValue(known[key]!));
    else {
      const form = formOf(keys[key]!);
      if (form !== undefined) made.set(key, form.make());
    }
  // A Secret of which somebody else gives a part is begun when that part is there.
  return { made: givenKeys(secret).some((key) => missing.includes(key)) ? new Map() : made };
}

async function originalOf(
  secret: WantedSecret,
  original: string,
  plain: ReadonlyMap<string, ReadonlyMap<string, SecretValue>>,
  present: ReadonlyMap<string, string>,
  identities: Identities,
  cluster: string,
): Promise<Values> {
  const fresh = plain.get(original);
  if (fresh !== undefined) return { made: fresh };
  const file = `${original}.yaml`;
  const text = present.get(file);
  if (text === undefined) return { made: new Map() };
  const { value, issues } = await decryptSecret(text, identities, `${secretsFolder(cluster)}/${file}`);
  if (value !== undefined) return { made: value };
  return {
    issue: {
      ...issues[0]!,
      message: `${secret.id} is to have the values of ${original}: ${issues[0]!.message}`,
    },
  };
}
