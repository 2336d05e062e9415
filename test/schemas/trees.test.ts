import { join } from "node:path";
import { afterAll, describe, expect, inject, test } from "vitest";
import { goldenFleet } from "../golden-trees/fleet.ts";
import { createJudge } from "./judge.ts";
import { newerFields, withoutNewer } from "./newer.ts";
import { type AppliedFolder, engineFolders, overlayFolders } from "./trees.ts";

const golden = goldenFleet();
afterAll(golden.remove);
const fleets = [join(import.meta.dirname, "../.."), golden.root];
const judge = createJudge(inject("archives"));

describe.each([
  ["overlays", (await Promise.all(fleets.map(overlayFolders))).flat()],
  ["folders of engine objects", (await Promise.all(fleets.map(engineFolders))).flat()],
])("%s", (_, folders) => {
  test("there is at least one folder", () => {
    expect(folders.length).toBeGreaterThan(0);
  });

  test.each(folders.map((folder): [string, AppliedFolder] => [folder.path, folder]))(
    "%s fits the schemas of its kinds",
    (_, { objects }) => {
      expect(objects.length).toBeGreaterThan(0);
      const findings = objects.flatMap((object) =>
        judge(withoutNewer(object).object).map((finding) => `${object.kind} ${object.metadata.name}: ${finding}`),
      );
      expect(findings).toEqual([]);
    },
  );
});

test("a field that newer definitions alone know is written, or is no longer listed", async () => {
  const folders = (await Promise.all(fleets.map(overlayFolders))).flat();
  const written = folders.flatMap(({ objects }) => objects).flatMap((object) => withoutNewer(object).had);
  expect(newerFields.filter((field) => !written.includes(field))).toEqual([]);
});
