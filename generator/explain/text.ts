import { stringify } from "yaml";
import { redact } from "../base/words.ts";
import type { Explanation } from "./explain.ts";
import { type SecretRow, secretLines } from "./secrets.ts";

const width = 100;

/**
 * An explanation for a terminal, without colour: what it is first, then this cluster's value and what follows from it, then
 * the keys below. Lines have at most 100 characters unless a single word, such as a host's name, is longer.
 */
export function renderExplanation(explanation: Explanation): string {
  const { path, meaning, type, required, value, keys, details, secrets } = explanation;
  const blocks = [
    fields([
      ["PATH", path === "" ? "(the root of cluster.yaml)" : path],
      ["MEANING", meaning],
      ["TYPE", `${type}${required && path !== "" ? ", required" : ""}`],
      ["DEFAULT", defaultText(explanation)],
      ["VALUE", value === undefined || value.value === null || isLarge(value.value) ? undefined : inline(value.value)],
      ["FROM", value?.from],
    ]),
    ...(value !== undefined && isLarge(value.value) ? [`VALUE\n${indent(yaml(value.value), 2)}`] : []),
    ...details.map(
      ({ title, entries }) => `${title.toUpperCase()}\n${list(entries.map(({ name, text }) => [name, text]))}`,
    ),
    ...(keys.length === 0
      ? []
      : [
          `KEYS\n${keys.map((key) => `${head(key.name, `<${key.type}>${key.required ? " required" : ""}`)}\n${wrap(key.meaning, 6)}`).join("\n")}`,
        ]),
    ...(secrets === undefined ? [] : secretBlocks(secrets)),
  ];
  return redact(`${blocks.join("\n\n")}\n`);
}

function secretBlocks(secrets: readonly SecretRow[]): string[] {
  const namespaces = [...new Set(secrets.map(({ namespace }) => namespace))];
  return namespaces.map(
    (namespace) =>
      `NAMESPACE ${namespace}\n${secrets
        .filter((secret) => secret.namespace === namespace)
        .map((secret) => `  ${secret.name}\n${list(secretLines(secret), 6)}`)
        .join("\n")}`,
  );
}

const defaultText = ({ default: given }: Explanation): string | undefined =>
  given === undefined ? undefined : (given.depends ?? inline(given.value));

function fields(rows: readonly (readonly [string, string | undefined])[]): string {
  const present = rows.filter((row): row is [string, string] => row[1] !== undefined);
  return present.map(([name, text]) => hanging(`${name}:`.padEnd(10), text)).join("\n");
}

/** Names in one column, texts in the next; a name that is too long for its column gets a line of its own. */
function list(rows: readonly (readonly [string, string])[], margin = 2): string {
  const column = Math.min(24, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows
    .map(([name, text]) => {
      const label = " ".repeat(margin) + name.padEnd(column + 2);
      return name.length > column ? `${label.trimEnd()}\n${wrap(text, margin + column + 2)}` : hanging(label, text);
    })
    .join("\n");
}

const head = (name: string, type: string): string => {
  const label = `  ${name}`;
  return label.length + 2 + type.length <= width ? `${label}  ${type}` : `${label}\n${wrap(type, 6)}`;
};

/** A label, and its text wrapped next to it. */
const hanging = (label: string, text: string): string => label + wrap(text, label.length).slice(label.length);

function wrap(text: string, margin: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && margin + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((item) => " ".repeat(margin) + item).join("\n");
}

const indent = (text: string, margin: number): string => text.replace(/^(?=.)/gm, " ".repeat(margin));
const yaml = (value: unknown): string => stringify(value, { lineWidth: width - 2 }).trimEnd();
const inline = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const isLarge = (value: unknown): boolean =>
  (typeof value === "object" && JSON.stringify(value).length > 60) || (typeof value === "string" && /\n/.test(value));
