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
  /** Position of the value (scalars) or of the key (maps, lists). For a missing path: its nearest existing parent. */
  readonly at: (path: Path) => Position | undefined;
  /** Position of the last key of the path. For a missing path: its nearest existing parent. */
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

/** An issue about a path of the file, with its file and position. What its path is taken from is no longer of use then. */
export function located(source: Source, { atKey, dependsOn: _, ...issue }: Issue): Issue {
  if (issue.path === undefined) return issue;
  return { file: source.file, ...issue, ...(atKey === true ? source.keyAt(issue.path) : source.at(issue.path)) };
}
