import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decryptSecret, readSecretFile, reencrypt, setValues } from "../../generator/sops/file.ts";
import { reveal } from "../../generator/sops/secret-value.ts";
import { ada, ben, eve, expectNone, keystone, secrets, shown } from "./fixtures.ts";

const values = { password: "correct-horse", username: "keystone" };
const file = await keystone(values);
const other = await keystone({ password: "battery-staple" });
const line = (text: string, start: RegExp): string => text.split("\n").find((each) => start.test(each))!;
const put = (start: RegExp, text: string): string => file.replace(line(file, start), text);
const mac = /^ {4}mac:/;
const password = /^ {4}password:/;
const username = /^ {4}username:/;
const cutArmor = file.replace(/^ {12}(?!-)(.{10}).*$/m, "            $1");

/** What went wrong, text of the file's mistake by code and line: without a key, then with one. */
const mistakes: [string, string, string[], string[]][] = [
  ["an empty file", "", ["damaged"], ["damaged"]],
  ["a list", "- a\n", ["damaged"], ["damaged"]],
  ["what is not YAML", put(password, "    password: [a"), ["damaged:10"], ["damaged:10"]],
  ["a tab", put(password, "\tpassword: a"), ["damaged:9"], ["damaged:9"]],
  ["a key twice", put(username, `${line(file, username)}\n${line(file, username)}`), ["damaged:11"], ["damaged:11"]],
  [
    "a merge conflict",
    put(password, `<<<<<<< HEAD\n${line(file, password)}\n=======\n${line(other, password)}\n>>>>>>> theirs`),
    ["damaged:9"],
    ["damaged:9"],
  ],
  ["brackets without end", `a: ${"[".repeat(5000)}`, ["damaged:1"], ["damaged:1"]],
  ["several documents", `${file}---\n${file}`, ["unsupported:35"], ["unsupported:35"]],
  ["an alias", put(password, "    password: *name"), ["unsupported:9"], ["unsupported:9"]],
  ["a tag", put(username, "    username: !!binary aGk="), ["unsupported:10"], ["unsupported:10"]],
  [
    "a number as a key",
    put(username, line(file, username).replace("username", "0")),
    ["unsupported:10"],
    ["unsupported:10"],
  ],
  [
    "a plain Secret",
    file.slice(0, file.indexOf("sops:")).replace(/ENC\[.*\]/, "hunter2"),
    ["not-encrypted"],
    ["not-encrypted"],
  ],
  ["a file that ends before its block", file.slice(0, file.indexOf("sops:")), ["damaged"], ["damaged"]],
  ["a value in plain text", put(password, "    password: hunter2"), ["plain-text:9"], ["plain-text:9"]],
  ["a number in plain text", put(password, "    password: 12345"), ["plain-text:9"], ["plain-text:9"]],
  [
    "a new value in plain text",
    put(username, "    a:\n        b: hunter2"),
    ["damaged:10", "plain-text:11"],
    ["plain-text:11"],
  ],
  [
    "the annotation of kubectl apply",
    put(/^metadata:/, "metadata:\n    annotations:\n        kubectl.kubernetes.io/last-applied-configuration: '{}'"),
    ["plain-text:5"],
    ["mac-mismatch"],
  ],
  ["a value that was cut", put(password, line(file, password).slice(0, 60)), ["damaged:9"], ["damaged:9"]],
  [
    "two values that changed places",
    put(password, line(file, username).replace("username", "password")),
    [],
    ["damaged:9"],
  ],
  ["a value of another file", put(password, line(other, password)), [], ["damaged:9"]],
  ["a value that was emptied", put(password, '    password: ""'), [], ["mac-mismatch"]],
  ["a value that was taken away", put(password, "    # gone"), ["plain-comment:9"], ["mac-mismatch"]],
  ["a plain comment", put(password, `    # was hunter2\n${line(file, password)}`), ["plain-comment:9"], []],
  ["another name", file.replace("name: keystone-db", "name: nova-db"), [], ["mac-mismatch"]],
  ["another label", file.replace("app: keystone", "app: nova"), [], ["mac-mismatch"]],
  ["a number for a text", file.replace("app: keystone", "app: keystone\n        n: 0x10"), [], ["mac-mismatch"]],
  ["another time", file.replace("1970-01-01T01", "1970-01-01T02"), [], ["mac-mismatch"]],
  ["no time", put(/^ {4}lastmodified:/, "    lastmodified: yesterday"), ["damaged:11"], ["damaged:11"]],
  ["another MAC", put(mac, line(other, mac)), [], ["mac-mismatch"]],
  ["no MAC", put(mac, '    mac: ""'), ["damaged:11"], ["damaged:11"]],
  [
    "a MAC over encrypted values alone, claimed",
    put(mac, `${line(file, mac)}\n    mac_only_encrypted: true`),
    [],
    ["mac-mismatch"],
  ],
  ["a data key that was cut", cutArmor, ["damaged:13"], ["damaged:13"]],
  [
    "a data key for somebody else",
    file.replace(ben.recipient, eve.recipient).replace(ada.recipient, ben.recipient),
    [],
    [],
  ],
  ["a private key for a recipient", file.replace(ada.recipient, reveal(ada.identity)), ["damaged:13"], ["damaged:13"]],
  ["no recipients", file.replace(/ {4}age:.*(?= {4}encrypted_regex)/s, ""), ["damaged:11"], ["damaged:11"]],
  [
    "a block that is not a map",
    `${file.slice(0, file.indexOf("sops:"))}sops: yes\n`,
    ["damaged:11", "damaged"],
    ["damaged:11"],
  ],
  ["key groups", file.replace("    age:\n", "    key_groups:\n        - pgp: []\n    age:\n"), [], ["unsupported"]],
  [
    "a rule about comments",
    file.replace("encrypted_regex: ^(data|stringData)$", "encrypted_comment_regex: secret"),
    ["unsupported:31"],
    ["unsupported:31"],
  ],
  [
    "two rules",
    file.replace("    encrypted_regex", "    encrypted_suffix: Data\n    encrypted_regex"),
    ["damaged:31"],
    ["damaged:31"],
  ],
  ["an expression of Go alone", file.replace("^(data|", "^([[:alpha:]]|"), ["unsupported:31"], ["unsupported:31"]],
  ["another kind", file.replace("kind: Secret", "kind: ConfigMap"), ["not-a-secret:2"], ["mac-mismatch"]],
];

