import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { findPython } from "./environment.ts";
import { companions, services } from "./packages.ts";

describe.each(releases)("the list of packages of %s", (release) => {
  const pins = readFileSync(join(import.meta.dirname, "constraints", `${release}.txt`), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

  test("pins each package once", () => {
    expect(pins.filter((line) => !/^[a-z0-9._-]+==[a-z0-9.]+$/.test(line))).toEqual([]);
    expect(new Set(pins.map((line) => line.split("==")[0])).size).toBe(pins.length);
  });

  test("has the services and their companions", () => {
    expect(pins).toEqual(expect.arrayContaining([...services[release]]));
    const names = pins.map((line) => line.split("==")[0]);
    expect(names).toEqual(expect.arrayContaining(companions.map((name) => name.toLowerCase())));
  });
});

test("a machine without a suitable Python is told what to install", async () => {
  await expect(findPython("/nowhere", "/nowhere")).rejects.toThrow(
    "The configuration judge needs Python 3.12 or 3.11 with venv: put python3.12 on PATH",
  );
});
