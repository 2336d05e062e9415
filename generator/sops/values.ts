import type { KeyObject } from "node:crypto";
import { isMap, isScalar } from "yaml";
import { type Checked, error, type Issue, type IssueCode } from "../issues/issue.ts";
import { encrypt, pathData } from "./cipher.ts";
import { issueAt, type Leaf, type SecretDocument } from "./document.ts";
import { appendEntries, type Edit, isEmpty, rangeOf, removeEntry, replaceValue } from "./edit.ts";
import { entry } from "./layout.ts";
import { type Entry, entryOf } from "./nodes.ts";
import type { OpenedFile } from "./open.ts";
import { reveal, SecretValue } from "./secret-value.ts";

/** The two maps of a Secret that hold values; `data` holds them in base64, and `stringData` wins over it. */
export type Section = "data" | "stringData";

/** The values directly below `data` and `stringData`; lists and maps there are nothing that Kubernetes takes. */
export const secretLeaves = ({ root, leaves }: SecretDocument): { section: Section; key: string; leaf: Leaf }[] =>
  (["data", "stringData"] as const).flatMap((section) => {
    const map = entryOf(root, section)?.value;
    return leaves
      .filter(({ path, node }) => path[0] === section && entryOf(map, path[1]!)?.value === node)
      .map((leaf) => ({ section, key: leaf.path[1]!, leaf }));
  });

/** An entry as it stands in the file: quoted key, encrypted value. Throws on a key that Kubernetes would refuse. */
export function encryptedEntry(section: Section, name: string, value: SecretValue, key: KeyObject): string {
  if (!/^[-._a-zA-Z0-9]{1,253}$/.test(name)) throw new Error(`A Secret cannot have a key of this form: ${name}`);
  return entry(name, encryptedText(section, name, value, key));
}

/** The values of a Secret's keys, decoded from base64. Bytes that are not text are left out, with a warning. */
export function valuesOf({ document, values }: OpenedFile): Checked<Map<string, SecretValue>> {
  const found = new Map<string, SecretValue>();
  const issues: Issue[] = [];
  for (const { section, key, leaf } of secretLeaves(document)) {
    const bytes = values.get(leaf)?.bytes ?? Buffer.from(leaf.text);
    const text = textFrom(section === "data" ? fromBase64(bytes.toString("latin1")) : bytes);
    if (text !== undefined) found.set(key, new SecretValue(text));
    else {
      const message = `the value of ${section}.${key} is binary or is not base64, and was skipped`;
      const hint = "Values that overstack knows are text; the key itself stays as it is.";
      issues.push(issueAt(document, leaf.node, error("not-text", message, hint, { path: leaf.path }), "warning"));
    }
  }
  return { value: found, issues };
}

/**
 * The edits that put values in, each where its key is, else at the end of the map in use, and take out those that are
 * undefined. Codes of refusals: `unsupported`, `would-be-plain`.
 */
export function valueEdits(
  file: OpenedFile,
  values: readonly (readonly [string, SecretValue | undefined])[],
): Checked<Edit[]> {
  const { document, key } = file;
  const { root } = document;
  const maps = { data: entryOf(root, "data"), stringData: entryOf(root, "stringData") };
  const inUse: Section = isEmpty(maps.stringData?.value) && !isEmpty(maps.data?.value) ? "data" : "stringData";
  const added = new Map<Section, string[]>();
  const edits: Edit[] = [];
  const issues: Issue[] = [];
  for (const [name, value] of values) {
    const section = (["stringData", "data"] as const).find((map) => entryOf(maps[map]?.value, name)) ?? inUse;
    const present = entryOf(maps[section]?.value, name);
    const refusal = refusalOf(file, section, name, maps[section], present);
    if (refusal !== undefined) issues.push(refusal);
    else if (value === undefined) edits.push(...(present === undefined ? [] : [removeEntry(document, present)]));
    else if (present !== undefined) edits.push(replaceValue(present, encryptedText(section, name, value, key)));
    else added.set(section, [...(added.get(section) ?? []), encryptedEntry(section, name, value, key)]);
  }
  for (const [section, lines] of added) {
    const map = maps[section];
    if (map === undefined) {
      const start = rangeOf(entryOf(root, "sops")!.key)![0];
      edits.push({ start, end: start, text: `${[`${section}:`, ...lines].join("\n    ")}\n` });
    } else if (isMap(map.value) && map.value.items.length > 0) {
      edits.push(appendEntries(document, map.value, lines));
    } else {
      const start = rangeOf(map.key)![1];
      const end = Math.max(start + 1, rangeOf(map.value)?.[1] ?? 0);
      edits.push({ start, end, text: [":", ...lines].join("\n    ") });
    }
  }
  return { value: issues.length > 0 ? undefined : edits, issues };
}

function refusalOf(
  { document, sops }: OpenedFile,
  section: Section,
  name: string,
  map: Entry | undefined,
  present: Entry | undefined,
): Issue | undefined {
  const path = [section, name];
  const refuse = (code: IssueCode, message: string, hint: string): Issue =>
    issueAt(document, present?.key ?? map?.key, error(code, message, hint, { path }));
  if (!sops.encrypts(path)) {
    const hint = "Encrypt the file again with encrypted_regex: ^(data|stringData)$.";
    return refuse("would-be-plain", `the file's own rule leaves ${path.join(".")} in plain text`, hint);
  }
  const holder = map?.value;
  if (!isEmpty(holder) && !(isMap(holder) && holder.flow !== true)) {
    return refuse("unsupported", `${section} is not written as a map with one key a line`, "Write it so: key: value.");
  }
  if (present !== undefined && !isEmpty(present.value) && !isScalar(present.value)) {
    return refuse("unsupported", `the value of ${path.join(".")} is a list or a map`, "Kubernetes takes text there.");
  }
  return undefined;
}

const encryptedText = (section: Section, name: string, value: SecretValue, key: KeyObject): string => {
  const text = section === "data" ? Buffer.from(reveal(value)).toString("base64") : reveal(value);
  return encrypt(text, key, pathData([section, name])) || '""';
};

const fromBase64 = (text: string): Buffer | undefined =>
  /^[A-Za-z0-9+/\r\n]*={0,2}\s*$/.test(text) ? Buffer.from(text, "base64") : undefined;

function textFrom(bytes: Buffer | undefined): string | undefined {
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
