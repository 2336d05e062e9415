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

/** The candidate nearest to a mistyped word, or undefined when none is near enough to be meant. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return ranked[0]?.candidate;
}

/** Damerau-Levenshtein distance (adjacent transposition counts one): `galnce` is one step from `glance`. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
