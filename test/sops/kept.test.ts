import { expect, test } from "vitest";
import { decryptSecret, readSecretFile, reencrypt, setValues } from "../../generator/sops/file.ts";
import { ada, eve, keystone, secrets, shown, sopsFile, testIdentity, testRecipient } from "./fixtures.ts";

// Files that sops wrote, and what people make of files: everything that is not changed must stay as it is.

const decrypted = async (text: string) => shown((await decryptSecret(text, [testIdentity])).value);

test("a file that was edited with sops is read", async () => {
  const text = sopsFile("edited");
  expect(readSecretFile(text)).toMatchObject({
    issues: [],
    value: {
      name: "glance-s3",
      labels: { "app.kubernetes.io/part-of": "openstack" },
      keys: ["access-key", "note", "region", "secret-key"],
      recipients: [testRecipient],
      sopsVersion: "3.13.3",
      plainText: [],
    },
  });
  expect(await decrypted(text)).toEqual({
    "access-key": "example-access",
    "secret-key": "second-secret",
    note: "two\nlines\n",
    region: "eu-1",
  });
});

test("encrypted comments and the order of an edited file stay when a value is set", async () => {
  const text = sopsFile("edited");
  const changed = (await setValues(text, [testIdentity], secrets({ region: "eu-2", zone: "a" }))).value!;
  const kept = (all: string): string[] =>
    all.split("\n").filter((line) => !/^ +(region|zone|lastmodified|mac):/.test(line));
  expect(kept(changed)).toEqual(kept(text));
  expect(await decrypted(changed)).toMatchObject({ region: "eu-2", zone: "a", note: "two\nlines\n" });
});

test("a value is taken out with its line, and nothing else changes", async () => {
  const text = sopsFile("edited");
  const changed = (await setValues(text, [testIdentity], new Map([["region", undefined]]))).value!;
  const kept = (all: string): string[] => all.split("\n").filter((line) => !/^ +(region|lastmodified|mac):/.test(line));
  expect(kept(changed)).toEqual(kept(text));
  expect(Object.keys((await decrypted(changed))!).sort()).toEqual(["access-key", "note", "secret-key"]);
  expect((await setValues(text, [testIdentity], new Map([["nothing", undefined]]))).value).toBe(text);
});

test("values below data lose their base64 and get it back, and bytes that are not text are skipped", async () => {
  const text = sopsFile("data");
  const { value, issues } = await decryptSecret(text, [testIdentity], "data.yaml");
  expect(shown(value)).toEqual({ keyring: "[client.glance]\n" });
  expect(issues).toMatchObject([
    { code: "not-text", severity: "warning", path: ["data", "blob"], file: "data.yaml", line: 8 },
  ]);
  const changed = (await setValues(text, [testIdentity], secrets({ keyring: "[client.nova]\n", user: "nova" }))).value!;
  expect(changed).not.toMatch(/^stringData/m);
  expect(await decrypted(changed)).toEqual({ keyring: "[client.nova]\n", user: "nova" });
  expect(changed.match(/blob: .*/)?.[0]).toBe(text.match(/blob: .*/)?.[0]);
});

test("stringData wins over data, as in Kubernetes", async () => {
  const text = (await keystone({ password: "two" })).replace("stringData:\n", 'data:\n    password: ""\nstringData:\n');
  expect(shown((await decryptSecret(text, [ada.identity])).value)).toEqual({ password: "two" });
  const changed = (await setValues(text, [ada.identity], secrets({ password: "three" }))).value!;
  expect(changed).toContain('data:\n    password: ""\n');
  expect(shown((await decryptSecret(changed, [ada.identity])).value)).toEqual({ password: "three" });
});

test("metadata of every type is part of the MAC as sops types it", async () => {
  expect(await decrypted(sopsFile("metadata-types"))).toEqual({
    number: "5",
    flag: "False",
    password: "example-password",
  });
});

test("a MAC over encrypted values alone lets metadata change", async () => {
  const text = sopsFile("mac-only-encrypted").replace("name: mac-only", "name: mac-only\n    labels:\n        a: b");
  expect(await decrypted(text)).toEqual({ password: "example-password" });
  const changed = (await setValues(text, [testIdentity], secrets({ password: "new" }))).value!;
  expect(changed).toContain("mac_only_encrypted: true");
  expect(await decrypted(changed)).toEqual({ password: "new" });
});

