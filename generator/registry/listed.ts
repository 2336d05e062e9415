import { type Checked, error, type Issue } from "../issues/issue.ts";
import { digestForm } from "./digest.ts";

/**
 * Digests from the lines of a file, as tools that copy images write them: `image:tag@sha256:…`, or `image:tag sha256:…`. Empty
 * lines and those that begin with # say nothing. `file` is its name in messages.
 */
export function listedDigests(text: string, file: string): Checked<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const issues: Issue[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim();
    if (words === "" || words.startsWith("#")) continue;
    const [, image, digest] = /^([^\s@]+)(?:@|\s+)(\S+)$/.exec(words) ?? [];
    const known = digests.get(image ?? "");
    if (image === undefined || digest === undefined || !digestForm.test(digest))
      issues.push(unreadable("the line does not say an image and its digest", file, index + 1));
    else if (known !== undefined && known !== digest)
      issues.push(unreadable(`${image} has another digest than in a line above`, file, index + 1));
    else digests.set(image, digest);
  }
  return { value: issues.length > 0 ? undefined : digests, issues };
}

const unreadable = (message: string, file: string, line: number): Issue =>
  error(
    "unreadable-digest",
    message,
    "Write each image once: registry/path:tag@sha256: and 64 hexadecimal digits, or with a space in place of the @.",
    { file, line, column: 1 },
  );

/** The digest of an image in such a list, by its own name or by that on the mirror. */
export function listedDigest(
  digests: ReadonlyMap<string, string>,
  image: string,
  onMirror: string,
  file: string,
): Checked<string> {
  const value = digests.get(onMirror) ?? digests.get(image);
  const issue = error(
    "no-digest",
    `the file does not tell the digest of ${onMirror}`,
    "Nothing was written. Add a line for it, with this tag.",
    { file },
  );
  return { value, issues: value === undefined ? [issue] : [] };
}
