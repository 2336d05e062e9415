import { writeScalar } from "./scalar.ts";

/** Version of sops whose layout is written here. */
export const sopsVersion = "3.13.3";

/** `key: value` or `"0": value`, both in the quotes that sops would use. */
export const entry = (key: string, value: string): string => `${writeScalar(key)}: ${value}`;

/** A map of texts inside `metadata`, in alphabetical order; nothing for an empty one. */
export const textMap = (key: string, map: Readonly<Record<string, string>> = {}): string[] => {
  const lines = Object.keys(map)
    .sort()
    .map((name) => `        ${entry(name, writeScalar(map[name]!))}`);
  return lines.length === 0 ? [] : [`    ${key}:`, ...lines];
};

/** The list `age` of the block sops, without the indentation of its first line. */
export function ageList(entries: readonly { recipient: string; enc: string }[], indent: string): string[] {
  const lines = entries.flatMap(({ recipient, enc }) => [
    `${indent}    - enc: |`,
    ...enc
      .trimEnd()
      .split("\n")
      .map((line) => `${indent}        ${line}`),
    `${indent}      recipient: ${recipient}`,
  ]);
  return ["age:", ...lines];
}
