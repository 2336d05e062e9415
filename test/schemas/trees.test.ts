import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { createJudge } from "./judge.ts";
import { type AppliedFolder, engineFolders, overlayFolders } from "./trees.ts";

const repository = join(import.meta.dirname, "../..");
const judge = createJudge(inject("archives"));

describe.each([
  ["overlay", await overlayFolders(repository)],
  ["folder of engine objects", await engineFolders(repository)],
])("%s", (_, folders) => {
  test("there is at least one", () => {
    expect(folders.length).toBeGreaterThan(0);
  });

  test.each(folders.map((folder): [string, AppliedFolder] => [folder.path, folder]))("%s", (_, { objects }) => {
    expect(objects.length).toBeGreaterThan(0);
    const findings = objects.flatMap((object) =>
      judge(object).map((finding) => `${object.kind} ${object.metadata.name}: ${finding}`),
    );
    expect(findings).toEqual([]);
  });
});
