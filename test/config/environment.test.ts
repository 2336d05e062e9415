import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { findPython, pinsOf } from "./environment.ts";
import { judged, packagesOf } from "./judged.ts";

describe.each(releases)("the pins of %s", (release) => {
  const pins = readFileSync(pinsOf(release), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

  test("have each package once", () => {
    expect(pins.filter((line) => !/^[a-z0-9.-]+==[a-z0-9.]+$/.test(line))).toEqual([]);
    expect(new Set(pins.map((line) => line.split("==")[0])).size).toBe(pins.length);
  });

  test.each([...judged.keys()])("have what %s is made of", (component) => {
    const wanted = packagesOf(component, release).map((item) => item.toLowerCase().replaceAll("_", "-"));
    const missing = wanted.filter((item) => !pins.some((pin) => pin === item || pin.startsWith(`${item}==`)));
    expect(missing.filter((item) => !/[<>]/.test(item))).toEqual([]);
  });
});

test("a machine without a suitable Python is told what to install", async () => {
  await expect(findPython("/nowhere", "/nowhere")).rejects.toThrow(
    "The configuration judge needs Python 3.12 or 3.11 with venv: put python3.12 on PATH",
  );
});
