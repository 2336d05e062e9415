import { readFileSync } from "node:fs";
import { error, hasErrors, type Issue } from "../issues/issue.ts";
import { reencryptSecrets, setSecret } from "../secrets/change.ts";
import { checkSecrets } from "../secrets/check.ts";
import { createSecrets } from "../secrets/create.ts";
import { manifests, storeValues } from "../secrets/export.ts";
import { listSecrets } from "../secrets/list.ts";
import { madeAgain } from "../secrets/made-again.ts";
import { findIdentities } from "../sops/keys.ts";
import { SecretValue } from "../sops/secret-value.ts";
import { readyCluster as ready } from "./cluster.ts";
import type { Result, Setting } from "./command.ts";
import { exclusively } from "./exclusive.ts";
import { plural } from "./output.ts";

/** Makes the Secrets that are missing. */
export const create = ({ root }: Setting, name: string): Promise<Result> =>
  exclusively(root, () => createIn(root, name), [name]);

async function createIn(root: string, name: string): Promise<Result> {
  const { cluster, issues } = ready(root, name);
  if (cluster === undefined) return { issues };
  const identities = findIdentities();
  const created = await createSecrets(root, cluster.model!, identities);
  const { made, kept, open } = created;
  const said = [...(identities.issues ?? []), ...created.issues];
  if (hasErrors(said)) return { issues: said };
  const waiting = [...open].flatMap(([id, keys]) => keys.map((key) => `  overstack secrets set ${name} ${id} ${key}`));
  return {
    issues: said,
    data: { made, kept, open: Object.fromEntries(open) },
    text: `${made.length} made, ${kept.length} there already${
      waiting.length === 0
        ? ""
        : `\n\nOnly you have the values of these; each command reads one from standard input:\n${waiting.join("\n")}`
    }\n\nNext:\n  overstack generate`,
  };
}

/** Shows every Secret and the state of its file. */
export function list({ root }: Setting, name: string): Result {
  const { cluster, issues } = ready(root, name);
  if (cluster === undefined) return { issues };
  const rows = listSecrets(root, cluster.model!);
  const width = Math.max(0, ...rows.map(({ id }) => id.length));
  return {
    issues: [],
    data: { secrets: rows },
    text: rows
      .map(
        ({ id, keys, readBy, state, changed }) =>
          `${id.padEnd(width)}  ${state.padEnd(10)}  ${(changed ?? "").padEnd(20)}  ${keys.join(", ")}; read by ${readBy.join(", ")}`,
      )
      .join("\n"),
  };
}

/** Says what is wrong with the Secrets of a cluster, or nothing. */
export async function check({ root }: Setting, name: string): Promise<Result> {
  const { cluster, issues } = ready(root, name);
  if (cluster === undefined) return { issues };
  const identities = findIdentities();
  const found = [...(identities.issues ?? []), ...(await checkSecrets(root, cluster.model!, identities))];
  const depth = identities.length > 0 ? "" : " No key is at hand, so the values themselves were not looked at.";
  const again = await madeAgain(root, name);
  const news =
    again.length === 0
      ? ""
      : `\n\nMade or encrypted again as a whole since the last commit, which takes no private key: was it you?\n${again.map((id) => `  ${id}`).join("\n")}`;
  return {
    issues: found,
    data: { madeAgain: again },
    ...(hasErrors(found) ? {} : { text: `The Secrets of ${name} are in order.${depth}${news}` }),
  };
}

/** Puts a value from standard input into a Secret. */
export async function set({ root }: Setting, name: string, id: string, key: string): Promise<Result> {
  const { issues } = ready(root, name);
  if (hasErrors(issues)) return { issues };
  const text = textOf(readFileSync(0))?.replace(/\r?\n$/, "");
  if (text === undefined) return { issues: [notText(id, key)] };
  if (text === "") return { issues: [empty(name, id, key)] };
  return exclusively(root, () => setIn(root, name, id, key, text), [name]);
}

async function setIn(root: string, name: string, id: string, key: string, text: string): Promise<Result> {
  const { cluster, issues } = ready(root, name);
  if (cluster === undefined) return { issues };
  const said = await setSecret(root, cluster.model!, id, key, new SecretValue(text), findIdentities());
  return hasErrors(said) ? { issues: said } : { issues: said, data: { id, key }, text: `${id}: ${key} is set.` };
}

/** Encrypts to the recipients declared now. */
export const reencrypt = ({ root }: Setting, name: string): Promise<Result> =>
  exclusively(root, () => reencryptIn(root, name), [name]);

async function reencryptIn(root: string, name: string): Promise<Result> {
  const { cluster, issues } = ready(root, name);
  if (cluster === undefined) return { issues };
  const identities = findIdentities();
  const { changed, issues: found } = await reencryptSecrets(root, cluster.model!, identities);
  const said = [...(identities.issues ?? []), ...found];
  if (hasErrors(said)) return { issues: said };
  const text =
    changed.length === 0
      ? "Every file has the declared recipients."
      : `${plural(changed.length, "file")} encrypted again.`;
  return { issues: said, data: { changed }, text };
}

/** What a store must hold. */
export function exported({ root }: Setting, name: string): Result {
  const { cluster, issues } = ready(root, name);
  if (cluster === undefined) return { issues };
  const values = storeValues(cluster.model!);
  return {
    issues: [],
    data: { values },
    text: values.map(({ entry, property, what }) => `${entry}  ${property}  ${what}`).join("\n"),
  };
}

/** The Secrets as manifests without values. */
export function manifest({ root }: Setting, name: string): Result {
  const { cluster, issues } = ready(root, name);
  return cluster === undefined
    ? { issues }
    : { text: manifests(cluster.model!), data: { manifests: manifests(cluster.model!) } };
}

const empty = (name: string, id: string, key: string): Issue =>
  error(
    "no-value",
    "standard input is empty",
    `Give the value there, not as an argument that others can see: overstack secrets set ${name} ${id} ${key} < file`,
  );

/** The text that these bytes are; undefined where they would not come back as they are, or no reader expects them. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\0\uFEFF]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const notText = (id: string, key: string): Issue =>
  error(
    "not-text",
    `what was given for ${key} of ${id} is not UTF-8 text`,
    "Nothing was set. Save a password as UTF-8 without a byte order mark (PowerShell's > writes UTF-16). Bytes, as of a keyring, have to become text first: base64.",
  );
