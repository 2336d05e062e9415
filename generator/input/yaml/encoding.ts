import { type Checked, error, type Issue, type Where } from "../../issues/issue.ts";

/** Larger than any cluster needs, and small enough that the worst text is refused within seconds. */
export const maxBytes = 256 * 1024;

/** What YAML forbids in a file anyway, and marks that reorder text on the screen. */
const controlCharacter = /(?![\t\n\r])[\p{Cc}\u202A-\u202E\u2066-\u2069\uFEFF]/u;

/** UTF-8 text of a bearable size that shows on the screen what it says. A byte order mark at the beginning is skipped. */
export function textOf(input: string | Uint8Array, file: string): Checked<string> {
  const refuse = (issue: Issue): Checked<string> => ({ value: undefined, issues: [issue] });
  const where = { file, path: [] };
  const size = typeof input === "string" ? Buffer.byteLength(input) : input.byteLength;
  if (size > maxBytes) return refuse(tooLarge(size, { ...where, line: 1, column: 1 }));
  if (typeof input !== "string" && !isUtf8(input)) {
    const hint = "Save it as UTF-8; this line has the first bytes that are not.";
    return refuse(error("encoding", "the file is not UTF-8 text", hint, { ...where, line: badLine(input), column: 1 }));
  }
  const text = (typeof input === "string" ? input : new TextDecoder().decode(input)).replace(/^\uFEFF/, "");
  const control = controlCharacter.exec(text);
  if (control === null) return { value: text, issues: [] };
  const before = text.slice(0, control.index);
  const code = control[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return refuse(
    error(
      "control-character",
      `the character U+${code} is invisible or changes how the text is shown`,
      /[\u007f-\u009f]/u.test(control[0])
        ? "Remove it."
        : "Remove it; in double quotes it may be written as \\u and four digits.",
      { ...where, line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") },
    ),
  );
}

/** A file of so many bytes is not read. */
export const tooLarge = (size: number, where: Where): Issue =>
  error(
    "too-large",
    `the file has ${(size / 1024).toFixed(0)} KiB; at most ${maxBytes / 1024} KiB are read`,
    "A cluster.yaml has some KiB: see what was put into it, and keep one cluster in it.",
    where,
  );

/** True when the bytes are text. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** First line that is not; lines can be tried one by one: no byte of a longer UTF-8 sequence equals a line feed. */
function badLine(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const next = bytes.indexOf(10, from);
    const to = next === -1 ? bytes.length : next + 1;
    if (!isUtf8(bytes.subarray(from, to))) return line;
    from = to;
  }
  return line;
}
