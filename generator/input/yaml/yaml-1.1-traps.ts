import { error, type Issue } from "../../issues/issue.ts";
/**
 * A number is taken only as it will be written out again: 010 is 8 for readers of YAML 1.1, 1.10 would become 1.1,
 * and digits beyond 2^53 would change.
 */
export function numberTrap(text: string, value: number | bigint): Issue | undefined {
  if (String(value) === text && (!Number.isInteger(value) || Number.isSafeInteger(value))) return undefined;
  const exact = Number.isSafeInteger(value) || !Number.isInteger(value);
  const octal = /^[-+]?0[0-7]+$/.test(text) ? ` here and ${Number.parseInt(text, 8)} for readers of YAML 1.1` : "";
  return error(
    "ambiguous-number",
    Number.isFinite(value) ? `${text} is the number ${value}${octal}` : `${text} is not a finite number`,
    `Write ${exact && Number.isFinite(value) ? `${value}, or ` : ""}"${text}" in quotes to keep it as it stands.`,
  );
}

/**
 * Text for YAML 1.2, something else for YAML 1.1, which editors and scripts still read: the country code of Norway
 * becomes false (https://yaml.org/type/bool.html). Single letters are left alone: no common reader takes y and n for more
 * than letters.
 */
export function wordTrap(text: string): Issue | undefined {
  const other = readings.find(({ pattern }) => pattern.test(text));
  if (other === undefined) return undefined;
  return error("ambiguous-word", `${text} is text here and ${other.reading} for readers of YAML 1.1`, other.hint(text));
}

const quotes = (text: string): string => `Put it in quotes: "${text}".`;
const readings: readonly { pattern: RegExp; reading: string; hint: (text: string) => string }[] = [
  {
    pattern: /^(yes|Yes|YES|on|On|ON)$/,
    reading: "true",
    hint: (text) => `Write true when a switch is meant, "${text}" in quotes when text is.`,
  },
  {
    pattern: /^(no|No|NO|off|Off|OFF)$/,
    reading: "false",
    hint: (text) => `Write false when a switch is meant, "${text}" in quotes when text is.`,
  },
  { pattern: /^\d{4}-\d\d?-\d\d?([Tt ].*)?$/, reading: "a date", hint: quotes },
  { pattern: /^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/, reading: "a number in base 60", hint: quotes },
  { pattern: /^[-+]?(0b[01_]+|[0-9][0-9_]*_[0-9_]*)$/, reading: "a number", hint: quotes },
];
