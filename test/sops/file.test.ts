import fc from "fast-check";
import { decryptSops } from "sops-age";
import { expect, test } from "vitest";
import { decryptSecret, encryptSecret, readSecretFile, reencrypt, setValues } from "../../generator/sops/file.ts";
import { reveal } from "../../generator/sops/secret-value.ts";
import { ada, anyValues, ben, eve, expectNone, keystone, secrets, shown } from "./fixtures.ts";

const values = { password: "correct-horse", username: "keystone" };
const file = await keystone(values);

test("a Secret is laid out as sops lays it out", async () => {
  const text = await encryptSecret(
    {
      name: "keystone-db",
      namespace: "services",
      type: "Opaque",
      labels: { n: "yes", app: "keystone" },
      annotations: { note: "a: b" },
      values: secrets({ password: "correct-horse", "0": "zero", empty: "" }),
    },
    [ada.recipient],
    new Date("2026-01-02T03:04:05.678Z"),
  );
  const sealed = /ENC\[AES256_GCM,data:[A-Za-z0-9+/]+=*,iv:[A-Za-z0-9+/]{43}=,tag:[A-Za-z0-9+/]{22}==,type:str\]/g;
  expect(
    text.replace(sealed, "ENC").replace(/(?: {12}[A-Za-z0-9+/=]+\n)+/, "            (base64)\n"),
  ).toBe(`apiVersion: v1
kind: Secret
metadata:
    name: keystone-db
    namespace: services
    labels:
        app: keystone
        "n": "yes"
    annotations:
        note: 'a: b'
type: Opaque
stringData:
    "0": ENC
    empty: ""
    password: ENC
sops:
    age:
        - enc: |
            -----BEGIN AGE ENCRYPTED FILE-----
            (base64)
            -----END AGE ENCRYPTED FILE-----
          recipient: ${ada.recipient}
    encrypted_regex: ^(data|stringData)$
    lastmodified: "2026-01-02T03:04:05Z"
    mac: ENC
    version: 3.13.3
`);
});

test("what was encrypted comes back, for each recipient", async () => {
  const run = fc.asyncProperty(anyValues, async (random) => {
    const text = await keystone(random);
    for (const { identity } of [ada, ben]) {
      const { value, issues } = await decryptSecret(text, [identity]);
      expect(issues).toEqual([]);
      expect(shown(value)).toEqual(random);
    }
    expect(readSecretFile(text)).toMatchObject({ issues: [], value: { keys: Object.keys(random).sort() } });
  });
  await fc.assert(run, { numRuns: 15 });
});

test("another implementation decrypts it", async () => {
  // sops-age takes a key of digits for the index of a list, and answers nothing at all to an empty map.
  const run = fc.asyncProperty(anyValues, async (random) => {
    const mine = Object.fromEntries(Object.entries({ ...random, last: "x" }).filter(([key]) => !/^\d+$/.test(key)));
    const options = { fileType: "yaml", secretKey: reveal(ben.identity) } as const;
    expect((await decryptSops(await keystone(mine), options)).stringData).toEqual(mine);
  });
  await fc.assert(run, { numRuns: 15 });
});

test("two files of the same values have nothing encrypted in common", async () => {
  const [one, two] = [file, await keystone(values)].map(
    (text) => text.match(/(?<=[[,](?:AES256_GCM,data|iv|tag):)[^,]+/g)!,
  );
  expect(one).toHaveLength(9);
  expect(one!.filter((part) => two!.includes(part))).toEqual([]);
});

test("a file tells all but its values without a key", () => {
  expect(readSecretFile(file)).toEqual({
    issues: [],
    value: {
      name: "keystone-db",
      namespace: "services",
      labels: { app: "keystone" },
      annotations: {},
      keys: ["password", "username"],
      recipients: [ada.recipient, ben.recipient],
      otherKeys: [],
      lastModified: "1970-01-01T01:00:00Z",
      sopsVersion: "3.13.3",
      plainText: [],
    },
  });
});

test("nothing of a value stands in the file", () => {
  expectNone(file, ["correct-horse", Buffer.from("correct-horse").toString("base64")]);
});

test("setting values changes their lines, the time and the MAC, and no other byte", async () => {
  const changed = (await setValues(file, [ada.identity], secrets({ password: "new", region: "eu" }))).value!;
  const [before, after] = [file.split("\n"), changed.split("\n")];
  const at = before.findIndex((line) => line.startsWith("    username:")) + 1;
  expect(after.toSpliced(at, 1)).toHaveLength(before.length);
  const differing = after.toSpliced(at, 1).filter((line, index) => line !== before[index]);
  expect([after[at]!, ...differing].map((line) => line.trim().split(":")[0])).toEqual([
    "region",
    "password",
    "lastmodified",
    "mac",
  ]);
  expect(shown((await decryptSecret(changed, [ben.identity])).value)).toEqual({
    ...values,
    password: "new",
    region: "eu",
  });
});

test("setting the values that are there changes nothing", async () => {
  expect((await setValues(file, [ada.identity], secrets(values))).value).toBe(file);
  expect((await setValues(file, [ada.identity], new Map())).value).toBe(file);
});

test("any values can be set in any file, one after another", async () => {
  const run = fc.asyncProperty(anyValues, anyValues, async (first, second) => {
    const changed = await setValues(await keystone(first), [ada.identity], secrets(second));
    expect(shown((await decryptSecret(changed.value!, [ben.identity])).value)).toEqual({ ...first, ...second });
    expect((await setValues(changed.value!, [ben.identity], secrets(second))).value).toBe(changed.value);
  });
  await fc.assert(run, { numRuns: 15 });
});

test("other recipients change the list of recipients and no other byte", async () => {
  const changed = (await reencrypt(file, [ada.identity], [ben.recipient, eve.recipient, eve.recipient])).value!;
  const withoutAge = (text: string): string => text.replace(/ {4}age:\n.*?(?= {4}encrypted_regex)/s, "");
  expect(withoutAge(changed)).toBe(withoutAge(file));
  expect(readSecretFile(changed).value?.recipients).toEqual([ben.recipient, eve.recipient]);
  expect(shown((await decryptSecret(changed, [eve.identity])).value)).toEqual(values);
  expect((await decryptSecret(changed, [ada.identity])).issues.map(({ code }) => code)).toEqual(["no-key"]);
});

test("the same recipients in any order change nothing", async () => {
  expect((await reencrypt(file, [ada.identity], [ben.recipient, ada.recipient])).value).toBe(file);
});

test("a file without a recipient, or for a private key, is never written", async () => {
  await expect(encryptSecret({ name: "a", namespace: "b", values: new Map() }, [])).rejects.toThrow(/recipient/);
  const wrong = encryptSecret({ name: "a", namespace: "b", values: new Map() }, [reveal(ada.identity)]);
  await expect(wrong).rejects.toThrow("a private key stands where a recipient belongs");
});

test("a key that Kubernetes refuses is never written", async () => {
  await expect(keystone({ "a: b": "x" })).rejects.toThrow(/cannot have a key of this form/);
});
