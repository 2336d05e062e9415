import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIdentity } from "../../generator/sops/keys.ts";
import { isWorkFile } from "../../generator/tree/paths.ts";
import { installPackages } from "../tools/debian.ts";
import { filesIn } from "../whose-files/fleet.ts";
import { smallCluster, workplace } from "./program.ts";

/* Decision 22: a command that the system kills at a system call, of its own or of git's, loses nothing, and the next one heals. */

const { identity, recipient } = await newIdentity();
const cluster = "clusters/eu1/cluster.yaml";
const foreign = { "notes.txt": "staged, and nobody's but mine\n", "clusters/eu1/notes.md": "mine\n" };

type Place = ReturnType<typeof workplace>;
const complete = workplace(undefined, afterAll);
beforeAll(() => {
  installPackages({ strace: "strace" });
  complete.must("new fleet fleet");
  complete.write(cluster, `release: "2025.2"\n${smallCluster([recipient])}`);
  for (const line of ["secrets create eu1", "generate", "commit"]) complete.must(line);
  for (const [path, text] of Object.entries(foreign)) complete.write(path, text);
  complete.git("add", "notes.txt");
}, 120_000);

interface Killed {
  readonly line: string;
  /** The calls that change a file system and that this command, or git for it, makes. */
  readonly calls: readonly string[];
  readonly prepare: (place: Place) => void;
  /** What an undisturbed run ends with, and one that was killed and run again. */
  readonly expected: (place: Place) => unknown;
}

/** Without Secrets, each of which is another text each time that it is encrypted. */
const tree = ({ root }: Place) =>
  Object.fromEntries(Object.entries(filesIn(root)).filter(([path]) => !/\/secrets\/[^/]+\/[^/]+\.yaml$/.test(path)));
const secrets = (place: Place) => [
  Object.keys(filesIn(place.root)),
  place.run("secrets check eu1", { key: identity }).status,
];

const commands: readonly Killed[] = [
  {
    line: "generate",
    calls: ["rename", "unlink", "rmdir", "mkdir", "symlink"],
    prepare: ({ edit }) => edit(cluster, (text) => text.replace("2025.2", "2026.1")),
    expected: (place) => [tree(place), place.run("generate --check").status],
  },
  {
    line: "secrets create eu1",
    calls: ["rename", "fsync", "mkdir", "unlink"],
    prepare: ({ edit }) => edit(cluster, (text) => `${text}  placement-two:\n`),
    expected: secrets,
  },
  {
    line: "secrets rotate eu1 placement",
    calls: ["rename", "fsync", "mkdir", "unlink"],
    prepare: () => {},
    expected: (place) => [secrets(place), place.read(cluster)],
  },
  {
    line: "commit",
    calls: ["rename", "unlink", "symlink", "mkdir"],
    prepare({ edit, must }) {
      edit(cluster, (text) => text.replace("api: 3", "api: 5"));
      must("generate");
    },
    // A commit that no branch got to know of dangles, and is Git's to collect.
    expected: ({ git }) => [
      git("rev-parse", "HEAD^{tree}"),
      git("diff", "--cached", "--name-only"),
      git("fsck", "--no-dangling"),
    ],
  },
];

/** Runs the program under strace(1), which kills whoever makes the call for the n-th time. */
function killedAt(place: Place, line: string, call: string, when: number): boolean {
  const trace = join(place.folder, "trace");
  const under = ["strace", "-f", "-q", "-o", trace, "-e", `trace=${call}`];
  place.run(line, { under: [...under, "-e", `inject=${call}:signal=KILL:when=${when}`] });
  return readFileSync(trace, "utf8").includes("killed by SIGKILL");
}

/** Runs the line once more. What may stand in its way is what a person has to judge, or that it had been done. */
function again(place: Place, line: string): void {
  const { status, stderr } = place.run(line);
  if (status === 0) return;
  const lock = join(place.root, ".git/index.lock");
  if (line === "commit" && existsSync(lock)) {
    // Of a git that was killed; only a person can know that it is not one that waits for an editor.
    expect(stderr).toContain("another git command is at work: .git/index.lock is there");
    rmSync(lock);
    place.must(line);
  } else
    expect([line, stderr]).toEqual([
      expect.stringContaining("rotate"),
      expect.stringContaining("is not committed yet"),
    ]);
}

test.each(commands)(
  "killed at a system call, $line loses nothing and is done by the next one",
  async ({ line, calls, prepare, expected }) => {
    const undisturbed = workplace(complete.root);
    prepare(undisturbed);
    undisturbed.must(line);
    const wanted = expected(undisturbed);
    let kills = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...calls),
        fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 40 })),
        async (call, count) => {
          let remove = () => {};
          const place = workplace(complete.root, (whenDone) => {
            remove = whenDone;
          });
          try {
            prepare(place);
            const before = filesIn(place.root);
            if (killedAt(place, line, call, count + 1)) kills++;
            const after = filesIn(place.root);
            for (const path of Object.keys(before).filter((each) => isTheirs(each, line)))
              expect(after[path], `${path}, ${line} killed at ${call} ${count + 1}`).toBe(before[path]);
            again(place, line);
            expect(expected(place), `${line}, killed at ${call} ${count + 1}`).toEqual(wanted);
            expect(Object.keys(filesIn(place.root)).filter(isWorkFile)).toEqual([]);
          } finally {
            remove();
          }
        },
      ),
      // The first file of a folder that is removed as a whole.
      { numRuns: Number(process.env.OVERSTACK_LAWS_RUNS ?? 3), examples: [["unlink", 0]] },
    );
    expect(kills).toBeGreaterThan(0);
  },
  1_200_000,
);

test("a cluster.yaml and Secrets are on the device before they take their names", () => {
  const place = workplace(complete.root);
  const trace = join(place.folder, "trace");
  place.must("secrets rotate eu1 placement", {
    under: ["strace", "-f", "-q", "-y", "-o", trace, "-e", "trace=fsync,rename"],
  });
  const synced = new Set<string>();
  const named: string[] = [];
  for (const line of readFileSync(trace, "utf8").split("\n")) {
    const [, file] = / fsync\(\d+<([^>]*)>\) += 0/.exec(line) ?? [];
    if (file !== undefined) synced.add(basename(file));
    const [, from, to] = / rename\("([^"]*)", "([^"]*)"\) += 0/.exec(line) ?? [];
    if (to === undefined || !/\/(?:cluster|placement[^/]*)\.yaml$/.test(to)) continue;
    expect(synced, `${to} is renamed`).toContain(basename(from!));
    named.push(basename(to));
  }
  expect(named).toContain("cluster.yaml");
  expect(named.length).toBeGreaterThan(1);
});

/** What nobody but people writes, and Secrets that are there; a cluster.yaml may have taken the step of a rotation. */
const isTheirs = (path: string, line: string): boolean =>
  path in foreign ||
  path === "README.md" ||
  /\/secrets\/[^/]+\/[^/]+\.yaml$/.test(path) ||
  (path === cluster && !line.includes("rotate"));
