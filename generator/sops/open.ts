import { createHash, type KeyObject } from "node:crypto";
import { type Checked, error, hasErrors, type Issue } from "../issues/issue.ts";
import { unwrapKey } from "./age.ts";
import { type Decrypted, decrypt, isEncrypted, pathData } from "./cipher.ts";
import { issueAt, type Leaf, parseSecretDocument, type SecretDocument } from "./document.ts";
import type { Identities } from "./keys.ts";
import type { SopsBlock } from "./sops-block.ts";

/** An encrypted file with its key, every value decrypted, its MAC found right. */
export interface OpenedFile {
  readonly document: SecretDocument;
  readonly sops: SopsBlock;
  readonly key: KeyObject;
  readonly values: ReadonlyMap<Leaf, Decrypted>;
}

/**
 * Opens a file as sops does before it shows or changes anything. Codes in addition to those of parsing: `not-encrypted`,
 * `plain-text`, `no-key`, `mac-mismatch`.
 */
export async function openFile(text: string, identities: Identities): Promise<Checked<OpenedFile>> {
  const { value: document, issues } = parseSecretDocument(text);
  if (document === undefined || hasErrors(issues)) return { value: undefined, issues };
  const { sops } = document;
  if (sops === undefined) return { value: undefined, issues: [notEncrypted(document)] };
  const { value: key, issues: keyIssues } = await unwrapKey(sops, identities);
  if (key === undefined) return { value: undefined, issues: keyIssues };
  const { value: contents, issues: damage } = decryptLeaves(document, sops, key);
  if (contents === undefined) return { value: undefined, issues: damage };
  if (decrypt(sops.mac, key, sops.lastModified)?.bytes.toString() !== contents.mac) {
    return { value: undefined, issues: [macMismatch] };
  }
  return { value: { document, sops, key, values: contents.values }, issues: [] };
}

/** What sops keeps from MACs over all values and over encrypted ones only apart: the SHA-256 of `sops`. */
const onlyEncrypted = createHash("sha256").update("sops").digest();

/** Decrypts every value that the file's rule wants encrypted, and computes the MAC: SHA-512 over all values in document order, comments left out. */
export function decryptLeaves(
  document: SecretDocument,
  sops: SopsBlock,
  key: KeyObject,
): Checked<{ values: Map<Leaf, Decrypted>; mac: string }> {
  const values = new Map<Leaf, Decrypted>();
  const issues: Issue[] = [];
  const hash = createHash("sha512");
  if (sops.macOnlyEncrypted) hash.update(onlyEncrypted);
  for (const leaf of document.leaves) {
    if (!sops.encrypts(leaf.path)) {
      if (!sops.macOnlyEncrypted) hash.update(leaf.text);
      continue;
    }
    const value = isPlainText(leaf) ? undefined : decrypt(leaf.text, key, pathData(leaf.path));
    if (value === undefined) {
      issues.push(isPlainText(leaf) ? plainText(document, leaf) : altered(document, leaf));
      continue;
    }
    values.set(leaf, value);
    // A comment in a list is a value of its own to sops once it is encrypted.
    if (value.type !== "comment") hash.update(value.bytes);
  }
  return { value: hasErrors(issues) ? undefined : { values, mac: hash.digest("hex").toUpperCase() }, issues };
}

/** True for a value that is not encrypted, whatever the rule says; the empty text needs no encryption. */
export const isPlainText = (leaf: Leaf): boolean =>
  leaf.text !== "" && !(leaf.type === "str" && isEncrypted(leaf.text));

const change =
  "Restore the file from Git, or encrypt it again. If the value was ever committed or shown, make a new one: Git keeps the old.";

/** The mistake of a file without a block `sops`, which holds the key: cut short, or never encrypted. */
export const notEncrypted = ({ text, leaves }: SecretDocument): Issue =>
  text.includes("ENC[AES256_GCM,") &&
  !leaves.some((leaf) => /^(?:stringD|d)ata$/.test(leaf.path[0]!) && isPlainText(leaf))
    ? error(
        "damaged",
        "the file is cut short: its values are encrypted, and the block sops with their key is missing",
        "Restore the file from Git: nobody can decrypt what is left.",
      )
    : error("not-encrypted", "the file is not encrypted: it has no block sops", change);

/** The mistake of a value that should be encrypted and is not. */
export function plainText(document: SecretDocument, { path, node, type, text }: Leaf): Issue {
  const isCut = type === "str" && text.startsWith("ENC[");
  const message = isCut
    ? `the encrypted value of ${path.join(".")} is cut or altered`
    : `the value of ${path.join(".")} stands in plain text in an encrypted file`;
  return issueAt(document, node, error(isCut ? "damaged" : "plain-text", message, change, { path }));
}

function altered(document: SecretDocument, { path, node }: Leaf): Issue {
  const message = `the value of ${path.join(".")} was not encrypted for this place in this file: altered, moved, or from another file`;
  const hint = "Restore the file from Git, and change values with sops or overstack only.";
  return issueAt(document, node, error("damaged", message, hint, { path }));
}

const macMismatch: Issue = error(
  "mac-mismatch",
  "the file was changed without its key: the MAC does not fit what it holds",
  "Compare with Git (a value, label or key was edited, moved, added or taken away by hand) and restore it, or look at it with `sops edit --ignore-mac` and save.",
  { path: ["sops", "mac"] },
);

/** The same issues with the name of the file that they are about. */
export const inFile = (file: string | undefined, issues: readonly Issue[]): readonly Issue[] =>
  file === undefined ? issues : issues.map((issue) => ({ ...issue, file }));
