import { isMap, isSeq } from "yaml";
import { type Checked, error, type Issue, type IssueCode } from "../issues/issue.ts";
import { isEncrypted } from "./cipher.ts";
import { plainComments } from "./comments.ts";
import { issueAt, parseSecretDocument, type SecretDocument } from "./document.ts";
import { type Entry, entryOf, textOf } from "./nodes.ts";
import { inFile, isPlainText, notEncrypted, plainText } from "./open.ts";
import { secretLeaves } from "./values.ts";

/** What a file tells without its key. */
export interface SecretFile {
  /** Empty where the file encrypts its metadata too, which is a mistake. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Keys of `data` and `stringData` together, sorted. */
  readonly keys: readonly string[];
  /** age recipients, in the file's order. */
  readonly recipients: readonly string[];
  /** Other kinds of keys that open it: `kms`, `pgp`, `key_groups`. */
  readonly otherKeys: readonly string[];
  /** RFC 3339; undefined in a file that was never encrypted. */
  readonly lastModified: string | undefined;
  readonly sopsVersion: string | undefined;
  /** Values of the Secret that anyone can read, as `stringData.password`; also those that the file's own rule leaves so. */
  readonly plainText: readonly string[];
}

/** Reads a file without decrypting and says what is wrong with it; the value is there whenever the file can be read at all. */
export function readSecretFile(text: string, file?: string): Checked<SecretFile> {
  const { value, issues } = read(text);
  return { value, issues: inFile(file, issues) };
}

function read(text: string): Checked<SecretFile> {
  const { value: document, issues: problems } = parseSecretDocument(text);
  if (document === undefined) return { value: undefined, issues: problems };
  const { root, sops } = document;
  const metadata = entryOf(root, "metadata")?.value;
  const clear = (word: string | undefined): string | undefined => (word && !isEncrypted(word) ? word : undefined);
  const secrets = secretLeaves(document);
  const readable = secrets.filter(({ leaf }) => isPlainText(leaf));
  return {
    value: {
      name: clear(textOf(metadata, "name")) ?? "",
      namespace: clear(textOf(metadata, "namespace")),
      labels: textsOf(document, "labels"),
      annotations: textsOf(document, "annotations"),
      keys: [...new Set(secrets.map(({ key }) => key))].sort(),
      recipients: sops?.age.map(({ recipient }) => recipient) ?? [],
      otherKeys: sops?.otherKeys ?? [],
      lastModified: sops?.lastModified,
      sopsVersion: sops?.version,
      plainText: readable.map(({ leaf }) => leaf.path.join(".")),
    },
    issues: [...problems, ...kindIssues(document), ...plainTextIssues(document)],
  };
}

function kindIssues(document: SecretDocument): Issue[] {
  const { root } = document;
  const kind = textOf(root, "kind") ?? "";
  const name = textOf(entryOf(root, "metadata")?.value, "name") ?? "";
  const said = (code: IssueCode, message: string, hint: string): Issue[] => [
    issueAt(document, entryOf(root, "kind")?.key, error(code, message, hint, { path: ["kind"] })),
  ];
  if (isEncrypted(kind) || isEncrypted(name)) {
    const message = "kind and name are encrypted too, so Kustomize and Flux cannot tell what this is";
    return said("metadata-encrypted", message, standardRule);
  }
  if (kind !== "Secret" || name === "") {
    const hint = "A file of a Secret has kind: Secret and metadata.name.";
    return said("not-a-secret", "the file is not a Kubernetes Secret", hint);
  }
  return ["data", "stringData"].flatMap((section) => {
    const map = entryOf(root, section)?.value;
    return (isMap(map) ? (map.items as Entry[]) : [])
      .filter(({ value }) => isMap(value) || isSeq(value))
      .map(({ key }) => {
        const path = [section, String(key.value)];
        const message = `the value of ${path.join(".")} is a list or a map; Kubernetes takes text there`;
        return issueAt(document, key, error("damaged", message, "Give it a text.", { path }));
      });
  });
}

function plainTextIssues(document: SecretDocument): Issue[] {
  const { root, leaves, sops } = document;
  const issues: Issue[] = [];
  const copy = "kubectl.kubernetes.io/last-applied-configuration";
  for (const leaf of leaves.filter((each) => each.path.at(-1) === copy && isPlainText(each))) {
    const message = `the annotation ${copy} holds a copy of the whole Secret in plain text`;
    const hint = "Delete the annotation and make new values: what was committed stays in Git's history.";
    issues.push(issueAt(document, leaf.node, error("plain-text", message, hint, { path: leaf.path })));
  }
  if (sops === undefined) return [...issues, notEncrypted(document)];
  for (const leaf of leaves.filter(isPlainText)) {
    const { path, node } = leaf;
    const message = `the file's own rule leaves ${path.join(".")} in plain text`;
    const hint = `If it is secret: ${standardRule}`;
    if (sops.encrypts(path)) issues.push(plainText(document, leaf));
    else if (path[0] === "data" || path[0] === "stringData") {
      issues.push(issueAt(document, node, error("left-plain", message, hint, { path }), "warning"));
    }
  }
  for (const section of ["data", "stringData"].filter((name) => sops.encrypts([name]))) {
    const map = entryOf(root, section);
    const message = `a comment in ${section} stands in plain text, between values that are encrypted`;
    const hint =
      "Change something with `sops edit` and save, which encrypts comments too, or move the comment out of the map.";
    for (const offset of map === undefined ? [] : plainComments(document, map)) {
      const node = { range: [offset] };
      issues.push(issueAt(document, node, error("plain-comment", message, hint, { path: [section] }), "warning"));
    }
  }
  return issues;
}

/** The way out where a file's rule encrypts too much or too little. */
const standardRule = "Encrypt the file again with encrypted_regex: ^(data|stringData)$.";

function textsOf(document: SecretDocument, field: "labels" | "annotations"): Record<string, string> {
  const inside = document.leaves.filter(({ path }) => path.length === 3 && path[0] === "metadata" && path[1] === field);
  return Object.fromEntries(inside.map(({ path, text }) => [path[2]!, text]));
}
