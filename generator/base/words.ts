import { byKey, isMap } from "./data.ts";
import { didYouMean } from "./did-you-mean.ts";

/** Keys from the root of the file to a place in it. */
export type Path = readonly (string | number)[];

/** `services.glance.config["glance-api.conf"].DEFAULT`: the form that messages print and `explain` reads. */
export const showPath = (path: Path): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${text}[${JSON.stringify(shorten(key))}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");

/** Reads what `showPath` writes; undefined when brackets or quotes do not close. A list's index may also stand as `zones.0`. */
export function parsePath(text: string): string[] | undefined {
  const keys: string[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const match = /^\.?(?:\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|(<[^<>]*>|[^.[\]"<>\s]+))/.exec(rest);
    if (match === null) return undefined;
    const [whole, index, quoted, plain] = match;
    const key = index ?? plain ?? unquote(quoted!);
    if (key === undefined) return undefined;
    keys.push(key);
    rest = rest.slice(whole.length);
  }
  return keys;
}

/** A value as a message shows it: one line, shortened, without the credentials of a URL. */
export const showValue = (value: unknown): string =>
  // Inside quotes a blank or an escaped quote may belong to the password.
  shorten((JSON.stringify(sorted(value)) ?? "nothing").replace(/\/\/(\\.|[^"\\])*@/g, hidden));

/** Keys in one order: the order in a file means nothing. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(byKey)
      .map(([key, item]) => [key, sorted(item)]),
  );
};

/** True of a path whose value no message may show: it may be a password, even when it is written in the wrong place. */
export const isSecret = (path: Path): boolean => mayBeSecret(String(path.at(-1))) || isOfProgram(path);

/**
 * True of the name of something that may be a password: `admin_password`, `accessKey`, `fernet-keys`; rather once too often. `pullSecrets`
 * are names of Secrets.
 */
export function mayBeSecret(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some(
    (word) =>
      /^(keys?|tokens?|pwd|pin|salt|private|auth)$/.test(word) ||
      /passw|passphrase|secret(?!s$)|credential|(api|access|private)key|(pass|token)$/.test(word),
  );
}

/** What a container gives to a program: `env[0].value`, `httpHeaders[0].value`, `command`, `args[1]`. */
const isOfProgram = (path: Path): boolean =>
  (path.at(-1) === "value" && ["env", "httpHeaders"].includes(String(path.at(-3)))) ||
  ["command", "args"].some((key) => path.slice(-2).includes(key));

/** Replaces the user part of URLs, up to the last @: what a message prints ends up in the logs of CI systems. */
export const redact = (text: string): string => text.replace(/\/\/[^\s"]*@/g, hidden);

const hidden = "//***@";

/** `1 file`, `2 files`, `3 policies`. */
export const count = (amount: number, noun: string): string =>
  `${amount} ${amount === 1 ? noun : noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : noun.endsWith("s") ? `${noun}es` : `${noun}s`}`;

/** `a, b or c`. */
export const oneOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

/** `a, b and c`. */
export const allOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** `Did you mean "x"?`, then what is allowed when that is short enough to be read, and otherwise the fallback: without one what is allowed, however long. */
export function suggestion(word: string, candidates: readonly string[], fallback?: string): string {
  const near = nearest(word, candidates);
  const others = candidates.filter((candidate) => candidate !== near);
  const short = others.length > 0 && candidates.join(", ").length <= 120;
  const allowed = `Allowed: ${[...candidates].sort().join(", ")}.`;
  const parts = [
    near === undefined ? "" : `Did you mean ${JSON.stringify(near)}?`,
    short ? allowed : near === undefined ? (fallback ?? allowed) : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** The candidate that a mistyped word means. A word far longer than any name means none: comparing it would take long. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined =>
  word.length > 80 ? undefined : didYouMean(word, candidates);

/** Texts that occurred before, with the index of the repetition. */
export function duplicates(words: readonly string[]): { word: string; index: number }[] {
  const seen = new Set<string>();
  return words.flatMap((word, index) => {
    if (seen.has(word)) return [{ word, index }];
    seen.add(word);
    return [];
  });
}

/** What begins with a quote also ends with one. */
const shorten = (text: string): string =>
  text.length <= 80 ? text : `${text.slice(0, 76)}...${text.startsWith('"') ? '"' : ""}`;

function unquote(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
