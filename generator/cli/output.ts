import { styleText } from "node:util";
import { count } from "../base/words.ts";
import { meaningOf } from "../issues/codes.ts";
import { formatIssue, hasErrors, type Issue } from "../issues/issue.ts";
import { inColours } from "./colours.ts";
import type { Result } from "./command.ts";

/** Ways to print a result. */
export const formats = ["text", "json", "markdown", "html"] as const;
export type Format = (typeof formats)[number];

/**
 * Prints a result: data to stdout, issues to stderr, or both as one JSON document to stdout. A long text is given to `page` first, where
 * stdout is a terminal. Returns the exit code.
 */
export async function print(
  result: Result,
  format: Format,
  page: (text: string) => Promise<boolean> = async () => false,
): Promise<number> {
  const { data = {}, issues = [], exit = 0 } = result;
  const text = (format === "json" ? undefined : result[format]) ?? "";
  if (format === "json")
    process.stdout.write(
      `${JSON.stringify(result.issues === undefined ? data : { ...data, issues: issues.map(withFormerName) }, undefined, 2)}\n`,
    );
  else {
    const named = issues.slice(0, maximalIssues);
    process.stderr.write(named.map((issue) => `${coloured(issue)}\n`).join(""));
    if (named.length < issues.length) process.stderr.write(`... and ${issues.length - named.length} more\n`);
    if (issues.length > 1) process.stderr.write(`${countOf(issues)}\n`);
    const shown = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    const isLong = result.isLong === true && format === "text" && process.stdout.isTTY;
    if (!isLong) process.stdout.write(shown);
    else if (!(await page(inColours(shown)))) process.stdout.write(inColours(shown));
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