const coded = (issues: readonly { code: string; line?: number | undefined }[]): string[] =>
  issues.map(({ code, line: at }) => (at === undefined ? code : `${code}:${at}`));

test.each(mistakes)("%s is found", async (_, text, withoutKey, withKey) => {
  const read = readSecretFile(text);
  expect(coded(read.issues)).toEqual(withoutKey);
  expectNone(inspect(read, { depth: null }), [reveal(ada.identity)]);
  const identities = [ada.identity];
  const results = [
    await decryptSecret(text, identities),
    await setValues(text, identities, secrets({ password: "new" })),
    await reencrypt(text, identities, [eve.recipient]),
  ];
  expectNone(
    inspect(
      results.map(({ issues }) => issues),
      { depth: null },
    ),
    [reveal(ada.identity)],
  );
  for (const { value, issues } of results) {
    expect(coded(issues)).toEqual(withKey);
    expect(value === undefined).toBe(withKey.length > 0);
    for (const { hint, message } of issues) expect(hint.length * message.length).toBeGreaterThan(0);
  }
});

test("issues name the file", async () => {
  const text = put(password, "    password: hunter2");
  const results = [
    readSecretFile(text, "a.yaml"),
    await decryptSecret(text, [ada.identity], "a.yaml"),
    await setValues(text, [ada.identity], secrets({ password: "new" }), "a.yaml"),
    await reencrypt(text, [ada.identity], [eve.recipient], "a.yaml"),
  ];
  for (const { issues } of results)
    expect(issues).toMatchObject([{ file: "a.yaml", line: 9, path: ["stringData", "password"] }]);
});

test("without the right key it says whose key it takes and which is at hand", async () => {
  const { issues } = await decryptSecret(file, [eve.identity]);
  expect(issues).toMatchObject([{ code: "no-key" }]);
  for (const { recipient } of [ada, ben, eve]) expect(issues[0]!.message).toContain(recipient);
  expect((await decryptSecret(file, [])).issues[0]!.message).toContain("no age identity is at hand");
  const warning = {
    code: "unreadable",
    severity: "warning",
    message: "the age keys cannot be read",
    hint: "Check.",
  } as const;
  expect((await decryptSecret(file, Object.assign([], { issues: [warning] }))).issues[1]).toEqual(warning);
});

