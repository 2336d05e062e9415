import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { format, inspect } from "node:util";
import { serialize } from "node:v8";
import { expect, test } from "vitest";
import { reveal, SecretValue } from "../../generator/sops/secret-value.ts";
import { expectNone } from "./fixtures.ts";

const text = "correct-horse-battery-staple";
const secret = new SecretValue(text);

test("only reveal gives the text", () => {
  expect(reveal(secret)).toBe(text);
});

test("text that prints says [redacted]", () => {
  const prints = [
    `${secret}`,
    `${[secret]}`,
    String(secret),
    "".concat(secret as unknown as string),
    JSON.parse(JSON.stringify(secret)),
    inspect(secret),
    inspect(secret, { showHidden: true, depth: null }),
    format("%s", secret),
    format("%O", secret),
  ];
  for (const print of prints) expect(print).toBe("[redacted]");
});

test("nothing that holds a secret gives it away", () => {
  const holders: unknown[] = [
    secret,
    [secret],
    { secret },
    new Map([["key", secret]]),
    new Set([secret]),
    new Error(`cannot write ${secret}`, { cause: secret }),
    Object.assign(new Error("cannot write"), { secret }),
    { ...secret },
    Object.entries(secret),
    Object.getOwnPropertyDescriptors(secret),
    structuredClone(new Map([["key", { secret }]])),
  ];
  for (const holder of holders) {
    expectNone(JSON.stringify(holder) ?? "", [text]);
    for (const options of [{}, { showHidden: true, depth: null }, { customInspect: false }, { getters: true }]) {
      expectNone(inspect(holder, options), [text]);
    }
    expectNone(format("%s %d %i %j %o %O", holder, holder, holder, holder, holder, holder), [text]);
  }
  expectNone(serialize({ secret }).toString("latin1"), [text]);
  expectNone(Buffer.from(JSON.stringify([...new Map([["key", secret]])])).toString(), [text]);
});

test("a failed comparison of a test shows no secret either", () => {
  const message = (): string => {
    try {
      expect(new Map([["key", secret]])).toEqual({ other: secret });
      return "";
    } catch (error) {
      return inspect(error, { depth: null, showHidden: true });
    }
  };
  expect(message()).not.toBe("");
  expectNone(message(), [text]);
});

test("text that UTF-8 cannot carry is refused without being shown", () => {
  expect(() => new SecretValue(`${text}\ud800`)).toThrow(/surrogate/);
  expect(() => new SecretValue(`${text}\ud800`)).not.toThrow(new RegExp(text));
});

test("a clone, which holds nothing, cannot be revealed", () => {
  expect(() => reveal(structuredClone(secret))).toThrow(TypeError);
});

test("only what encrypts and decrypts reveals", () => {
  const root = join(import.meta.dirname, "../../generator");
  const readers = globSync("**/*.ts", { cwd: root }).filter((file) =>
    /import [^;]*\breveal\b[^;]* from "[^"]*secret-value\.ts"/.test(readFileSync(join(root, file), "utf8")),
  );
  expect(readers.sort()).toEqual(["sops/age.ts", "sops/keys.ts", "sops/values.ts"]);
});
