import { styleText } from "node:util";
import { count } from "../base/words.ts";
import { meaningOf } from "../issues/codes.ts";
import { formatIssue, hasErrors, type Issue } from "../issues/issue.ts";
import type { Result } from "./command.ts";

/** Ways to print a result. */
export const formats = ["text", "json", "markdown"] as const;
export type Format = (typeof formats)[number];

/** Prints a result: data to stdout, issues to stderr, or both as one JSON document to stdout. Returns the exit code. */
export function print(result: Result, format: Format): number {
  const { data = {}, issues = [], exit = 0 } = result;
  const text = (format === "markdown" ? result.markdown : result.text) ?? "";
  if (format === "json")
    process.stdout.write(
      `${JSON.stringify(result.issues === undefined ? data : { ...data, issues: issues.map(withFormerName) }, undefined, 2)}\n`,
    );
  else {
    const shown = issues.slice(0, maximalIssues);
    process.stderr.write(shown.map((issue) => `${coloured(issue)}\n`).join(""));
    if (shown.length < issues.length) process.stderr.write(`... and ${issues.length - shown.length} more\n`);
    if (issues.length > 1) process.stderr.write(`${countOf(issues)}\n`);
    if (text !== "") process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }
  return hasErrors(issues) ? 1 : exit;
}

/** Scripts that look for the code of an earlier version still find it. */
function withFormerName(issue: Issue): Issue & { formerly?: string } {
  const { formerly } = meaningOf(issue.code);
  return formerly === undefined ? issue : { ...issue, formerly };
}

/** More than anybody corrects before running again; JSON has them all. */
const maximalIssues = 50;

/** `2 errors, 1 warning`. */
function countOf(issues: readonly Issue[]): string {
  const errors = issues.filter(({ severity }) => severity === "error").length;
  return [plural(errors, "error"), plural(issues.length - errors, "warning")].filter((part) => part !== "").join(", ");
}

/** `1 file`, `2 files`; nothing for none. */
export const plural = (amount: number, noun: string): string => (amount === 0 ? "" : count(amount, noun));

/** styleText leaves colour out by itself where the stream is not a terminal or NO_COLOR is set. */
function coloured(issue: Issue): string {
  const word = `${issue.severity}:`;
  const style = issue.severity === "error" ? "red" : "yellow";
  return formatIssue(issue).replace(word, styleText([style, "bold"], word, { stream: process.stderr }));
}

/** A line on the terminal that is replaced by the next one; only for work that takes more than a second. */
export function progressLine(started: number = performance.now()): { show: (text: string) => void; clear: () => void } {
  let shown = false;
  const write = (text: string) => process.stderr.write(`\r\x1b[K${text}`);
  return {
    show(text) {
      if (!process.stderr.isTTY || performance.now() - started < 1000) return;
      shown = true;
      write(text);
    },
    clear() {
      if (shown) write("");
    },
  };
}
