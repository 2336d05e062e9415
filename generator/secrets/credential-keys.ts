import { type Checked, error, type Issue } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { decryptSecret, readSecretFile, setValues } from "../sops/file.ts";
import { fernetKey } from "../sops/generate.ts";
import type { Identities } from "../sops/keys.ts";
import type { SecretValue } from "../sops/secret-value.ts";
import { secretsFolder } from "./files.ts";
import { readSecretFiles } from "./store.ts";
import { type WantedSecret, wantedSecrets } from "./wanted.ts";

// Keystone encrypts credentials with the key of the highest number, and decrypts with any. Key 0 is the next one: the replica that
// encrypts with it first finds that all others can read it already. At rest there are 0 and 1:
// https://docs.openstack.org/keystone/latest/admin/credential-encryption.html
const [next, primary, incoming] = ["0", "1", "2"] as const;

/** What `rotate` calls these keys. */
export const keysKind = "credential-keys";

/** How far the rotation of an instance's credential keys is; the keys in its file are the state. */
export interface KeyRotation {
  readonly secret: WantedSecret;
  readonly step: "add" | "finish";
}

/** The next step; undefined for instances without credential keys, and while their file is missing or damaged. */
export function nextKeyStep(root: string, model: Model, instance: string): KeyRotation | undefined {
  const secret = credentialKeys(model, instance);
  const text = secret && readSecretFiles(root, model.spec.name).get(secret.file);
  const file = text === undefined ? undefined : readSecretFile(text).value;
  return secret === undefined || file === undefined
    ? undefined
    : { secret, step: file.keys.includes(incoming) ? "finish" : "add" };
}

/** The Secret of an instance that holds such keys. */
export const credentialKeys = (model: Model, instance: string): WantedSecret | undefined =>
  wantedSecrets(model).find(
    ({ keys, readBy }) => readBy.includes(instance) && Object.values(keys).includes("credential-key"),
  );

/**
 * The file after a step. `add` lets key 0 encrypt under the number 2, next to the key 1 that did so before, and makes the key
 * 0 after it. `finish`, when all that is stored has been encrypted again, drops key 1 and gives its number to key 2.
 */
export async function rotateKeys(
  root: string,
  model: Model,
  { secret, step }: KeyRotation,
  identities: Identities,
): Promise<Checked<string>> {
  const file = `${secretsFolder(model.spec.name)}/${secret.file}`;
  const text = readSecretFiles(root, model.spec.name).get(secret.file)!;
  const { value: keys, issues } = await decryptSecret(text, identities, file);
  if (keys === undefined) return { value: undefined, issues };
  const changes: ReadonlyMap<string, SecretValue | undefined> =
    step === "add"
      ? new Map([
          [incoming, keys.get(next)],
          [next, fernetKey()],
        ])
      : new Map([
          [primary, keys.get(incoming)],
          [incoming, undefined],
        ]);
  const needed = step === "add" ? [next, primary] : [next, incoming];
  const missing = needed.filter((key) => !keys.has(key));
  return missing.length > 0
    ? { value: undefined, issues: [incomplete(secret, file, missing)] }
    : setValues(text, identities, changes, file);
}

const incomplete = ({ id }: WantedSecret, file: string, missing: readonly string[]): Issue =>
  error(
    "missing-key",
    `${id} has no key ${missing.join(", no key ")}`,
    "Restore the file from Git: what was encrypted with a lost key is lost.",
    { file },
  );
