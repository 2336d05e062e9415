import { parseAllDocuments } from "yaml";
import { type Field, fieldsBetween } from "../../generator/diff/fields.ts";
import { fileFields } from "../../generator/diff/files.ts";
import { fieldLines } from "../../generator/diff/text.ts";
import { lineDiff } from "./line-diff.ts";
import { type Files, fromText, withoutHash } from "./texts.ts";

/** One kind of difference and where it is. */
interface Change {
  readonly sign: "~" | "+" | "-";
  /** `Deployment/*-api`, `*.conf` */
  readonly what: string;
  readonly how: string;
  /** `every-dial`, `bases 2026.1` */
  readonly place: string;
}

/** Differences of golden texts, one line for each kind with the number of its places; empty where there is none. */
export function changeReport(before: Files, after: Files): string {
  const changes = [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((path) => changesIn(path, before.get(path), after.get(path)));
  const kinds = Map.groupBy(changes, ({ sign, what, how }) => `${sign} ${what}${how === "" ? "" : `  ${how}`}`);
  return [...kinds]
    .sort(([a], [b]) => (a.slice(2) < b.slice(2) ? -1 : 1))
    .map(([kind, found]) => `- \`${kind.replaceAll("`", "'")}\` ${places(found.map(({ place }) => place))}\n`)
    .join("");
}

function places(all: readonly string[]): string {
  const counted = [...Map.groupBy(all, (place) => place)].map(([place, { length }]) =>
    length === 1 ? place : `${place} (${length})`,
  );
  return `in ${all.length} ${all.length === 1 ? "place" : "places"}: ${counted.join(", ")}`;
}

function changesIn(path: string, before: string | undefined, after: string | undefined): Change[] {
  const [root, ...rest] = path.replace(/\.txt$/, "").split("/");
  const place = root === "bases" ? `bases ${rest[0]}` : rest[0]!;
  const component = root === "clusters" ? "" : rest[1]!;
  const general = (text: string): string =>
    component === "" ? text : text.replace(new RegExp(`(?<![a-z0-9])${component}(?![a-z0-9])`, "g"), "*");
  const change = (sign: Change["sign"], what: string, how = ""): Change => ({
    sign,
    what: general(withoutHash(what)),
    how: general(how),
    place,
  });
  if (!path.endsWith(".txt"))
    return before === after ? [] : lineChanges(rest.slice(1).join("/"), before, after, change);
  const [old, own] = [before, after].map((text) => sections(text ?? ""));
  return [...new Set([...old!.keys(), ...own!.keys()])].flatMap((heading) => {
    const [was, is] = [old!.get(heading), own!.get(heading)];
    if (was === is) return [];
    const [first, second] = [was, is].map(objectsIn);
    if (was === undefined || is === undefined)
      return [change(was === undefined ? "+" : "-", nameOf(first![0] ?? second![0]) ?? heading)];
    if (first!.length === 1 && second!.length === 1)
      return fieldTexts(fieldsBetween(first![0], second![0])).map((how) =>
        change("~", nameOf(second![0]) ?? heading, how),
      );
    // What is recorded of another release is lines that differ already, and a kustomization has patches.
    return /\.conf$/.test(heading) && ![was, is].some((text) => /^[-+ ] /m.test(text))
      ? fieldTexts(fileFields("", was, is)).map((how) => change("~", heading, how.trimStart()))
      : lineChanges(heading, was, is, change);
  });
}

const sections = (text: string): Files =>
  new Map([...fromText(text)].map(([heading, content]) => [withoutHash(heading), content]));

/** Objects of Kubernetes in a text; none where it is a kustomization, whose patches read better line by line, or no YAML. */
function objectsIn(text: string | undefined): unknown[] {
  if (text === undefined || !/^apiVersion: (?!kustomize\.config)/m.test(text) || /^[-+ ] /.test(text)) return [];
  const documents = parseAllDocuments(text);
  return documents.some(({ errors }) => errors.length > 0) ? [] : documents.map((document) => document.toJS());
}

const nameOf = (object: unknown): string | undefined => {
  const { kind, metadata } = (object ?? {}) as { kind?: string; metadata?: { name: string } };
  return kind === undefined
    ? undefined
    : `${kind}/${kind === "Job" ? metadata!.name.replace(/-[0-9a-f]{7}$/, "") : metadata!.name}`;
};

/** Fields that differ, in the words of `overstack diff`. */
const fieldTexts = (fields: readonly Field[]): string[] =>
  fields.map((field) =>
    fieldLines(field)
      .map((line) => line.trim())
      .join(" | "),
  );

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

type Make = (sign: Change["sign"], what: string, how?: string) => Change;

/** Lines that differ, each with the group of the ini file that it stands in. */
function lineChanges(what: string, before: string | undefined, after: string | undefined, change: Make): Change[] {
  const group = (line: string | undefined) => (line !== undefined && /^\[.*\]$/.test(line) ? `${line} ` : "");
  return lineDiff(before ?? "", after ?? "").map(({ after: place, removed, added }) =>
    change("~", what, `${group(place)}${lines(removed)} -> ${lines(added)}`),
  );
}

const lines = (all: readonly string[]): string =>
  all.length === 0 ? "nothing" : shown(all.map((line) => line.trim()).join(" | "));
