import { lineDiff } from "./line-diff.ts";

/** Files by their path. */
export type Files = ReadonlyMap<string, string>;

const heading = "=== ";
const noNewline = "\\ no newline at the end";

/** Files of one directory as one text, each below its path. */
export const toText = (files: Files): string =>
  [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]) => `${heading}${path}\n${text}${text.endsWith("\n") ? "" : `\n${noNewline}\n`}`)
    .join("\n");

/** The files of such a text. */
export const fromText = (text: string): Files =>
  new Map(
    text
      .split(/^(?==== )/m)
      .filter((section) => section !== "")
      .map((section): [string, string] => {
        const end = section.indexOf("\n");
        return [section.slice(heading.length, end), section.slice(end + 1)];
      }),
  );

/** What files have that others have not, line by line, each below its path; empty where they are equal. */
export function differencesOf(files: Files, others: Files): Files {
  const known = new Map([...others].map(([path, text]) => [withoutHash(path), text]));
  const own = new Map([...files].map(([path, text]) => [withoutHash(path), text]));
  return new Map(
    [...new Set([...known.keys(), ...own.keys()])].flatMap((path): [string, string][] => {
      const [before = "", after = ""] = [known.get(path), own.get(path)];
      if (before === after) return [];
      const lines = lineDiff(before, after).flatMap(({ after: place, removed, added }) => [
        ...(place === undefined ? [] : [`  ${place}`]),
        ...removed.map((line) => `- ${line}`),
        ...added.map((line) => `+ ${line}`),
      ]);
      return [[path, `${lines.join("\n")}\n`]];
    }),
  );
}

/** The path of a file without what follows from its contents: a Job is called after them. */
export const withoutHash = (path: string): string => path.replace(/(\/|^)(job-.*)-[0-9a-f]{7}\.yaml$/, "$1$2.yaml");
