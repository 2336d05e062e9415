import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { generateHybridIdentity, identityToRecipient } from "age-encryption";
import { afterAll, expect, test } from "vitest";
import { decryptSecret, encryptSecret } from "../../generator/sops/file.ts";
import { findIdentities, isRecipient, newIdentity, recipientOf, recipientProblem } from "../../generator/sops/keys.ts";
import { reveal, SecretValue } from "../../generator/sops/secret-value.ts";
import { ada, ben, eve, expectNone, secrets, shown } from "./fixtures.ts";

const home = mkdtempSync(join(tmpdir(), "overstack-keys-"));
afterAll(() => rmSync(home, { recursive: true }));

/** Writes a key file below the home folder and returns its path. */
const keyFile = (path: string, text: string): string => {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const [a, b, e] = [ada, ben, eve].map(({ identity }) => reveal(identity)) as [string, string, string];
const found = (env: Record<string, string>, platform: NodeJS.Platform = "linux"): string[] =>
  findIdentities(env, platform).map(reveal);

test("keys come from SOPS_AGE_KEY, several with any space between them", () => {
  expect(found({ SOPS_AGE_KEY: `# Ada and Ben\n${a} ${b}\n\n${e}\n` })).toEqual([a, b, e]);
});

test("keys come from the file in SOPS_AGE_KEY_FILE, one a line", () => {
  const file = keyFile("named.txt", `# created: today\n# public key: ${ada.recipient}\r\n${a}\r\n`);
  expect(found({ SOPS_AGE_KEY_FILE: file })).toEqual([a]);
});

test.each([
  ["linux", ".config/sops/age/keys.txt", {}],
  ["darwin", "Library/Application Support/sops/age/keys.txt", {}],
  ["linux", "xdg/sops/age/keys.txt", { XDG_CONFIG_HOME: join(home, "xdg") }],
  ["darwin", "xdg/sops/age/keys.txt", { XDG_CONFIG_HOME: join(home, "xdg") }],
] as const)("on %s keys come from %s", (platform, path, env) => {
  const file = keyFile(path, `${b}\n`);
  expect(found({ HOME: home, ...env }, platform)).toEqual([b]);
  rmSync(file);
});

test("on Windows keys come from AppData", () => {
  keyFile("roaming/sops/age/keys.txt", `${b}\n`);
  expect(found({ AppData: join(home, "roaming"), HOME: "/nowhere" }, "win32")).toEqual([b]);
});

test("all places count together, each key once", () => {
  const standard = keyFile("all/sops/age/keys.txt", `${b}\n${a}\n`);
  const named = keyFile("third.txt", `${e}\n`);
  const env = { SOPS_AGE_KEY: a, XDG_CONFIG_HOME: join(home, "all") };
  expect(found({ ...env, SOPS_AGE_KEY_FILE: named })).toEqual([a, e, b]);
  expect(found({ ...env, SOPS_AGE_KEY_FILE: standard })).toEqual([a, b]);
});

test("a missing key is not a mistake, and neither is an empty home", () => {
  for (const env of [{}, { HOME: "" }, { HOME: join(home, "nobody") }, { XDG_CONFIG_HOME: "relative" }]) {
    expect(findIdentities(env, "linux")).toEqual(Object.assign([], { issues: [] }));
  }
});

test.each([
  ["a mistyped key", `${a.slice(0, -1)}${a.endsWith("Q") ? "P" : "Q"}`, "bad-identity", "line 1"],
  ["a key in small letters", a.toLowerCase(), "bad-identity", "line 1"],
  ["two keys in a line", `${a} ${b}`, "bad-identity", "line 1"],
  ["a recipient", ada.recipient, "bad-identity", "line 1"],
  ["a key of a plugin", "AGE-PLUGIN-YUBIKEY-1QQQ", "bad-identity", "plugins"],
  ["a file with a passphrase", "age-encryption.org/v1\n-> scrypt\n", "unsupported", "passphrase"],
])("%s in a key file is a warning that names the place", (_, text, code, word) => {
  const file = keyFile("bad.txt", `${text}\n${b}\n`);
  const identities = findIdentities({ SOPS_AGE_KEY_FILE: file }, "linux");
  expect(identities.issues).toMatchObject([{ code, severity: "warning" }]);
  expect(identities.issues![0]!.message).toContain(word);
  expect(identities.issues![0]!.message).toContain(file);
  expect(identities.map(reveal)).toEqual(code === "unsupported" ? [] : [b]);
});

test("a named file that cannot be read, and ways that are not followed, are warnings", () => {
  const env = { SOPS_AGE_KEY_FILE: join(home, "none.txt"), SOPS_AGE_KEY_CMD: "pass show age", HOME: home };
  expect(findIdentities(env, "linux").issues?.map(({ code }) => code)).toEqual(["unreadable", "unsupported"]);
  expect(findIdentities({ SOPS_AGE_KEY_FILE: home }, "linux").issues?.map(({ code }) => code)).toEqual(["unreadable"]);
});

test("no key is shown by what is found, nor by what is wrong", () => {
  const file = keyFile("shown.txt", `${a}\n${a.slice(0, -2)}\n${a.toLowerCase()}\n${b} ${e}\n`);
  const identities = findIdentities({ SOPS_AGE_KEY_FILE: file, SOPS_AGE_KEY: `${b} x${e}` }, "linux");
  expect(identities).toHaveLength(2);
  const parts = [a, b, e].flatMap((key) => [key.slice(16, 40), key.slice(16, 40).toLowerCase(), key.slice(30, 60)]);
  for (const text of [inspect(identities, { depth: null, showHidden: true }), JSON.stringify(identities)]) {
    expectNone(text, parts);
  }
});

test("a new identity opens what was encrypted for its recipient", async () => {
  const { identity, recipient } = await newIdentity();
  expect(isRecipient(recipient)).toBe(true);
  expect(await recipientOf(identity)).toBe(recipient);
  const text = await encryptSecret({ name: "a", namespace: "b", values: secrets({ c: "d" }) }, [recipient]);
  expect(shown((await decryptSecret(text, [identity])).value)).toEqual({ c: "d" });
  expectNone(inspect({ identity, recipient }, { depth: null }), [reveal(identity)]);
});

test("a post-quantum recipient is one like any other", async () => {
  const identity = new SecretValue(await generateHybridIdentity());
  const recipient = await identityToRecipient(reveal(identity));
  expect(isRecipient(recipient)).toBe(true);
  expect(found({ SOPS_AGE_KEY: reveal(identity) })).toEqual([reveal(identity)]);
  const text = await encryptSecret({ name: "a", namespace: "b", values: secrets({ c: "d" }) }, [
    ada.recipient,
    recipient,
  ]);
  expect(shown((await decryptSecret(text, [identity])).value)).toEqual({ c: "d" });
});

test.each([
  ["", "not an age recipient"],
  ["alice", "not an age recipient"],
  [ada.recipient.toUpperCase(), "not an age recipient"],
  [`${ada.recipient} `, "not an age recipient"],
  [ada.recipient.slice(0, -1), "mistyped"],
  [ada.recipient.replace(/.$/, (last) => (last === "q" ? "p" : "q")), "mistyped"],
  ["age1pq1qqqq", "mistyped"],
  ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ", "SSH keys"],
  ["ssh-rsa AAAAB3NzaC1yc2E", "SSH keys"],
  ["age1yubikey1qwerty", "plugins"],
  ["age1tag1qwerty", "plugins"],
  [a, "private key"],
  [a.toLowerCase(), "private key"],
  [`age ${a}`, "private key"],
  ["AGE-PLUGIN-YUBIKEY-1QQQ", "private key"],
  ["-----BEGIN OPENSSH PRIVATE KEY-----", "private key"],
])("%j is refused as a recipient", (text, word) => {
  expect(isRecipient(text)).toBe(false);
  const problem = recipientProblem(text)!;
  expect(problem.message).toContain(word);
  expectNone(`${problem.message} ${problem.hint}`.toLowerCase(), [a.slice(16).toLowerCase()]);
});
