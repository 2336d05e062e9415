import type { Path } from "../../base/words.ts";
import type { Issue } from "../../issues/issue.ts";

/** 1-based, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where each key and value of cluster.yaml was written. */
export interface Source {
  /** Relative to the root of the fleet's repository. */
  readonly file: string;
  /** Of a scalar the value, of a map or list its key; of something absent the nearest ancestor that exists. */
  readonly at: (path: Path) => Position | undefined;
  /** Of the last key of the path, or of the nearest ancestor that exists. */
  readonly keyAt: (path: Path) => Position | undefined;
  /** True when the file says something about exactly this path. */
  readonly has: (path: Path) => boolean;
  /** A scalar as it stands in the file: `2026.10`, which is the number 2026.1. */
  readonly text: (path: Path) => string | undefined;
}

/** Where one node was found; the reader collects these. */
export interface Place {
  readonly key: Position;
  readonly value: Position;
  readonly text: string | undefined;
}

/** What is to be said about one path; `source` adds where that is. */
export interface Finding {
  readonly code: string;
  readonly severity?: "error" | "warning";
  readonly path: Path;
  /** The finding holds only if nothing below these paths is wrong: what is absent may be what is misspelt. */
  readonly dependsOn?: readonly Path[];
  /** Point at the key instead of the value. */
  readonly atKey?: boolean;
  readonly message: string;
  readonly hint: string;
}

/** Identifies a path in a map of places. NUL cannot occur in a key: the reader refuses control characters. */
export const placeId = (path: Path): string => path.join("\0");

/** A source over the places of one file. */
export function sourceOf(file: string, places: ReadonlyMap<string, Place>): Source {
  const nearest = (path: Path): { place: Place | undefined; exact: boolean } => {
    for (let length = path.length; length >= 0; length--) {
      const place = places.get(placeId(path.slice(0, length)));
      if (place !== undefined) return { place, exact: length === path.length };
    }
    return { place: undefined, exact: false };
  };
  return {
    file,
    at: (path) => {
      const { place, exact } = nearest(path);
      return exact && place?.text !== undefined ? place.value : place?.key;
    },
    keyAt: (path) => nearest(path).place?.key,
    has: (path) => places.has(placeId(path)),
    text: (path) => places.get(placeId(path))?.text,
  };
}

/** A finding with its place in the file. */
export const located = (source: Source, finding: Finding): Issue => ({
  code: finding.code,
  severity: finding.severity ?? "error",
  message: finding.message,
  hint: finding.hint,
  file: source.file,
  path: finding.path,
  ...(finding.atKey === true ? source.keyAt(finding.path) : source.at(finding.path)),
});
