/** Something the operator can mend, as a value: collected, printed together, never thrown. */
export interface Issue {
  /** Stable identifier for scripts and tests, kebab-case: `unknown-key`. */
  readonly code: string;
  /** `error` stops the run before anything is written; `warning` does not. */
  readonly severity: "error" | "warning";
  /** What is wrong, with the name of the thing that is wrong. */
  readonly message: string;
  /** The way out. */
  readonly hint: string;
  /** File, relative to the root of the fleet's repository. */
  readonly file?: string;
  /** Path of keys inside the file. */
  readonly path?: readonly (string | number)[];
  /** 1-based, where the file is known to that depth. */
  readonly line?: number;
  readonly column?: number;
}

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
