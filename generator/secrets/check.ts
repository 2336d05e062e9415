import { error, hasErrors, type Issue } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { decryptSecret, readSecretFile, type SecretFile } from "../sops/file.ts";
import type { Identities } from "../sops/keys.ts";
import { type SecretValue, sameValue } from "../sops/secret-value.ts";
import { secretsFolder } from "./files.ts";
import { shapeOf, wrongForm } from "./forms.ts";
import { plainSecrets } from "./plain-text.ts";
import { recipientsOf } from "./recipients.ts";
import { readSecretFiles } from "./store.ts";
import { unreadSecrets } from "./unused.ts";
import { givenKeys, type WantedSecret, wantedSecrets } from "./wanted.ts";

/**
 * What keeps a cluster's Secrets from being all there, encrypted, and readable by those who should: for continuous
 * integration and a pre-commit hook. Values are looked at only when a key is at hand.
 */
export async function checkSecrets(root: string, model: Model, identities: Identities): Promise<Issue[]> {
  const { name, secrets } = model.spec;
  const plain = plainSecrets(root, name);
  if (secrets.provider !== "sops") return plain;
  const declared = recipientsOf(model);
  if ("issues" in declared) return [...plain, ...declared.issues];
  const files = readSecretFiles(root, name);
  const wanted = wantedSecrets(model);
  const byFile = new Map(wanted.map((secret) => [secret.file, secret]));
  const folder = secretsFolder(name);
  const issues: Issue[] = [
    ...plain,
    ...wanted.filter(({ file }) => !files.has(file)).map((each) => missing(each, name)),
  ];
  const readable = new Map<string, SecretFile>();
  const opened = new Map<string, ReadonlyMap<string, SecretValue>>();
  for (const [file, text] of files) {
    const path = `${folder}/${file}`;
    const isPlain = plain.some((issue) => issue.file === path);
    const { value, issues: damage } = readSecretFile(text, path);
    if (!isPlain) issues.push(...damage);
    const secret = byFile.get(file);
    if (value === undefined || isPlain) continue;
    if (hasErrors(damage)) continue;
    if (secret !== undefined) issues.push(...mismatches(secret, value, path, name));
    readable.set(path, value);
    if (identities.length === 0) continue;
    const { value: values, issues: closed } = await decryptSecret(text, identities, path);
    issues.push(...closed);
    if (values !== undefined) opened.set(file, values);
  }
  return [
    ...issues,
    ...unreadSecrets(root, model),
    ...strangers(readable, declared.recipients, name),
    ...wanted.flatMap((secret) => stray(secret, opened, name)),
    ...wanted.flatMap((secret) => misshapen(secret, opened, folder)),
  ];
}

const missing = (secret: WantedSecret, cluster: string): Issue =>
  error("missing-secret", `the Secret ${secret.id} is missing`, wayToGet(secret, cluster), {
    file: `${secretsFolder(cluster)}/${secret.file}`,
  });

function wayToGet(secret: WantedSecret, cluster: string, keys = givenKeys(secret)): string {
  const { id, original } = secret;
  if (keys.length === 0)
    return `If it was there before, git checkout brings it back. Else run: overstack secrets create ${cluster}.`;
  if (original !== undefined)
    return `It is a copy of ${original}: to set that sets this too. If that is there already, run: overstack secrets create ${cluster}.`;
  const commands = keys.map((key) => `overstack secrets set ${cluster} ${id} ${key}`).join(", then ");
  return `Only you have this; each command reads one value from standard input. Run: ${commands}.`;
}

function mismatches(secret: WantedSecret, found: SecretFile, path: string, cluster: string): Issue[] {
  const { id, name, namespace, keys } = secret;
  if (found.name !== name || found.namespace !== namespace)
    return [
      error(
        "wrong-secret",
        `this file holds the Secret ${found.namespace ?? "(no namespace)"}/${found.name}, not ${id}`,
        `Rename the file, or the Secret in it, with its seal: sops set ${path} '["metadata"]["name"]' '"${name}"', and the same for namespace.`,
        { file: path },
      ),
    ];
  const absent = Object.keys(keys).filter((key) => !found.keys.includes(key));
  const given = givenKeys(secret).filter((key) => absent.includes(key));
  return absent.length === 0
    ? []
    : [
        error(
          "missing-key",
          `the Secret ${id} has no key ${absent.join(", no key ")}`,
          wayToGet(secret, cluster, given),
          { file: path },
        ),
      ];
}

/** Recipients of files against those that are declared: one Issue for each, however many files. */
function strangers(files: ReadonlyMap<string, SecretFile>, declared: readonly string[], cluster: string): Issue[] {
  const having = (recipient: string, has: boolean) =>
    [...files].filter(([, file]) => file.recipients.includes(recipient) === has).map(([path]) => path);
  const say = (paths: readonly string[], rest: string, hint: string): Issue[] =>
    paths.length === 0
      ? []
      : [
          error(
            "wrong-recipients",
            `${paths.length === 1 ? "this file" : `this file and ${paths.length - 1} more`} ${rest}`,
            hint,
            { file: paths[0]! },
          ),
        ];
  const found = new Set([...files.values()].flatMap(({ recipients }) => recipients));
  const reencrypt = `overstack secrets reencrypt ${cluster}, with a key that opens them (SOPS_AGE_KEY_FILE).`;
  return [
    ...declared.flatMap((recipient) =>
      say(
        having(recipient, false),
        `cannot be decrypted by ${recipient}, a declared recipient`,
        `Find out who that is and who added it: git log -p -- clusters/${cluster}/cluster.yaml. If they may read everything, run: ${reencrypt}`,
      ),
    ),
    ...[...found]
      .filter((recipient) => !declared.includes(recipient))
      .flatMap((recipient) =>
        say(
          having(recipient, true),
          `can be decrypted by ${recipient}, which is not a declared recipient`,
          `If it may: add it to secrets.recipients. If not: ${reencrypt} Then rotate: it has been able to read the values.`,
        ),
      ),
  ];
}

/** Values that their readers would refuse; seen only with a key. */
const misshapen = (
  secret: WantedSecret,
  opened: ReadonlyMap<string, ReadonlyMap<string, SecretValue>>,
  folder: string,
): Issue[] =>
  Object.entries(secret.keys).flatMap(([key, kind]) => {
    const value = opened.get(secret.file)?.get(key);
    const form = shapeOf(kind);
    return value === undefined || form === undefined || form.fits(value)
      ? []
      : [
          {
            ...wrongForm(secret, key, form),
            // One that somebody set with an earlier version may be at work: not every password is part of a URL, and an option may name another.
            ...(kind === "password" || kind === "option" ? { severity: "warning" as const } : {}),
            file: `${folder}/${secret.file}`,
          },
        ];
  });

/** A copy that no longer has the values of its original; seen only with a key. */
function stray(
  { id, file, original, keys }: WantedSecret,
  opened: ReadonlyMap<string, ReadonlyMap<string, SecretValue>>,
  cluster: string,
): Issue[] {
  const own = opened.get(file);
  const others = original === undefined ? undefined : opened.get(`${original}.yaml`);
  if (own === undefined || others === undefined) return [];
  return Object.keys(keys)
    .filter((key) => own.has(key) && others.has(key) && !sameValue(own.get(key)!, others.get(key)!))
    .map((key) =>
      error(
        "stray-copy",
        `${key} of ${id} is not that of ${original}, whose copy it is`,
        `Run: overstack secrets set ${cluster} ${original} ${key}, with the value that is right: it sets both.`,
        { file: `${secretsFolder(cluster)}/${file}` },
      ),
    );
}
