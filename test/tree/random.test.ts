import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hasErrors } from "../../generator/issues/issue.ts";
import { foldersAbove } from "../../generator/tree/paths.ts";
import { differences } from "../../generator/tree/plan.ts";
import type { Scope } from "../../generator/tree/tree.ts";
import { bases, cluster, content, everything, type Files, generate, planFor, write } from "./run.ts";

const name = fc.constantFrom("a", "b", "c", "d.yaml");
const text = fc.string({ maxLength: 8 }).map((line) => `${line}\n`);

/** Random files below a folder; of a file and a folder of the same name, the file stays. */
const files = (folder: string): fc.Arbitrary<Files> =>
  fc
    .dictionary(
      fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => [folder, ...names].join("/")),
      text,
      { maxKeys: 8 },
    )
    .map((tree) =>
      Object.fromEntries(
        Object.entries(tree).filter(([path]) => ![...foldersAbove([path])].some((above) => above in tree)),
      ),
    );

const scopes: fc.Arbitrary<Scope[]> = fc
  .tuple(files("bases"), files("overlays/eu1"), files("overlays/eu2"))
  .map(([base, eu1, eu2]) => [bases(base), cluster("eu1", eu1), cluster("eu2", eu2)]);
const foreign = fc
  .tuple(files("bases"), files("overlays/eu1"), files("clusters/eu1"), files("notes"))
  .map((trees): Files => Object.assign({}, ...trees));

const wantedFiles = (wanted: readonly Scope[]): Files =>
  Object.assign({}, ...wanted.map((scope) => Object.fromEntries(scope.files)));

/** True when the two paths cannot both be files, or are one. */
const collide = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

test("whatever was there, a run leaves what is wanted and what is foreign, or refuses and changes nothing", () => {
  fc.assert(
    fc.property(scopes, scopes, foreign, (earlier, later, strangers) => {
      const root = mkdtempSync(join(tmpdir(), "overstack-random-"));
      try {
        expect(generate(root, earlier)).toEqual([]);
        const ours = Object.keys(everything(root));
        const kept = Object.fromEntries(
          Object.entries(strangers).filter(([path]) => !ours.some((own) => collide(own, path))),
        );
        write(root, kept);
        const before = everything(root);

        const wanted = wantedFiles(later);
        const collision = Object.entries(kept).some(([path, said]) =>
          Object.entries(wanted).some(
            ([target, saying]) => collide(target, path) && (target !== path || said !== saying),
          ),
        );
        const issues = generate(root, later);
        expect(hasErrors(issues)).toBe(collision);
        if (collision) expect(everything(root)).toEqual(before);
        else {
          expect(content(root)).toEqual({ ...wanted, ...kept });
          expect(differences(planFor(root, later))).toEqual({ added: [], changed: [], deleted: [] });
        }
      } finally {
        rmSync(root, { recursive: true });
      }
    }),
    { numRuns: 150 },
  );
});

test("the same files in another order make the same tree", () => {
  fc.assert(
    fc.property(scopes, (wanted) => {
      const roots = [
        wanted,
        wanted.toReversed().map((scope) => ({ ...scope, files: new Map([...scope.files].reverse()) })),
      ].map((order) => {
        const root = mkdtempSync(join(tmpdir(), "overstack-random-"));
        expect(generate(root, order)).toEqual([]);
        const found = everything(root);
        rmSync(root, { recursive: true });
        return found;
      });
      expect(roots[0]).toEqual(roots[1]);
    }),
    { numRuns: 30 },
  );
});
