import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hasErrors } from "../../generator/issues/issue.ts";
import { digest } from "../../generator/tree/inventory.ts";
import { isWorkFile } from "../../generator/tree/paths.ts";
import { bases, cluster, everything, type Files, generate, write } from "./run.ts";

// What came with the repository, or was left by somebody, says whatever it wants: inventories, journals, work files, links.

const earlier = [
  bases({ "bases/r/a.yaml": "a\n" }),
  cluster("eu1", { "overlays/eu1/x/x.yaml": "x\n", "clusters/eu1/flux/root.yaml": "root\n" }),
];
const later = [
  bases({ "bases/r/b.yaml": "b\n" }),
  cluster("eu1", { "overlays/eu1/y/y.yaml": "y\n", "clusters/eu1/flux/root.yaml": "other\n" }),
];

/** Nobody but people writes these. */
const foreign: Files = {
  "README.md": "mine\n",
  ".github/workflows/ci.yml": "mine too\n",
  "clusters/eu1/cluster.yaml": "name: eu1\n",
  "clusters/eu1/notes.md": "notes\n",
  "clusters/lab/cluster.yaml": "name: lab\n",
  "clusters/lab/inventory.json": '{"files":{}}\n',
  "overlays/lab/x/x.yaml": "of another cluster\n",
  "overlays/eu1/secrets/openstack/glance-database.yaml": "ENC\n",
  "overlays/eu1/secrets/openstack/notes.txt": "hand-written\n",
};
const victims = Object.keys(foreign);
const inventories = ["clusters/eu1/inventory.json", "bases/inventory.json"];
const workFiles = [".overstack.journal", ".overstack.lock", ".overstack.staging", ".overstack.pending"];

type Forgery =
  | { readonly kind: "claim"; readonly inventory: string; readonly path: string }
  | { readonly kind: "journal"; readonly inventory: string; readonly path: string }
  | { readonly kind: "text"; readonly path: string; readonly text: string }
  | { readonly kind: "link"; readonly path: string; readonly to: string };

const odd = fc.constantFrom(
  "",
  "{",
  "null",
  "[]",
  '{"files":{}}',
  '{"files":{"x":1}}',
  '{"files":null}',
  "<<<<<<< HEAD\n",
);
const said: fc.Arbitrary<Forgery> = fc.oneof(
  fc.record({
    kind: fc.constant("claim" as const),
    inventory: fc.constantFrom(...inventories),
    path: fc.constantFrom(...victims.filter((path) => !path.endsWith("notes.txt"))),
  }),
  fc.record({
    kind: fc.constant("journal" as const),
    inventory: fc.constantFrom(...inventories, "clusters/lab/inventory.json", "README.md"),
    path: fc.constantFrom(...victims.filter((path) => !path.endsWith("notes.txt"))),
  }),
  fc.record({ kind: fc.constant("text" as const), path: fc.constantFrom(...inventories, ...workFiles), text: odd }),
);
const link: fc.Arbitrary<Forgery> = fc.record({
  kind: fc.constant("link" as const),
  path: fc.constantFrom(...inventories, ...workFiles, "overlays/eu1", "overlays/eu1/y", "bases", "clusters/eu1/flux"),
  to: fc.constantFrom("outside/victim.txt", "outside", "README.md", "clusters/eu1/cluster.yaml"),
});

function forge(root: string, outside: string, forged: Forgery): void {
  const target = "path" in forged ? join(root, forged.path) : "";
  switch (forged.kind) {
    case "claim": {
      const file = join(root, forged.inventory);
      const record = parsed(file);
      if (record === undefined) return;
      const files = { ...record.files, [forged.path]: digest(foreign[forged.path]!) };
      writeFileSync(file, JSON.stringify({ ...record, files }));
      return;
    }
    case "journal":
      rmSync(join(root, ".overstack.journal"), { recursive: true, force: true });
      write(root, {
        ".overstack.journal": JSON.stringify({
          [forged.inventory]: { [forged.path]: [digest(foreign[forged.path]!)] },
        }),
      });
      return;
    case "text":
      rmSync(target, { recursive: true, force: true });
      writeFileSync(target, forged.text);
      return;
    case "link":
      rmSync(target, { recursive: true, force: true });
      symlinkSync(
        forged.to.startsWith("outside") ? join(outside, forged.to.slice("outside/".length)) : join(root, forged.to),
        target,
      );
  }
}

function parsed(file: string): { files?: object } | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null ? (value as { files?: object }) : undefined;
  } catch {
    return undefined;
  }
}

const pick = (root: string, paths: readonly string[]): Files => {
  const all = everything(root);
  return Object.fromEntries(paths.map((path) => [path, all[path] ?? "gone"]));
};

test("nothing that overstack did not write is touched, whatever is forged", () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 3 }), fc.option(link, { nil: undefined }), (texts, linked) => {
      const root = mkdtempSync(join(tmpdir(), "overstack-forged-"));
      const outside = mkdtempSync(join(tmpdir(), "overstack-outside-"));
      try {
        write(outside, { "victim.txt": "not of the fleet\n" });
        expect(generate(root, earlier)).toEqual([]);
        write(root, foreign);
        for (const forged of linked === undefined ? texts : [...texts, linked]) forge(root, outside, forged);
        // A link in place of a folder hides what people had there; what is left is still theirs.
        const mine = pick(root, victims);
        const before = everything(root);
        const issues = generate(root, later);
        expect(pick(root, victims)).toEqual(mine);
        expect(everything(outside)).toEqual({ "victim.txt": "not of the fleet\n" });
        if (hasErrors(issues)) expect(withoutWork(everything(root))).toEqual(withoutWork(before));
        else expect(everything(root)).toMatchObject({ "overlays/eu1/y/y.yaml": "y\n", "bases/r/b.yaml": "b\n" });
      } finally {
        rmSync(root, { recursive: true });
        rmSync(outside, { recursive: true });
      }
    }),
    { numRuns: 200 },
  );
});

const withoutWork = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !isWorkFile(path)));

test("an edit that is made while files are put in place is never lost", () => {
  const edited = "edited meanwhile\n";
  const targets = ["overlays/eu1/x/x.yaml", "clusters/eu1/flux/root.yaml", "bases/r/a.yaml", "overlays/eu1/y/y.yaml"];
  const count = callsOf();
  for (const path of targets)
    for (let at = 0; at < count; at++) {
      const root = mkdtempSync(join(tmpdir(), "overstack-edit-"));
      expect(generate(root, earlier)).toEqual([]);
      let calls = 0;
      const before = everything(root)[path];
      let done = false;
      const issues = generate(root, later, () => {
        // Of what the run has changed already nobody loses an edit: it is another file then.
        if (calls++ !== at || everything(root)[path] !== before) return;
        done = true;
        mkdirSync(join(root, path, ".."), { recursive: true });
        writeFileSync(join(root, path), edited);
      });
      const why = `${path} edited before call ${at}`;
      if (done) {
        expect(everything(root)[path], why).toBe(edited);
        const next = generate(root, later);
        expect(
          [...issues, ...next].some(({ file }) => file === path),
          why,
        ).toBe(true);
        expect(everything(root)[path], why).toBe(edited);
      } else expect(issues, why).toEqual([]);
      rmSync(root, { recursive: true });
    }
});

function callsOf(): number {
  const root = mkdtempSync(join(tmpdir(), "overstack-edit-"));
  let calls = 0;
  expect(generate(root, earlier)).toEqual([]);
  expect(generate(root, later, () => calls++)).toEqual([]);
  rmSync(root, { recursive: true });
  return calls;
}
