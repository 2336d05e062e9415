import { cpSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { expect, onTestFinished, test, vi } from "vitest";
import { workFiles } from "../../generator/tree/paths.ts";
import { temporaryFolder } from "./folder.ts";
import { bases, cluster, codes, errand, everything, type Files, generate, generateElsewhere, write } from "./run.ts";

// A run with one of each: a file added, changed, deleted, a file that becomes a folder and the other way round, a
// cluster that comes and one that goes, foreign files next to them.
const foreign = { "clusters/eu1/cluster.yaml": "name: eu1\n", "overlays/eu1/old/notes.txt": "mine\n" };
const earlier = [
  bases({ "bases/a.yaml": "a\n", "bases/b.yaml": "b\n" }),
  cluster("eu1", { "overlays/eu1/old/x.yaml": "x\n", "overlays/eu1/turn": "t\n", "overlays/eu1/back/u/v.yaml": "v\n" }),
  cluster("eu2", { "overlays/eu2/deep/y.yaml": "y\n" }),
  cluster("eu3", {}),
];
const later = [
  bases({ "bases/a.yaml": "a, changed\n", "bases/b.yaml": "b\n" }),
  cluster("eu1", { "overlays/eu1/new/z.yaml": "z\n", "overlays/eu1/turn/w.yaml": "w\n", "overlays/eu1/back": "v\n" }),
  cluster("eu2", {}),
  cluster("eu3", { "overlays/eu3/y.yaml": "y\n" }),
];

function fleet(scopes = earlier): string {
  const root = temporaryFolder();
  write(root, foreign);
  expect(generate(root, earlier)).toEqual([]);
  expect(generate(root, scopes)).toEqual([]);
  return root;
}

/** The lock that a killed run leaves behind is part of what the next one has to cope with. */
function fleetWithDeadLock(): string {
  const root = fleet();
  expect(generateElsewhere(errand(root, later, { killBefore: 1 }))).toBeUndefined();
  expect(everything(root)).toEqual({ ...everything(fleet()), ".overstack.lock": "link" });
  return root;
}

function copyOf(root: string): string {
  const copy = temporaryFolder();
  cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function callsOf(root: string): string[] {
  const calls: string[] = [];
  expect(generate(copyOf(root), later, (call, path) => calls.push(`${call} ${path}`))).toEqual([]);
  return calls;
}

const withoutWorkFiles = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !workFiles.some((name) => path.startsWith(name))));

/** The next run may want the same, what was there before, or only a part; it always ends where an undisturbed one does. */
function healing(): (root: string, why: string) => void {
  const [before, after] = [everything(fleet()), everything(fleet(later))];
  return (root, why) => {
    const again = copyOf(root);
    expect(generate(again, later), why).toEqual([]);
    expect(everything(again), why).toEqual(after);

    const back = copyOf(root);
    expect(generate(back, earlier), why).toEqual([]);
    expect(everything(back), why).toEqual(before);

    const [base, eu1, ...others] = earlier;
    expect(generate(root, [eu1!]), why).toEqual([]);
    expect(generate(root, [base!, ...others]), why).toEqual([]);
    expect(everything(root), why).toEqual(before);

    for (const copy of [again, back, root]) rmSync(copy, { recursive: true });
  };
}

test("killed at any moment, the next run puts the tree right", () => {
  // The children start twice as fast when one of them has left its compiled modules.
  vi.stubEnv("NODE_COMPILE_CACHE", temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(generateElsewhere(errand(temporaryFolder(), later))).toEqual([]);

  const prepared = fleetWithDeadLock();
  const expectHealing = healing();
  const [before, after] = [everything(fleet()), everything(fleet(later))];
  const calls = callsOf(prepared);
  expect(calls.length).toBeGreaterThan(40);
  for (const [index, call] of calls.entries()) {
    const root = copyOf(prepared);
    const why = `killed before: ${call}`;
    expect(generateElsewhere(errand(root, later, { killBefore: index })), why).toBeUndefined();
    // No file is ever seen half written.
    for (const [path, text] of Object.entries(withoutWorkFiles(everything(root)))) {
      if (text !== "empty") expect([before[path], after[path]], why).toContain(text);
    }
    expectHealing(root, why);
  }
});

test("a hand edit after a killed run is still recognised", () => {
  const root = fleet();
  const calls = callsOf(root);
  const killBefore = calls.indexOf("rename bases/inventory.json");
  expect(generateElsewhere(errand(root, later, { killBefore }))).toBeUndefined();
  write(root, { "bases/a.yaml": "edited\n" });
  expect(generate(root, later)).toMatchObject([{ code: "edited-by-hand", file: "bases/a.yaml" }]);
});

test("files of several killed runs are all known", () => {
  const root = fleet();
  const between = [bases({ "bases/a.yaml": "a, otherwise\n" }), ...earlier.slice(1)];
  const killBefore = callsOf(root).indexOf("rename bases/inventory.json");
  expect(generateElsewhere(errand(root, later, { killBefore }))).toBeUndefined();
  expect(generateElsewhere(errand(root, between, { killBefore: killBefore - 1 }))).toBeUndefined();
  healing()(root, "killed twice");
});

test("a journal that cannot be read stops the run with a way out", () => {
  const root = fleet();
  write(root, { ".overstack.journal": "{" });
  expect(generate(root, later)).toMatchObject([{ code: "broken-journal", file: ".overstack.journal" }]);
  rmSync(`${root}/.overstack.journal`);
  expect(generate(root, later)).toEqual([]);
});

test("whichever call is refused, the run says so and the next one puts the tree right", () => {
  const prepared = fleetWithDeadLock();
  const untouched = everything(fleet());
  const expectHealing = healing();
  for (const [index, call] of callsOf(prepared).entries()) {
    const root = copyOf(prepared);
    let calls = 0;
    const issues = generate(root, later, () => {
      if (calls++ === index)
        throw Object.assign(new Error("refused"), { code: "ENOSPC", errno: -constants.errno.ENOSPC });
    });
    expect(codes(issues), call).toEqual(["cannot-write"]);
    expect(issues[0]!.file).toBe(call.split(" ").at(-1));
    if (issues[0]!.hint.includes("Nothing was changed"))
      expect(withoutWorkFiles(everything(root)), call).toEqual(untouched);
    expectHealing(root, `refused: ${call}`);
  }
});
