import type { KeyObject } from "node:crypto";
import { byKey } from "../base/data.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import { wrapKey } from "./age.ts";
import { dataKey, encrypt } from "./cipher.ts";
import { applyEdits, rangeOf, seal } from "./edit.ts";
import { type Identities, recipientProblem } from "./keys.ts";
import { ageList, sopsVersion, textMap } from "./layout.ts";
import { entryOf } from "./nodes.ts";
import { inFile, openFile } from "./open.ts";
import { writeScalar } from "./scalar.ts";
import { type SecretValue, sameValue } from "./secret-value.ts";
import { encryptedEntry, valueEdits, valuesOf } from "./values.ts";

export { readSecretFile, type SecretFile } from "./read.ts";

/** A Secret to be written: its metadata stays readable, its values do not. */
export interface NewSecret {
  readonly name: string;
  readonly namespace: string;
  /** Kubernetes' type of the Secret; without it `Opaque`. */
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly values: ReadonlyMap<string, SecretValue>;
}

/** The file of a new Secret, as sops itself would lay it out. Recipients have passed `isRecipient`; there is at least one. */
export async function encryptSecret(
  secret: NewSecret,
  recipients: readonly string[],
  now = new Date(),
): Promise<string> {
  const key = dataKey();
  const lines = [
    "apiVersion: v1",
    "kind: Secret",
    "metadata:",
    `    name: ${writeScalar(secret.name)}`,
    `    namespace: ${writeScalar(secret.namespace)}`,
    ...textMap("labels", secret.labels),
    ...textMap("annotations", secret.annotations),
    ...(secret.type === undefined ? [] : [`type: ${writeScalar(secret.type)}`]),
    secret.values.size === 0 ? "stringData: {}" : "stringData:",
    ...[...secret.values].sort(byKey).map(([name, value]) => `    ${encryptedEntry("stringData", name, value, key)}`),
    "sops:",
    `    ${await ageFor(recipients, key, "    ")}`,
    "    encrypted_regex: ^(data|stringData)$",
    '    lastmodified: "2000-01-01T00:00:00Z"',
    `    mac: ${encrypt("to be sealed", key, "")}`,
    `    version: ${sopsVersion}`,
    "",
  ];
  return seal(lines.join("\n"), key, now);
}

/** The values of a Secret by key, when the MAC is right; those of `data` without their base64. */
export async function decryptSecret(
  text: string,
  identities: Identities,
  file?: string,
): Promise<Checked<ReadonlyMap<string, SecretValue>>> {
  const { value: opened, issues } = await openFile(text, identities);
  const { value, issues: warnings } = opened === undefined ? { value: undefined, issues } : valuesOf(opened);
  return { value, issues: inFile(file, warnings) };
}

/**
 * The same file for other age recipients, like `sops updatekeys`: values, MAC and keys of other kinds stay as they are, and
 * so does the whole text when the recipients are the same. Who lost access still knows the values in Git's history.
 */
export async function reencrypt(
  text: string,
  identities: Identities,
  recipients: readonly string[],
  file?: string,
): Promise<Checked<string>> {
  const { value: opened, issues } = await openFile(text, identities);
  if (opened === undefined) return { value: undefined, issues: inFile(file, issues) };
  const { document, sops, key } = opened;
  const present = new Set(sops.age.map(({ recipient }) => recipient));
  const wanted = new Set(recipients);
  if (present.size === wanted.size && [...wanted].every((name) => present.has(name))) return { value: text, issues };
  if (sops.node.flow === true) return { value: undefined, issues: inFile(file, [flowBlock]) };
  const { key: name, value: list } = entryOf(sops.node, "age")!;
  const [start] = rangeOf(name)!;
  const [, end] = rangeOf(list)!;
  const lines = await ageFor(recipients, key, " ".repeat((document.at(start).column ?? 1) - 1));
  return { value: applyEdits(text, [{ start, end, text: text[end - 1] === "\n" ? `${lines}\n` : lines }]), issues };
}

/**
 * The file with some values added or replaced, or removed where they are undefined. What does not change stays byte for byte:
 * other values, comments, order, keys of other kinds. A value that is the same already is left alone.
 */
export async function setValues(
  text: string,
  identities: Identities,
  values: ReadonlyMap<string, SecretValue | undefined>,
  file?: string,
  now = new Date(),
): Promise<Checked<string>> {
  const { value: opened, issues } = await openFile(text, identities);
  if (opened === undefined) return { value: undefined, issues: inFile(file, issues) };
  const present = valuesOf(opened).value!;
  const changed = [...values].filter(([name, value]) => {
    const old = present.get(name);
    return old === undefined || value === undefined ? old !== value : !sameValue(old, value);
  });
  if (changed.length === 0) return { value: text, issues };
  if (opened.sops.node.flow === true) return { value: undefined, issues: inFile(file, [flowBlock]) };
  const { value: edits, issues: refusals } = valueEdits(opened, changed);
  if (edits === undefined) return { value: undefined, issues: inFile(file, refusals) };
  return { value: seal(applyEdits(text, edits), opened.key, now), issues };
}

async function ageFor(recipients: readonly string[], key: KeyObject, indent: string): Promise<string> {
  const names = [...new Set(recipients)];
  if (names.length === 0) throw new Error("There must be a recipient: nobody could open the file.");
  for (const problem of names.map(recipientProblem)) if (problem !== undefined) throw new Error(problem.message);
  const entries = names.map(async (recipient) => ({ recipient, enc: await wrapKey(key, recipient) }));
  return ageList(await Promise.all(entries), indent).join("\n");
}

const flowBlock: Issue = error(
  "unsupported",
  "the block sops is written in braces, which sops itself never does",
  "Change something with `sops edit` and save: it writes the block form.",
  { path: ["sops"] },
);
