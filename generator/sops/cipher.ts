import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

/** What sops notes next to a value: the type that it has in plain text. */
export type ValueType = "str" | "int" | "float" | "bool" | "bytes" | "time" | "comment";

/** A decrypted value. The bytes are also what the MAC is computed over: sops writes every type in its canonical form. */
export interface Decrypted {
  readonly type: ValueType;
  readonly bytes: Buffer;
}

const base64 = "([A-Za-z0-9+/]+={0,2})";
const types = "(str|int|float|bool|bytes|time|comment)";
const encrypted = new RegExp(`^ENC\\[AES256_GCM,data:${base64},iv:${base64},tag:${base64},type:${types}\\]$`);

/** True for text of the form `ENC[AES256_GCM,data:...,iv:...,tag:...,type:...]`. */
export const isEncrypted = (text: string): boolean => encrypted.test(text);

/** The key of one file; Node prints a KeyObject without its bytes. */
export const dataKey = (bytes: Uint8Array = randomBytes(32)): KeyObject => createSecretKey(bytes);

/** Additional authenticated data of a value: the keys above it, so that no value can be moved. Indices of lists are not part of it. */
export const pathData = (path: readonly string[]): string => path.map((key) => `${key}:`).join("");

/**
 * AES-256-GCM with a fresh 32-byte IV, as sops does it (https://github.com/getsops/sops/blob/main/aes/cipher.go); the empty
 * text stays empty.
 */
export function encrypt(text: string, key: KeyObject, additionalData: string): string {
  if (text === "") return "";
  const iv = randomBytes(32);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(additionalData));
  const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const [shownData, shownIv, tag] = [data, iv, cipher.getAuthTag()].map((bytes) => bytes.toString("base64"));
  return `ENC[AES256_GCM,data:${shownData},iv:${shownIv},tag:${tag},type:str]`;
}

/** The inverse; undefined for what this key did not encrypt at this place. */
export function decrypt(text: string, key: KeyObject, additionalData: string): Decrypted | undefined {
  if (text === "") return { type: "str", bytes: Buffer.alloc(0) };
  const [data, iv, tag] = (encrypted.exec(text)?.slice(1, 4) ?? []).map((part) => Buffer.from(part, "base64"));
  // Node would take a shorter tag, which is easier to forge.
  if (data === undefined || iv === undefined || tag?.length !== 16) return undefined;
  try {
    const cipher = createDecipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(additionalData)).setAuthTag(tag);
    const bytes = Buffer.concat([cipher.update(data), cipher.final()]);
    return { type: encrypted.exec(text)![4] as ValueType, bytes };
  } catch {
    return undefined;
  }
}
