import { cpSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hold, lockText } from "../../generator/tree/lock.ts";
import { finishReplacing, type Replacement, replaceFiles } from "../../generator/tree/replace.ts";
import { temporaryFolder } from "./folder.ts";
import { everything, type Files, write } from "./run.ts";

// Files that people write, or that cannot be made again: a cluster.yaml, encrypted Secrets.

const input = "clusters/eu1/cluster.yaml";
const original = "overlays/eu1/secrets/identity/keystone-admin.yaml";
const copy = "overlays/eu1/secrets/openstack/keystone-admin.yaml";
const before: Files = { [input]: "name: eu1\n", [original]: "old\n", "README.md": "mine\n" };
const after: Files = { ...before, [input]: "name: eu1 # g2\n", [original]: "new\n", [copy]: "new\n" };
const replacements: readonly Replacement[] = [input, original, copy].map((path) => ({
  path,
  text: after[path]!,
  before: before[path],
}));

function fleet(): string {
  const root = temporaryFolder();
  write(root, before);
  return root;
}

test("all files are replaced, and nothing is left behind", () => {
  const root = fleet();
  expect(replaceFiles(root, replacements)).toEqual([]);
  expect(everything(root)).toEqual(after);
  expect(statSync(join(root, copy)).mode & 0o777).toBe(0o600);
  expect(statSync(join(root, input)).mode).toBe(statSync(join(fleet(), input)).mode);
});

test("killed at any call, all are replaced or none", () => {
  const root = fleet();
  const states: string[] = [];
  replaceFiles(root, replacements, () => {
    const state = temporaryFolder();
    cpSync(root, state, { recursive: true });
    states.push(state);
  });
  expect(states.length).toBeGreaterThan(8);
  for (const [index, state] of states.entries()) {
    expect(finishReplacing(state), `killed before call ${index}`).toEqual([]);
    const found = Object.fromEntries(Object.entries(everything(state)).filter(([path]) => !path.startsWith(".")));
    expect([before, after], `killed before call ${index}`).toContainEqual(found);
    expect(replaceFiles(state, found[input] === before[input] ? replacements : [])).toEqual([]);
    expect(everything(state)).toMatchObject(after);
  }
});

test("an edit at any call is never lost", () => {
  let calls = 0;
  replaceFiles(fleet(), replacements, () => calls++);
  for (let at = 0; at < calls; at++) {
    const root = fleet();
    let call = 0;
    let edited = false;
    const issues = replaceFiles(root, replacements, () => {
      if (call++ !== at || everything(root)[input] !== before[input]) return;
      edited = true;
      writeFileSync(join(root, input), "name: eu1 # by hand\n");
    });
    if (!edited) continue;
    expect(issues).toMatchObject([{ code: "changed-meanwhile", file: input }]);
    expect(everything(root)[input]).toBe("name: eu1 # by hand\n");
    const [again] = finishReplacing(root);
    if (again !== undefined) expect(again.hint).toContain("delete that folder to drop it");
    expect(everything(root)[input]).toBe("name: eu1 # by hand\n");
  }
});

test("one file alone is replaced by one rename: killed before, everything is as it was", () => {
  const root = fleet();
  const states: string[] = [];
  replaceFiles(root, replacements.slice(0, 1), () => {
    const state = temporaryFolder();
    cpSync(root, state, { recursive: true });
    states.push(state);
  });
  for (const state of states) {
    expect(finishReplacing(state)).toEqual([]);
    expect(everything(state)).toEqual(before);
  }
});

test("nothing is written through a link", () => {
  const outside = temporaryFolder();
  for (const place of ["overlays/eu1/secrets", "overlays/eu1", "overlays"]) {
    const root = temporaryFolder();
    write(root, { [input]: before[input]! });
    write(root, { [join(place, "..", "keep")]: "" });
    symlinkSync(outside, join(root, place));
    expect(replaceFiles(root, [{ path: copy, text: "new\n", before: undefined }])).toMatchObject([
      { code: "symbolic-link", file: place },
    ]);
    expect(readdirSync(outside)).toEqual([]);
  }
});

describe("what an interrupted command left behind is not believed when it names", () => {
  test.each(["README.md", "clusters/eu1/../../README.md", "overlays/eu1/glance/kustomization.yaml", "/etc/passwd"])(
    "%s",
    (path) => {
      const root = fleet();
      const list = [{ file: "0", path, before: null }];
      write(root, { ".overstack.pending/0": "forged\n", ".overstack.pending/list.json": JSON.stringify(list) });
      expect(finishReplacing(root)).toMatchObject([{ code: "broken-journal" }]);
      expect(everything(root)).toMatchObject(before);
    },
  );
});

describe("the lock of", () => {
  const held = (text: string): boolean => {
    const root = temporaryFolder();
    symlinkSync(text, join(root, ".overstack.lock"));
    return "issue" in hold(root);
  };
  const [place, birth] = lockText().split(" ") as [string, string];
  const host = place.slice(place.indexOf("@"));
  const [boot, space, ticks] = birth.split(".") as [string, string, string];

  test("a living process is respected", () => {
    expect(held(`${process.ppid}${host}`)).toBe(true);
  });
  test.runIf(process.platform === "linux")(
    "a dead one is taken over, though another process has its number now",
    () => {
      expect(held(`${process.ppid}${host} ${boot}.${space}.${Number(ticks) + 1}`)).toBe(false);
      expect(held(`${process.ppid}${host} 00000000.${space}.${ticks}`)).toBe(false);
    },
  );
  test.runIf(process.platform === "linux")(
    "a process of another container is respected: its number says nothing",
    () => {
      expect(held(`4194304${host} ${boot}.1.${ticks}`)).toBe(true);
    },
  );
});
