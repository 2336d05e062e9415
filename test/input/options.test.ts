import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { releases } from "../../generator/contract/release.ts";
import { codes } from "../../generator/issues/codes.ts";
import { optionsOf, takesSeveral } from "../../generator/options/known.ts";
import { refusalOf } from "../../generator/options/values.ts";
import { build, validCluster } from "./cases.ts";

const folder = "generator/options/data";
const files = readdirSync(folder).map((name) => `${folder}/${name}`);

describe("the data", () => {
  test("is there for every service with a file of oslo.config, at every release", () => {
    const services = [...catalogue.values()].filter(({ conf }) => conf !== undefined);
    expect(services.length).toBeGreaterThanOrEqual(5);
    for (const { name, project } of services)
      for (const release of releases)
        expect(optionsOf(project!, release)!.groups, `${name} ${release}`).toContain("DEFAULT");
  });

  test("is small: no file above 200 KB, no line that nobody reads in a diff", () => {
    for (const file of files) {
      expect(statSync(file).size, file).toBeLessThan(200_000);
      expect(
        Math.max(
          ...readFileSync(file, "utf8")
            .split("\n")
            .map(({ length }) => length),
        ),
        file,
      ).toBeLessThan(1500);
    }
  });

  test("has patterns that can be compared with a value", () => {
    for (const file of files)
      for (const [, pattern] of readFileSync(file, "utf8").matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g))
        expect(refusalOf({ type: "text", pattern: JSON.parse(pattern!) as string }, "\u0000"), file).toBeDefined();
  });
});

describe("an option with several values", () => {
  test.each([
    ["DEFAULT", "notification_opt_out", true],
    ["Federation", "trusted_dashboard", true],
    ["uwsgi", "anything", true],
    ["auth", "methods", false],
    ["constructor", "toString", false],
  ])("[%s] %s takes several: %s", (group, name, expected) => expect(takesSeveral(group, name)).toBe(expected));
});

describe("what is said of options", () => {
  const own = [codes["unknown-option"], codes["old-option"], codes["wrong-option-value"]];
  const saidOf = (keystone: string, head = ""): string[] => {
    const text = validCluster.toString().replace(/^services:[\s\S]*/m, `${head}services: { keystone: ${keystone} }\n`);
    return build(text)
      .issues.filter(({ code }) => own.some((entry) => codes[code as keyof typeof codes] === entry))
      .map(({ code, message }) => `${code}: ${message}`);
  };

  test.each([
    ["a value in its range", "{ config: { keystone.conf: { token: { expiration: 3600, cache-time: 5 } } } }"],
    ["a group in other letters", "{ config: { keystone.conf: { Token: { expiration: 3600 } } } }"],
    ["a value that another option gives", "{ config: { keystone.conf: { token: { cache_time: $expiration } } } }"],
    ["a group of one's own", "{ ownOptions: [mine], config: { keystone.conf: { mine: { a: b } } } }"],
    ["an option of one's own, set by a variable", "{ ownOptions: [token.a], environment: { OS_TOKEN__A: b } }"],
    ["a file that another program reads", "{ config: { uwsgi.ini: { uwsgi: { processes: 8 } } } }"],
    ["a variable that is not an option's", "{ environment: { OS_CLOUD: a } }"],
    [
      "a login by any plugin",
      "{ config: { keystone.conf: { keystone_authtoken: { application_credential_id: a } } } }",
    ],
  ])("nothing of %s", (_, keystone) => expect(saidOf(keystone)).toEqual([]));

  test("what a release does not have, unless the release itself is wrong", () => {
    const keystone = "{ config: { keystone.conf: { security_compliance: { report_invalid_password_hash: event } } } }";
    expect(saidOf(keystone, 'release: "2025.1"\n')).toHaveLength(1);
    expect(saidOf(keystone, 'release: "2026.1"\n')).toEqual([]);
    expect(saidOf(keystone, 'release: "2024.1"\n')).toEqual([]);
  });
});
