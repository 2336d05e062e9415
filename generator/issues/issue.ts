import type { IssueCode } from "./codes.ts";

export type { IssueCode } from "./codes.ts";

/** Where a mistake stands, as far as that is known. */
export interface Where {
  /** File, relative to the root of the fleet's repository. */
  readonly file?: string;
  /** Path of keys inside the file. */
  readonly path?: readonly (string | number)[];
  /** The key is wrong, not its value: the position is the key's. */
  readonly atKey?: true;
  /** The mistake is one only if nothing below these paths is wrong: what is absent may be what is misspelt. */
  readonly dependsOn?: readonly (readonly (string | number)[])[];
  /** 1-based, where the file is known to that depth. */
  readonly line?: number;
  readonly column?: number;
}

/** Something that the operator can correct, as a value: collected, printed together, never thrown. */
export interface Issue extends Where {
  /** Stable identifier for scripts and tests: a key of the register in codes.ts. */
  readonly code: IssueCode;
  /** `error` stops the run before anything is written; `warning` does not. */
  readonly severity: "error" | "warning";
  /** What is wrong, with the name of the thing that is wrong. */
  readonly message: string;
  /** The way out. */
  readonly hint: string;
}

/** A mistake that stops the run before anything is written. */
export const error = <W extends Where>(code: IssueCode, message: string, hint: string, where?: W): Issue & W =>
  ({ code, severity: "error", message, hint, ...where }) as Issue & W;

/** Something that is better changed, and does not stop the run. */
export const warning = <W extends Where>(code: IssueCode, message: string, hint: string, where?: W): Issue & W => ({
  ...error(code, message, hint, where),
  severity: "warning",
});

/** A value, and what is to be said about it. A value with errors must not be used further. */
export interface Checked<T> {
  readonly value: T | undefined;
  readonly issues: readonly Issue[];
}

/** True when one of the issues stops the run. */
export const hasErrors = (issues: readonly Issue[]): boolean => issues.some((issue) => issue.severity === "error");

/** `file:line:column: error: message` with the way out on the next line; the form that editors and CI systems make clickable. */
export function formatIssue(issue: Issue): string {
  const place = [issue.file, issue.line, issue.line === undefined ? undefined : issue.column].filter(
    (part) => part !== undefined,
  );
  const prefix = place.length > 0 ? `${place.join(":")}: ` : "";
  return `${prefix}${issue.severity}: ${issue.message}\n    ${issue.hint}`;
}
