import { isMap, isSeq, type YAMLMap } from "yaml";
import { error, type Issue } from "../issues/issue.ts";
import { isArmored } from "./age.ts";
import { isEncrypted } from "./cipher.ts";
import { type At, type Entry, entryOf, offsetOf, textOf } from "./nodes.ts";

/** The block `sops` of an encrypted file: who can open it, what of it is encrypted, and how it is sealed. */
export interface SopsBlock {
  readonly node: YAMLMap;
  readonly age: readonly AgeStanza[];
  /** Other kinds of keys that open the file too: `kms`, `pgp`, `key_groups`. */
  readonly otherKeys: readonly string[];
  /** RFC 3339 as sops formats it; authenticates the MAC. */
  readonly lastModified: string;
  readonly mac: string;
  readonly macOnlyEncrypted: boolean;
  readonly version: string;
  /** Whether the file's rule wants the value at this path encrypted. */
  readonly encrypts: (path: readonly string[]) => boolean;
}

/** The data key, encrypted for one age recipient: an armored age file. */
export interface AgeStanza {
  readonly recipient: string;
  readonly enc: string;
  readonly place: Pick<Issue, "line" | "column">;
}

const otherKeys = ["key_groups", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp"];
const restore = "Restore the file from Git, or let sops write it again.";

/** Reads the block and says what is wrong with it; undefined when there is none, or none that can be used. */
export function readSopsBlock(entry: Entry | undefined, at: At, issues: Issue[]): SopsBlock | undefined {
  if (entry === undefined) return undefined;
  const refuse = (code: "damaged" | "unsupported", message: string, hint: string, node: unknown): void => {
    issues.push(error(code, message, hint, { path: ["sops"], ...at(offsetOf(node)) }));
  };
  const node = entry.value;
  if (!isMap(node)) {
    refuse("damaged", "the block sops is not a map", restore, entry.key);
    return undefined;
  }
  const list = entryOf(node, "age")?.value;
  const age = (isSeq(list) ? list.items : []).map((item) => ({
    // Recipients are shown to people: a private key in that place never is.
    recipient: textOf(item, "recipient")?.replace(/.*(?:SECRET-KEY|PRIVATE KEY).*/is, "") ?? "",
    enc: textOf(item, "enc") ?? "",
    place: at(offsetOf(item)),
  }));
  for (const [index, { recipient, enc }] of age.entries()) {
    if (recipient === "" || !isArmored(enc)) {
      refuse(
        "damaged",
        "an entry below sops.age lacks its recipient, or its data key is cut",
        restore,
        isSeq(list) ? list.items[index] : node,
      );
    }
  }
  const others = otherKeys.filter((key) => isCollection(entryOf(node, key)?.value));
  if (age.length === 0 && others.length === 0) {
    refuse("damaged", "the block sops names nobody who could open the file", restore, entry.key);
  }
  const lastModified = timeOf(textOf(node, "lastmodified") ?? "");
  const mac = textOf(node, "mac") ?? "";
  if (lastModified === undefined || !isEncrypted(mac)) {
    refuse("damaged", "the block sops lacks a time in lastmodified, or a MAC in mac", restore, entry.key);
  }
  return {
    node,
    age,
    otherKeys: others,
    lastModified: lastModified ?? "",
    mac,
    macOnlyEncrypted: /^(?:1|t|true)$/i.test(textOf(node, "mac_only_encrypted") ?? ""),
    version: textOf(node, "version") ?? "",
    encrypts: readRule(node, (code, message, hint, key) => refuse(code, message, hint, entryOf(node, key)?.key)),
  };
}

type RuleProblem = (code: "damaged" | "unsupported", message: string, hint: string, key: string) => void;

/** One rule decides for a whole file; without one, all is encrypted but what is below a key that ends in `_unencrypted`. */
function readRule(node: YAMLMap, refuse: RuleProblem): SopsBlock["encrypts"] {
  const byComment = ["encrypted_comment_regex", "unencrypted_comment_regex"].find((name) => textOf(node, name));
  if (byComment !== undefined) {
    const message = `the rule ${byComment} makes encryption depend on comments, which is not followed here`;
    refuse("unsupported", message, "Encrypt the file again with encrypted_regex: ^(data|stringData)$.", byComment);
    return () => false;
  }
  const names = ["encrypted_regex", "unencrypted_regex", "encrypted_suffix", "unencrypted_suffix"];
  const [name = "unencrypted_suffix", second] = names.filter((key) => textOf(node, key));
  if (second !== undefined) {
    refuse("damaged", `the block sops has both ${name} and ${second}`, "Keep one of them.", second);
  }
  const rule = textOf(node, name) || "_unencrypted";
  const matches = name.endsWith("_regex") ? matcherOf(rule) : (key: string) => key.endsWith(rule);
  if (matches === undefined) {
    const hint = "Write it in the syntax that Go and JavaScript share: no classes like [[:alpha:]], no \\A or \\z.";
    refuse("unsupported", `the expression of ${name} is not understood`, hint, name);
    return () => false;
  }
  return name.startsWith("un") ? (path) => !path.some(matches) : (path) => path.some(matches);
}

/** A regular expression of Go; undefined for what JavaScript would read otherwise. The flag `u` makes unknown escapes an error. */
function matcherOf(text: string): ((key: string) => boolean) | undefined {
  const [, flags = "", body = ""] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(text) ?? [];
  try {
    const expression = new RegExp(body, `u${[...new Set(flags)].join("")}`);
    return (key) => expression.test(key);
  } catch {
    return undefined;
  }
}

/** The time as Go formats what it parsed: without fractions, `Z` for a zero offset. */
function timeOf(text: string): string | undefined {
  const [, time, zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[-+]\d\d:\d\d)$/.exec(text) ?? [];
  return time && zone && time + (/^[-+]00:00$/.test(zone) ? "Z" : zone);
}

const isCollection = (node: unknown): boolean => (isMap(node) || isSeq(node)) && node.items.length > 0;