test("a file that encrypts all but a suffix is read, named as a mistake, and gets no value in plain text", async () => {
  const text = sopsFile("whole-file");
  expect(readSecretFile(text)).toMatchObject({
    value: { name: "", keys: ["password", "user_unencrypted"], plainText: ["stringData.user_unencrypted"] },
    issues: [{ code: "metadata-encrypted" }, { code: "left-plain", severity: "warning" }],
  });
  expect(await decrypted(text)).toEqual({ password: "example-password", user_unencrypted: "openstack" });
  const refused = await setValues(text, [testIdentity], secrets({ user_unencrypted: "nova" }));
  expect(refused).toMatchObject({ value: undefined, issues: [{ code: "would-be-plain" }] });
  const changed = (await setValues(text, [testIdentity], secrets({ password: "new" }))).value!;
  expect(await decrypted(changed)).toEqual({ password: "new", user_unencrypted: "openstack" });
});

test("keys of other kinds and of other versions' layout stay", async () => {
  const kms =
    '    kms:\n        - arn: arn:aws:kms:eu-central-1:123456789012:key/a\n          created_at: "2026-01-01T00:00:00Z"\n          enc: AQICAHg=\n          aws_profile: ""\n';
  const entry = /- enc: \|\n((?: {12}.*\n)+) {10}(recipient: .*)\n/;
  const text = sopsFile("edited")
    .replace("    age:\n", `${kms}    age:\n`)
    .replace(entry, (_, enc: string, recipient: string) => `- ${recipient}\n          enc: |\n${enc}`)
    .replace("    encrypted_regex", "    # which values\n\n    encrypted_regex")
    .replace("version: 3.13.3", "version: 3.7.3\n    # kept\n    pgp: []");
  expect(readSecretFile(text).value).toMatchObject({
    otherKeys: ["kms"],
    recipients: [testRecipient],
    sopsVersion: "3.7.3",
  });
  const changed = (await setValues(text, [testIdentity], secrets({ region: "eu-2" }))).value!;
  const moved = (await reencrypt(changed, [testIdentity], [eve.recipient])).value!;
  for (const result of [changed, moved]) {
    expect(result).toContain(`sops:\n${kms}    age:\n`);
    expect(result).toContain("\n    # which values\n\n    encrypted_regex");
    expect(result).toContain("version: 3.7.3\n    # kept\n    pgp: []\n");
  }
  expect((await decryptSecret(moved, [eve.identity])).value?.size).toBe(4);
});

test.each([
  ["line breaks of Windows", (text: string) => text.replaceAll("\n", "\r\n")],
  ["a byte order mark", (text: string) => `\ufeff${text}`],
  ["no line break at the end", (text: string) => text.trimEnd()],
  ["indentation by two", (text: string) => text.replace(/^ {4}/gm, "  ")],
  ["values in quotes", (text: string) => text.replace(/: (ENC\[.*\])$/gm, ': "$1"')],
  ["the block sops in front", (text: string) => text.replace(/^(.*)(sops:\n.*)$/s, "$2$1")],
  [
    "comments and empty lines",
    (text: string) => text.replace(/^(stringData|sops):\n/gm, "\n# about\n$1:\n\n    # more\n"),
  ],
  ["a comment behind a value", (text: string) => text.replace(/(username: .*)/, "$1 # who")],
])("%s: it is read, values are set, recipients change, and the rest stays", async (_, change) => {
  const values = { password: "one", username: "keystone" };
  const text = change(await keystone(values));
  expect(shown((await decryptSecret(text, [ada.identity])).value)).toEqual(values);
  const changed = (await setValues(text, [ada.identity], secrets({ password: "two", other: "three" }))).value!;
  const moved = (await reencrypt(changed, [ada.identity], [eve.recipient, ada.recipient])).value!;
  expect(shown((await decryptSecret(moved, [eve.identity])).value)).toEqual({
    ...values,
    password: "two",
    other: "three",
  });
  const about = /^ *(#.*|\s*|apiVersion.*|username.*|metadata.*|[^\S\n]*name.*)$/;
  const kept = (all: string): string[] => all.split(/\r?\n/).filter((line) => about.test(line));
  expect(kept(moved).join("\n").trimEnd()).toBe(kept(text).join("\n").trimEnd());
  if (text.includes("\r")) expect(moved.replaceAll("\r\n", "")).not.toContain("\n");
});

test.each([
  ["stringData: {}", "stringData: {}"],
  ["stringData:", "stringData:"],
  ["stringData: null", "stringData: null # later"],
  ["no map at all", ""],
])("the first value comes into %s", async (_, line) => {
  const text = (await keystone({})).replace("stringData: {}\n", line === "" ? "" : `${line}\n`);
  const changed = (await setValues(text, [ada.identity], secrets({ password: "one", user: "two" }))).value!;
  expect(changed).toMatch(/^stringData:\n {4}password: ENC.*\n {4}user: ENC/m);
  expect(shown((await decryptSecret(changed, [ada.identity])).value)).toEqual({ password: "one", user: "two" });
});
