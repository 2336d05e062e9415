import { isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar, type YAMLMap } from "yaml";
import { type Checked, error, type Issue, type IssueCode } from "../issues/issue.ts";
import { type At, entryOf, offsetOf } from "./nodes.ts";
import { type Resolved, resolveScalar } from "./scalar.ts";
import { readSopsBlock, type SopsBlock } from "./sops-block.ts";

/** A file as sops sees it: maps and lists with values at their ends, and the block `sops` next to them. */
export interface SecretDocument {
  readonly text: string;
  readonly root: YAMLMap;
  /** In document order, without the block `sops`; null values, which sops passes over, are left out. */
  readonly leaves: readonly Leaf[];
  /** Undefined when the file was never encrypted. */
  readonly sops: SopsBlock | undefined;
  readonly at: At;
}

/** A value of the file: its type and text to sops, the keys above it, and its node in the YAML. */
export interface Leaf extends Resolved {
  readonly path: readonly string[];
  readonly node: Scalar;
}

/** An issue about a node of a document. */
export const issueAt = (
  document: Pick<SecretDocument, "at">,
  node: unknown,
  issue: Pick<Issue, "code" | "message" | "hint" | "path">,
  severity: Issue["severity"] = "error",
): Issue => ({ ...issue, severity, ...document.at(offsetOf(node)) });

const restore = "Restore the file from Git, or correct it there: the program sops would not read it either.";

/** Reads a file without a key. No issue quotes its text: where a file is damaged, any of it may be a secret in plain text. */
export function parseSecretDocument(text: string): Checked<SecretDocument> {
  const lines = new LineCounter();
  const at: At = (offset) => {
    if (offset === undefined) return {};
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const refused = (code: IssueCode, message: string, hint: string, place: Pick<Issue, "line" | "column"> = {}) => ({
    value: undefined,
    issues: [error(code, message, hint, { ...place }) satisfies Issue],
  });

  const conflict = text.split("\n").findIndex((line) => /^(?:<{7}|>{7}) /.test(line));
  if (conflict >= 0) {
    const hint =
      "Take one side whole, then set the values of the other side again: one MAC covers the whole file, so sides cannot be mixed by hand.";
    return refused("damaged", "the file holds an unresolved merge conflict", hint, { line: conflict + 1 });
  }
  // Failsafe leaves every scalar as it is written: what type it has to sops is decided in scalar.ts. Pretty errors quote the text.
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false, lineCounter: lines });
  const [first] = document.errors;
  if (first?.code === "MULTIPLE_DOCS") {
    const hint = "Keep one Secret in a file: recipients and MAC are those of the whole file.";
    return refused("unsupported", "the file holds several YAML documents", hint, at(first.pos[0]));
  }
  if (first !== undefined) {
    const what =
      first.code === "DUPLICATE_KEY" ? "the file names a key twice" : `the file is not valid YAML (${first.code})`;
    return refused("damaged", what, restore, at(first.pos[0]));
  }
  const root = document.contents;
  if (!isMap(root)) return refused("damaged", "the file is not a map of keys and values", restore);

  const issues: Issue[] = [];
  const leaves: Leaf[] = [];
  for (const { key, value } of root.items) {
    if (!(isScalar(key) && key.value === "sops")) visit(key, value, [], { leaves, issues, at });
  }
  const sops = readSopsBlock(entryOf(root, "sops"), at, issues);
  return { value: { text, root, leaves, sops, at }, issues };
}

interface Visit {
  readonly leaves: Leaf[];
  readonly issues: Issue[];
  readonly at: At;
}

/** Collects the leaves of an entry, or of an item of a list, which has the path of its list. */
function visit(key: unknown, value: unknown, above: readonly string[], into: Visit): void {
  const refuse = (node: unknown, message: string, hint: string): void => {
    into.issues.push(issueAt(into, node, error("unsupported", message, hint, { path: above })));
  };
  let path = above;
  if (key !== undefined) {
    const name = isScalar(key) && typeof key.value === "string" ? key.value : undefined;
    if (name === undefined || (isPlain(key) && resolveScalar(name).type !== "str")) {
      refuse(key, "a key of the file is not text, and sops refuses that", 'Put it in quotes: "0" instead of 0.');
      return;
    }
    path = [...above, name];
  }
  if (isMap(value)) {
    for (const pair of value.items) visit(pair.key, pair.value, path, into);
  } else if (isSeq(value)) {
    for (const item of value.items) visit(undefined, item, path, into);
  } else if (isScalar(value) && value.tag === undefined && typeof value.value === "string") {
    const resolved: Resolved = isPlain(value) ? resolveScalar(value.value) : { type: "str", text: value.value };
    if (resolved.type !== "null") into.leaves.push({ ...resolved, path, node: value });
  } else if (value != null) {
    refuse(value, `the value of ${path.join(".")} is an alias or has a YAML tag`, "Write the value out.");
  }
}

const isPlain = (node: unknown): boolean => isScalar(node) && node.type === Scalar.PLAIN;
