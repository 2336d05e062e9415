import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { git, isolateGit, write } from "../git/folders.ts";
import { accidents, folders } from "./accidents.ts";
import { type CommandName, commands, isThere, newPlace, type Place, remove } from "./fleet.ts";

/* A folder of the fleet has become a file, or a link to one: the system answers ENOTDIR for whatever is asked below it. */

isolateGit();

/** A fleet of few files, none of them generated. */
function smallFleet(): Place {
  const place = newPlace();
  onTestFinished(() => remove(place));
  git(place.root, "init", "--quiet", "--initial-branch=main");
  write(place.root, {
    "README.md": "# Our fleet\n",
    "clusters/eu1/cluster.yaml": "name: eu1\n",
    "clusters/us1/flux/root.yaml": "kind: Kustomization\n",
    ...Object.fromEntries(folders.map((folder) => [`${folder}/run/kustomization.yaml`, "resources: []\n"])),
  });
  git(place.root, "add", "--all");
  git(place.root, "commit", "--quiet", "--message=First");
  return place;
}

function replaceByLink({ root }: Place, folder: string): void {
  rmSync(join(root, folder), { recursive: true });
  symlinkSync(join(root, "README.md"), join(root, folder));
}

test("nothing is there below a link to a file", () => {
  const place = smallFleet();
  replaceByLink(place, "overlays/us1");
  expect(isThere(join(place.root, "overlays/us1"))).toBe(true);
  expect(isThere(join(place.root, "overlays/us1/placement/run"))).toBe(false);
});

test("each accident of the random histories can come after a folder has become a link to a file", () => {
  for (const folder of folders) {
    const place = smallFleet();
    replaceByLink(place, folder);
    for (const { what, happen } of fc.sample(accidents, 200))
      try { happen(place); } catch (e) { console.log(folder, "|", what, "|", String(e).slice(0, 300)); }
  }
});

const kinds: readonly [string, (place: Place) => void][] = [
  ["a link to a file", (place) => replaceByLink(place, "clusters")],
  [
    "a file",
    ({ root }) => {
      rmSync(join(root, "clusters"), { recursive: true });
      writeFileSync(join(root, "clusters"), "");
    },
  ],
];
describe.each(kinds)("where clusters is %s", (_, happen) => {
  test.each(Object.keys(commands) as CommandName[])("%s says so in words", async (name) => {
    const place = smallFleet();
    happen(place);
    const { issues = [] } = await commands[name](place.root);
    expect(issues.map(({ severity }) => severity)).toContain("error");
  });
});
