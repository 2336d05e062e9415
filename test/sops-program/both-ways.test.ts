import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { generateHybridIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { unwrapKey } from "../../generator/sops/age.ts";
import { parseSecretDocument } from "../../generator/sops/document.ts";
import { decryptSecret, encryptSecret, readSecretFile, reencrypt, setValues } from "../../generator/sops/file.ts";
import { findIdentities } from "../../generator/sops/keys.ts";
import { decryptLeaves } from "../../generator/sops/open.ts";
import { reveal, SecretValue } from "../../generator/sops/secret-value.ts";
import { ada, anyValues, ben, eve, keystone, secrets, shown, sopsFile, testIdentity } from "../sops/fixtures.ts";
import { type Sops, startSops } from "./program.ts";

let sops: Sops;
beforeAll(async () => {
  sops = await startSops();
});
afterAll(() => sops?.close());

/** The keys of lines that are in the second text alone. */
const changedKeys = (before: string, after: string): (string | undefined)[] => {
  const old = before.split("\n");
  const lines = after.split("\n").filter((line) => !old.includes(line));
  return lines.map((line) => line.trim().split(":")[0]);
};
const decrypted = async (text: string, identity = ada.identity) => shown((await decryptSecret(text, [identity])).value);

test("sops decrypts what was encrypted here, whatever the values", async () => {
  const run = fc.asyncProperty(anyValues, async (values) => {
    expect((await sops.decrypt(await keystone(values), [ben.identity])).values).toEqual(values);
  });
  await fc.assert(run, { numRuns: 40 });
});

test("sops decrypts after values were set and recipients changed here", async () => {
  const run = fc.asyncProperty(anyValues, anyValues, async (first, second) => {
    const set = await setValues(await keystone(first), [ada.identity], secrets(second));
    const text = (await reencrypt(set.value!, [ben.identity], [eve.recipient])).value!;
    expect((await sops.decrypt(text, [eve.identity])).values).toEqual({ ...first, ...second });
    expect((await sops.decrypt(text, [ada.identity, ben.identity])).ok).toBe(false);
  });
  await fc.assert(run, { numRuns: 20 });
});

test("sops decrypts after values were taken out here", async () => {
  const run = fc.asyncProperty(anyValues, anyValues, async (gone, kept) => {
    const without = new Map(Object.keys(gone).map((key) => [key, undefined]));
    const { value } = await setValues(await keystone({ ...gone, ...kept }), [ada.identity], without);
    const left = Object.fromEntries(Object.entries(kept).filter(([key]) => !Object.hasOwn(gone, key)));
    expect((await sops.decrypt(value!, [ben.identity])).values ?? {}).toEqual(left);
  });
  await fc.assert(run, { numRuns: 20 });
});

test("the name of a Secret changes with sops as our messages say, and the seal with it", async () => {
  const path = '["metadata"]["name"]';
  const { output, text } = await sops.run(await keystone({ a: "x" }), [ada.identity], "set", path, '"keystone-two-db"');
  expect(output).toBe("");
  expect(readSecretFile(text)).toMatchObject({ issues: [], value: { name: "keystone-two-db" } });
  expect(await decrypted(text)).toEqual({ a: "x" });
});

test("the layout is that of sops: when sops sets a value, no line changes but that value's, the time's and the MAC's", async () => {
  const text = fc.string({ unit: fc.constantFrom(..."abyn019 .:#-'\"\\,[]{}&*!|>%@`?~/_=+$äé€\t😀"), maxLength: 12 });
  const key = text.filter((each) => each !== "" && each !== "<<");
  const texts = fc.dictionary(key, text, { maxKeys: 5, noNullPrototype: true });
  const run = fc.asyncProperty(texts, texts, async (labels, annotations) => {
    const values = secrets({ "0": "x", n: "y", empty: "" });
    const secret = { name: "a", namespace: "b", type: "Opaque", labels, annotations, values };
    const ours = await encryptSecret(secret, [ada.recipient, ben.recipient], new Date(0));
    const theirs = await sops.run(ours, [ada.identity], "set", '["stringData"]["n"]', '"z"');
    expect(theirs.output).toBe("");
    expect(changedKeys(ours, theirs.text)).toEqual(['"n"', "lastmodified", "mac"]);
    expect(await decrypted(theirs.text)).toEqual({ "0": "x", n: "z", empty: "" });
  });
  await fc.assert(run, { numRuns: 60 });
});

test("metadata in any notation has the same MAC here and there", async () => {
  const number = fc.string({ unit: fc.constantFrom(..."0123456789.eE+-_:xobTZ"), minLength: 1, maxLength: 9 });
  const word = fc.constantFrom(
    "true",
    "False",
    "yes",
    "~",
    "null",
    ".inf",
    "-.INF",
    ".nan",
    "2026-1-2",
    "1999-12-31T23:59:59.9+01:00",
  );
  const scalar = fc.oneof(number, word).filter((text) => !/^[-:]+$|^[-:?]+ |:$|^%/.test(text));
  const run = fc.asyncProperty(fc.array(scalar, { minLength: 10, maxLength: 30 }), async (scalars) => {
    const lines = scalars.map((text, index) => `        a${index}: ${text}\n`);
    const text = (await keystone({ a: "b" })).replace(
      "    labels:\n",
      `    annotations:\n${lines.join("")}    labels:\n`,
    );
    const { value: document } = parseSecretDocument(text);
    const { value: key } = await unwrapKey(document!.sops!, [ada.identity]);
    const { output } = await sops.decrypt(text, [ada.identity]);
    expect(output).toContain(`computed ${decryptLeaves(document!, document!.sops!, key!).value?.mac}`);
  });
  await fc.assert(run, { numRuns: 40 });
});

test("what people do with sops edit is read here, and stays when a value is set", async () => {
  sops.write(
    "editor",
    `#!/bin/sh
sed -i -e 's/password: .*/password: new # until spring/' -e 's/^stringData:/immutable: true\\nstringData:\\n    # by hand/' "$1"
printf '    note: |\\n        two\\n        lines\\ndata:\\n    blob: aGVsbG8=\\n' >> "$1"
`,
    0o700,
  );
  const edited = await sops.run(await keystone({ password: "old", user: "a" }), [ada.identity], "edit");
  expect(readSecretFile(edited.text)).toMatchObject({
    issues: [],
    value: { keys: ["blob", "note", "password", "user"] },
  });
  expect(await decrypted(edited.text)).toEqual({ password: "new", user: "a", note: "two\nlines\n", blob: "hello" });
  const values = secrets({ user: "b", blob: "bye", region: "eu" });
  const set = (await setValues(edited.text, [ben.identity], values, undefined, new Date(0))).value!;
  expect(changedKeys(edited.text, set).sort()).toEqual(["blob", "lastmodified", "mac", "region", "user"]);
  const plain = (await sops.run(set, [ada.identity], "decrypt")).output;
  expect(plain).toContain("immutable: true\nstringData:\n    # by hand\n    # until spring\n    password: new\n");
  expect(plain).toContain("    region: eu\ndata:\n    blob: Ynll\n");
});

test("recipients that sops updatekeys put in are read, and put in here stay when sops has nothing to change", async () => {
  sops.write(".sops.yaml", `creation_rules:\n    - age: ${ada.recipient},${eve.recipient}\n`);
  const ours = await keystone({ password: "x" });
  const theirs = await sops.run(ours, [ada.identity], "updatekeys -y");
  expect(theirs.ok).toBe(true);
  expect(readSecretFile(theirs.text).value?.recipients).toEqual([ada.recipient, eve.recipient]);
  expect(await decrypted(theirs.text, eve.identity)).toEqual({ password: "x" });
  const withoutAge = (text: string): string => text.replace(/ {4}age:.*(?= {4}encrypted_regex)/s, "");
  const here = (await reencrypt(ours, [ada.identity], [ada.recipient, eve.recipient])).value!;
  expect(withoutAge(theirs.text)).toBe(withoutAge(here));
  expect((await sops.run(here, [ada.identity], "updatekeys -y")).text).toBe(here);
  expect((await reencrypt(theirs.text, [ada.identity], [eve.recipient, ada.recipient])).value).toBe(theirs.text);
});

test("a data key that sops renewed is read", async () => {
  const rotated = await sops.run(await keystone({ password: "x" }), [ada.identity], "rotate -i");
  expect(rotated.ok).toBe(true);
  expect(await decrypted(rotated.text)).toEqual({ password: "x" });
});

test("each of sops' rules is followed", async () => {
  const plain =
    "kind: Secret\nmetadata:\n    name: a\nstringData:\n    password: x\n    user_x: y\ndata:\n    blob: aGk=\n";
  const rules = [
    "unencrypted_suffix: _x",
    "encrypted_suffix: Data",
    "encrypted_regex: (?i)^STRINGDATA$",
    "unencrypted_regex: ^(kind|metadata|user_.+)$",
    "encrypted_regex: ^(data|stringData)$\n      mac_only_encrypted: true",
  ];
  for (const rule of rules) {
    sops.write(".sops.yaml", `creation_rules:\n    - age: ${ada.recipient}\n      ${rule}\n`);
    const encrypted = await sops.run(plain, [], "encrypt -i");
    expect(encrypted.output, rule).toBe("");
    expect(await decrypted(encrypted.text), rule).toEqual({ password: "x", user_x: "y", blob: "hi" });
    const set = (await setValues(encrypted.text, [ada.identity], secrets({ password: "z" }))).value!;
    expect((await sops.decrypt(set, [ada.identity])).values, rule).toEqual({ password: "z", user_x: "y" });
  }
});

test("post-quantum recipients work both ways", async () => {
  const identity = new SecretValue(await generateHybridIdentity());
  const recipient = await identityToRecipient(reveal(identity));
  const ours = await encryptSecret({ name: "a", namespace: "b", values: secrets({ c: "d" }) }, [recipient]);
  expect((await sops.decrypt(ours, [identity])).values).toEqual({ c: "d" });
  sops.write(".sops.yaml", `creation_rules:\n    - age: ${recipient}\n`);
  const theirs = await sops.run(
    "kind: Secret\nstringData:\n    c: e\n",
    [],
    "encrypt -i --encrypted-regex ^stringData$",
  );
  expect(await decrypted(theirs.text, identity)).toEqual({ c: "e" });
});

test.each(["data", "edited", "mac-only-encrypted", "metadata-types", "whole-file"])(
  "the file %s of the other tests is one that sops reads",
  async (name) => {
    expect((await sops.run(sopsFile(name), [testIdentity], "decrypt")).ok).toBe(true);
  },
);

test("what is refused here, sops refuses, and what is read here, sops reads", async () => {
  const file = await keystone({ password: "x", user: "y" });
  const other = await keystone({ password: "x" });
  const password = / {4}password: .*/;
  const changes: [string, string, boolean][] = [
    ["nothing", file, true],
    ["a comment", file.replace("stringData:", "# comment\nstringData:"), true],
    ["a plain comment among values", file.replace(password, "    # comment\n$&"), true],
    ["recipients that changed names", file.replace(ada.recipient, eve.recipient), true],
    ["a plain value", file.replace(password, "    password: x"), false],
    ["a number", file.replace(password, "    password: 5"), false],
    ["a value of another file", file.replace(password, password.exec(other)![0]), false],
    ["a value under another key", file.replace("    password:", "    passwort:"), false],
    ["an emptied value", file.replace(password, '    password: ""'), false],
    ["a null value", file.replace(password, "    password: null"), false],
    ["another label", file.replace("app: keystone", "app: nova"), false],
    ["another type of a label", file.replace("app: keystone", "app: 0x10"), false],
    ["another time", file.replace("1970-01-01T01", "1970-01-01T02"), false],
    ["a time in another notation", file.replace("01:00:00Z", "01:00:00.5+00:00"), true],
    ["no MAC", file.replace(/ {4}mac: .*/, '    mac: ""'), false],
    ["a key twice", file.replace(password, "$&\n$&"), false],
    ["two rules", file.replace("    encrypted_regex", "    encrypted_suffix: Data\n    encrypted_regex"), false],
    ["a number as a key", file.replace("    user:", "    0:"), false],
    ["tabs", file.replace("    user:", "\tuser:"), false],
    ["line breaks of Windows", file.replaceAll("\n", "\r\n"), true],
    ["no recipients", file.replace(/ {4}age:.*(?= {4}encrypted_regex)/s, ""), false],
  ];
  for (const [what, text, isRead] of changes) {
    expect((await sops.decrypt(text, [ada.identity])).ok, `sops: ${what}`).toBe(isRead);
    expect((await decryptSecret(text, [ada.identity])).value !== undefined, `here: ${what}`).toBe(isRead);
  }
});

test("keys are found where sops finds them", async () => {
  const key = reveal(ada.identity);
  const file = sops.write("keys.txt", `# public key: ${ada.recipient}\n${key}\n`);
  const bad = sops.write("bad.txt", "AGE-SECRET-KEY-1QQQ\n");
  for (const folder of ["xdg/sops/age", "home/.config/sops/age"]) {
    mkdirSync(join(sops.folder, folder), { recursive: true });
    sops.write(`${folder}/keys.txt`, `${key}\n`);
  }
  const [home, xdg, nobody] = ["home", "xdg", "nobody"].map((name) => join(sops.folder, name)) as [
    string,
    string,
    string,
  ];
  const environments: [Record<string, string>, boolean][] = [
    [{ HOME: nobody }, false],
    [{ HOME: nobody, SOPS_AGE_KEY: `# mine\n${reveal(eve.identity)} ${key}` }, true],
    [{ HOME: nobody, SOPS_AGE_KEY_FILE: file }, true],
    [{ HOME: nobody, SOPS_AGE_KEY_FILE: join(nobody, "none") }, false],
    [{ HOME: nobody, SOPS_AGE_KEY_FILE: bad }, false],
    [{ HOME: nobody, SOPS_AGE_KEY_FILE: bad, SOPS_AGE_KEY: key }, true],
    [{ HOME: home }, true],
    [{ HOME: home, SOPS_AGE_KEY: reveal(eve.identity) }, true],
    [{ HOME: home, XDG_CONFIG_HOME: nobody }, false],
    [{ HOME: nobody, XDG_CONFIG_HOME: xdg }, true],
    [{ HOME: home, XDG_CONFIG_HOME: "" }, true],
  ];
  const path = sops.write("secret.yaml", await keystone({ password: "x" }));
  const text = await keystone({ password: "x" });
  for (const [env, opens] of environments) {
    const names = Object.keys(env).join();
    expect((await sops.runWith(env, "decrypt", path)).ok, `sops: ${names}`).toBe(opens);
    expect((await decryptSecret(text, findIdentities(env))).value !== undefined, `here: ${names}`).toBe(opens);
  }
});