test("an entry that does not open with its own key is damaged, unless another one opens", async () => {
  const single = (await reencrypt(file, [ada.identity], [ada.recipient])).value!;
  const wrong = single.replace(ada.recipient, eve.recipient);
  expect(coded((await decryptSecret(wrong, [eve.identity])).issues)).toEqual(["damaged:13"]);
  expect(shown((await decryptSecret(wrong, [eve.identity, ada.identity])).value)).toEqual(values);
});

test("a block sops in braces is read, and not edited", async () => {
  const block = file.slice(file.indexOf("sops:\n"));
  const enc = [...block.matchAll(/-----BEGIN.*?-----END AGE ENCRYPTED FILE-----\n/gs)].map(([text]) =>
    text.replace(/^ +/gm, ""),
  );
  const age = enc.map((text, at) => ({ enc: text, recipient: [ada, ben][at]!.recipient }));
  const flow = JSON.stringify({
    age,
    encrypted_regex: "^(data|stringData)$",
    lastmodified: "1970-01-01T01:00:00Z",
    mac: line(file, mac).split(": ")[1],
    version: "3.13.3",
  });
  const text = `${file.slice(0, file.indexOf("sops:\n"))}sops: ${flow}\n`;
  expect(shown((await decryptSecret(text, [ada.identity])).value)).toEqual(values);
  expect(coded((await setValues(text, [ada.identity], secrets({ password: "new" }))).issues)).toEqual(["unsupported"]);
  expect(coded((await reencrypt(text, [ada.identity], [eve.recipient])).issues)).toEqual(["unsupported"]);
});

test.each([
  ["stringData: { password: x }", "unsupported"],
  ["stringData:\n    password:\n        - x", "unsupported"],
])("%j is not edited", async (map, code) => {
  const text = (await keystone({ password: "x" })).replace(/stringData:\n {4}password: (.*)/, (_, value: string) =>
    map.replace("x", `"${value}"`),
  );
  const result = await setValues(text, [ada.identity], secrets({ password: "new" }));
  expect(coded(result.issues).map((each) => each.split(":")[0])).toEqual([code]);
});

test("whatever happens to a file, no other values come out of it, and what is said shows none", async () => {
  const words = [values.password, reveal(ada.identity)];
  const edit = fc.record({ at: fc.nat(file.length), cut: fc.nat(40), text: fc.string({ maxLength: 20 }) });
  const run = fc.asyncProperty(edit, async ({ at, cut, text }) => {
    const edited = file.slice(0, at) + text + file.slice(at + cut);
    const { value, issues } = await decryptSecret(edited, [ada.identity]);
    if (value !== undefined) expect(shown(value)).toEqual(values);
    else expect(issues.filter(({ severity }) => severity === "error").length).toBeGreaterThan(0);
    expectNone(inspect([value, issues, readSecretFile(edited).issues], { depth: null }), words);
  });
  await fc.assert(run, { numRuns: 200 });
});

test("a damaged file in plain text shows no value, whatever its mistake", async () => {
  const words = ["hunter2", "tr0ub4dor"];
  const plain = `kind: Secret\nmetadata:\n    name: a\nstringData:\n    one: ${words[0]} ${words[1]}\n    two: |\n        ${words[0]}\n        ${words[1]}\nsops:\n    mac: ${words[0]}\n    age:\n        - recipient: ${words[1]}\n          enc: ${words[0]}\n    version: 1\n`;
  const edit = fc.record({
    at: fc.nat(plain.length),
    cut: fc.nat(3),
    text: fc.string({ maxLength: 3, unit: awkward }),
  });
  const run = fc.asyncProperty(edit, async ({ at, cut, text }) => {
    const edited = plain.slice(0, at) + text + plain.slice(at + cut);
    const results = [
      readSecretFile(edited).issues,
      await decryptSecret(edited, [ada.identity]),
      await setValues(edited, [ada.identity], secrets({ one: "new" })),
    ];
    expectNone(inspect(results, { depth: null, showHidden: true }), words);
  });
  await fc.assert(run, { numRuns: 300 });
});

const awkward = fc.constantFrom(..."\n\t :#-'\"[]{}&*!|>%@`?,ab");
