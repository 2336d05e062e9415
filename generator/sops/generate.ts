import { randomBytes, randomInt } from "node:crypto";
import { SecretValue } from "./secret-value.ts";

// 64 characters, so that the low six bits of a byte choose one without bias. All of them stand for themselves in a URL,
// an ini file with `$` interpolation, a shell, a DSN template and a quoted string of SQL.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const alphanumeric = 62;
const leastBits = 128;

/** Random text of [A-Za-z0-9_-] that begins with a letter or digit, with at least this many bits of entropy (192 bits: 33 characters). */
export function password(bits = 192): SecretValue {
  if (!(bits >= leastBits)) throw new Error(`A password of ${bits} bits is too weak: at least ${leastBits}.`);
  return text(1 + Math.ceil((bits - Math.log2(alphanumeric)) / 6));
}

/** The same with exactly this many characters. */
export function text(length: number): SecretValue {
  // A leading `-` would be an option to a command that is given the password as an argument.
  const first = alphabet[randomInt(alphanumeric)]!;
  return new SecretValue(first + Array.from(randomBytes(length - 1), (byte) => alphabet[byte & 63]).join(""));
}

/** 32 random bytes in URL-safe base64 with padding: what cryptography.fernet, and with it Keystone's key repositories, reads. */
export const fernetKey = (): SecretValue =>
  new SecretValue(randomBytes(32).toString("base64").replaceAll("+", "-").replaceAll("/", "_"));
