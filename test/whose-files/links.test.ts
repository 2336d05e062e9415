import { cpSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { git, isolateGit, write } from "../git/folders.ts";
import { accidents, folders } from "./accidents.ts";
import { commands, isThere, newPlace, type Place, remove } from "./fleet.ts";

/* A folder of the fleet has become a file or a link: whatever is asked below it, the system answers ENOTDIR or ELOOP. */

isolateGit();

const records = ["clusters/eu1/inventory.json", "clusters/us1/inventory.json", "bases/inventory.json"];

/** A fleet of few files, none of them generated. */
const prepared = newPlace();
afterAll(() => remove(prepared));
beforeAll(() => {
  const { root } = prepared;
  write(root, {
    "README.md": "# Our fleet\n",
    ...Object.fromEntries(records.map((record) => [record, '{\n  "files": {}\n}\n'])),
    "clusters/eu1/cluster.yaml": "name: eu1\n",
    "clusters/us1/flux/root.yaml": "kind: Kustomization\n",
    ...Object.fromEntries(folders.map((folder) => [`${folder}/run/kustomization.yaml`, "resources: []\n"])),
  });
  git(root, "init", "--quiet", "--initial-branch=main");
  git(root, "add", "--all");
});

/** What can lie in the place of a folder. */
const kinds: Readonly<Record<string, (path: string, root: string) => void>> = {
  "a file": (path) => writeFileSync(path, ""),
  "a link to a file": (path, root) => symlinkSync(join(root, "README.md"), path),
  "a link to itself": (path) => symlinkSync(path, path),
};

function copied(): Place {
  const place = newPlace();
  cpSync(prepared.root, place.root, { recursive: true });
  return place;
}

test("each accident of the random histories can happen after any others", () => {
  fc.assert(
    fc.property(fc.array(accidents, { minLength: 2, maxLength: 6 }), (history) => {
      const place = copied();
      try {
        for (const { happen } of history)
          expect(() => happen(place), history.map((each) => each.what).join("; ")).not.toThrow();
      } finally {
        remove(place);
      }
    }),
    { numRuns: 100 },
  );
}, 600_000);

function replaced(folder: string, kind: string): Place {
  const place = copied();
  onTestFinished(() => remove(place));
  const path = join(place.root, folder);
  rmSync(path, { recursive: true });
  kinds[kind]!(path, place.root);
  return place;
}

describe.each(Object.keys(kinds))("where a folder has become %s", (kind) => {
  test("nothing is there below it", () => {
    const { root } = replaced("overlays/us1", kind);
    expect(isThere(join(root, "overlays/us1"))).toBe(true);
    expect(isThere(join(root, "overlays/us1/placement/run"))).toBe(false);
  });

  test("each accident of the random histories can happen", () => {
    for (const folder of folders) {
      const place = replaced(folder, kind);
      for (const { what, happen } of fc.sample(accidents, 10))
        expect(() => happen(place), `${folder} is ${kind}; ${what}`).not.toThrow();
    }
  });

  test.each(["generate", "commit", "rotate"] as const)("%s says in words that it is clusters", async (command) => {
    const { root } = replaced("clusters", kind);
    const { issues = [] } = await commands[command](root);
    expect(issues.map(({ severity }) => severity)).toContain("error");
  });
});
