import type { KeyObject } from "node:crypto";
import { isMap, isScalar, type YAMLMap } from "yaml";
import { encrypt } from "./cipher.ts";
import { parseSecretDocument, type SecretDocument } from "./document.ts";
import { type Entry, entryOf } from "./nodes.ts";
import { decryptLeaves } from "./open.ts";

/** A replacement of text[start, end). */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all edits made; they must not overlap. Line breaks are those of the text. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce(
      (all, { start, end, text: part }) => all.slice(0, start) + part.replaceAll("\n", lineBreak) + all.slice(end),
      text,
    );
}

/** Puts a scalar in the place of another, or of nothing (`key:`). */
export function replaceValue({ value, key }: Entry, text: string): Edit {
  const [start, end] = rangeOf(value) ?? [rangeOf(key)![1] + 1, rangeOf(key)![1] + 1];
  return { start, end, text: start === end ? ` ${text}` : text };
}

/** Adds lines at the end of a map in block form, indented like its first entry. */
export function appendEntries(document: SecretDocument, map: YAMLMap, lines: readonly string[]): Edit {
  const { text } = document;
  const entries = map.items as Entry[];
  const indent = " ".repeat((document.at(rangeOf(entries[0]!.key)![0]).column ?? 1) - 1);
  const at = lineAfter(text, endOf(entries.at(-1)!));
  const before = at > 0 && text[at - 1] !== "\n" ? "\n" : "";
  return { start: at, end: at, text: before + lines.map((line) => `${indent}${line}\n`).join("") };
}

/** Takes the lines of an entry of a map in block form out. */
export function removeEntry({ text }: SecretDocument, entry: Entry): Edit {
  const start = text.lastIndexOf("\n", rangeOf(entry.key)![0]) + 1;
  return { start, end: lineAfter(text, endOf(entry)), text: "" };
}

/** Writes the MAC and its time into a file whose values are as they should be; throws when our own text cannot be read back. */
export function seal(text: string, key: KeyObject, now: Date): string {
  const { value: document, issues } = parseSecretDocument(text);
  const contents = document?.sops && decryptLeaves(document, document.sops, key);
  if (document?.sops === undefined || contents?.value === undefined) {
    throw new Error(
      `What was written cannot be read back: ${[...issues, ...(contents?.issues ?? [])].map(({ code }) => code)}`,
    );
  }
  const time = `${now.toISOString().slice(0, 19)}Z`;
  return applyEdits(text, [
    replaceValue(entryOf(document.sops.node, "lastmodified")!, `"${time}"`),
    replaceValue(entryOf(document.sops.node, "mac")!, encrypt(contents.value.mac, key, time)),
  ]);
}

/** Start and end of what a node is written as. */
export const rangeOf = (node: unknown): [number, number] | undefined =>
  (node as { range?: [number, number] } | null | undefined)?.range;

/** True for `key:`, `key: null` and `key: {}`. */
export const isEmpty = (node: unknown): boolean =>
  node == null ||
  (isMap(node) && node.items.length === 0) ||
  (isScalar(node) && /^(?:|~|null)$/i.test(String(node.value)));

/** Offset of the line after the one that holds this offset's predecessor. */
function lineAfter(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

const endOf = ({ key, value }: Entry): number => (rangeOf(value) ?? rangeOf(key)!)[1];
