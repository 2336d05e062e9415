import { inspect } from "node:util";

const shown = "[redacted]";
let read: (value: SecretValue) => string;

/** A secret in memory. Whatever prints, joins, serialises or clones it gets `[redacted]` or nothing; only `reveal` gives the text. */
export class SecretValue {
  // A private field is invisible to util.inspect (also with showHidden), JSON, structuredClone and object spread.
  readonly #text: string;

  static {
    read = (value) => value.#text;
  }

  /** Throws on text that UTF-8 cannot carry, which would come back altered. */
  constructor(text: string) {
    if (!text.isWellFormed()) throw new Error("A secret value holds half a surrogate pair, which UTF-8 cannot carry.");
    this.#text = text;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.toPrimitive](): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

/** The text of a secret, for what encrypts it or hands it to its store; never for a message, a log or a file in plain text. */
export const reveal = (value: SecretValue): string => read(value);

/** True for equal texts; the answer is all that comes out. */
export const sameValue = (a: SecretValue, b: SecretValue): boolean => read(a) === read(b);

/** True when the text matches; the answer is all that comes out. */
export const matches = (value: SecretValue, pattern: RegExp): boolean => pattern.test(read(value));

/** The value between two texts that anybody may know: a line of a file. */
export const framed = (before: string, value: SecretValue, after: string): SecretValue =>
  new SecretValue(`${before}${read(value)}${after}`);
