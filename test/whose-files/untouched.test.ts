import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Result } from "../../generator/cli/command.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { newIdentity } from "../../generator/sops/keys.ts";
import { isWorkFile } from "../../generator/tree/paths.ts";
import { git, isolateGit } from "../git/folders.ts";
import { type Accident, accidents } from "./accidents.ts";
import {
  type CommandName,
  commands,
  committedClusters,
  copyOf,
  type Files,
  filesIn,
  freshly,
  isRecord,
  makeFleet,
  newPlace,
  type Place,
  remove,
} from "./fleet.ts";

/* Decision 22, for whole commands: whatever has happened to a checkout, what people wrote stays as it is. */

isolateGit();
const { recipient } = await newIdentity();
const prepared = newPlace();
afterAll(() => remove(prepared));

/** One history: what has happened, and the texts that Overstack has written in it. */
interface History {
  readonly place: Place;
  readonly written: Set<string>;
  readonly told: string[];
}

const entry = (path: string, text: string): string => `${path}\0${text}`;

async function run(history: History, name: CommandName): Promise<void> {
  const { place, written, told } = history;
  const { root, outside } = place;
  const [before, elsewhere, known] = [filesIn(root), filesIn(outside), committedClusters(root)];
  const result = await commands[name](root);
  told.push(`${name} (${outcome(result)})`);
  const after = filesIn(root);
  const why = told.join("; ");

  expect(filesIn(outside), why).toEqual(elsewhere);
  for (const [path, text] of Object.entries(before))
    if (after[path] !== text && !isWorkFile(path)) {
      if (name === "rotate" && path === "clusters/eu1/cluster.yaml")
        expect(withoutCredentials(after[path] ?? ""), why).toBe(withoutCredentials(text));
      else if (!name.startsWith("generate") || !(isRecord(path, text) || written.has(entry(path, text))))
        throw new Error(`${path} was ${path in after ? "changed" : "removed"}: ${why}`);
    }
  for (const [path, text] of Object.entries(after))
    if (before[path] !== text && isGenerated(path)) written.add(entry(path, text));

  const left = committedClusters(root);
  expect(left, why).toEqual(known);
  for (const cluster of known)
    if (name.startsWith("generate") && has(before, cluster))
      expect(has(after, cluster), `${cluster}: ${why}`).toBe(true);
  if (name.startsWith("check") && result.exit === 0 && !failed(result))
    expectFresh(after, written, why, name === "check" ? undefined : "eu1");
  if (name === "commit" && !failed(result) && (result.data as { commit: unknown }).commit !== null)
    expectCloneIsFresh(root, written, why);
}

const has = (files: Files, cluster: string): boolean =>
  Object.keys(files).some((path) => path.startsWith(`overlays/${cluster}/keystone/`));
const failed = ({ issues = [] }: Result): boolean => hasErrors(issues);
const outcome = (result: Result): string =>
  failed(result) ? result.issues!.map(({ code }) => code).join() : `exit ${result.exit ?? 0}`;
const withoutCredentials = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !/credentials:|database: \{ gen/.test(line))
    .join("\n");

/** Of one cluster alone where it is named. */
function expectFresh(files: Files, written: ReadonlySet<string>, why: string, only?: string): void {
  const wanted = freshly(files);
  const counts = (path: string) =>
    only === undefined || path.startsWith(`overlays/${only}/`) || path.startsWith(`clusters/${only}/`);
  for (const [path, text] of Object.entries(wanted))
    if (counts(path) && files[path] !== text) throw new Error(`${path} is not as generated: ${why}`);
  for (const [path, text] of Object.entries(files))
    if (counts(path) && !(path in wanted) && written.has(entry(path, text)))
      throw new Error(`${path} is left over: ${why}`);
}

/** Secrets are made once, and are nobody's leftovers. */
const isGenerated = (path: string): boolean =>
  !isWorkFile(path) && !/\/secrets\/[^/]+\/[^/]+$|cluster\.yaml$/.test(path);

function expectCloneIsFresh(root: string, written: ReadonlySet<string>, why: string): void {
  const clone = newPlace();
  try {
    git(root, "clone", "--quiet", "--no-hardlinks", ".", join(clone.root, "clone"));
    expectFresh(filesIn(join(clone.root, "clone")), written, `in a clone: ${why}`);
  } finally {
    remove(clone);
  }
}

const commandNames = Object.keys(commands) as CommandName[];
const event: fc.Arbitrary<Accident | CommandName> = fc.oneof(accidents, fc.constantFrom(...commandNames));
const end: fc.Arbitrary<CommandName[]> = fc.constantFrom(["check", "commit"], ["generate", "check", "commit"]);
/** Something happens first; each history ends with a look at what came of it. */
const histories = fc.tuple(fc.boolean(), accidents, fc.array(event, { maxLength: 5 }), end);

test("whatever happens to a checkout, what people wrote stays, and no check says that all is well when it is not", async () => {
  await makeFleet(prepared, recipient);
  const generated = Object.entries(freshly(filesIn(prepared.root)));
  await fc.assert(
    fc.asyncProperty(histories, async ([linked, first, events, last]) => {
      const written = new Set(generated.map(([path, text]) => entry(path, text)));
      const history: History = {
        place: copyOf(prepared, linked),
        written,
        told: linked ? ["in a linked work tree"] : [],
      };
      try {
        for (const each of [first, ...events, ...last])
          if (typeof each === "string") await run(history, each);
          else {
            history.told.push(each.what);
            each.happen(history.place);
          }
      } finally {
        remove(history.place);
      }
    }),
    { numRuns: Number(process.env.OVERSTACK_LAWS_RUNS ?? 20) },
  );
}, 3_600_000);
