import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { constants, hostname } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Issue } from "../../generator/issues/issue.ts";
import { apply } from "../../generator/tree/apply.ts";
import { readScopes, withTargets } from "../../generator/tree/disk.ts";
import { differences, plan } from "../../generator/tree/plan.ts";
import { temporaryFolder } from "./folder.ts";
import {
  bases,
  cluster,
  codes,
  command,
  content,
  type Errand,
  errand,
  everything,
  generate,
  generateElsewhere,
  nobody,
  planFor,
  write,
} from "./run.ts";

const earlier = [bases({ "bases/a.yaml": "a\n" }), cluster("eu1", { "overlays/eu1/x/x.yaml": "x\n" })];
const later = [bases({ "bases/a.yaml": "a, changed\n" }), cluster("eu1", { "overlays/eu1/y/y.yaml": "y\n" })];

function fleet(): string {
  const root = temporaryFolder();
  expect(generate(root, earlier)).toEqual([]);
  return root;
}

/** A run in a process of its own, which permission bits bind also where the tests run as root. */
function generateAsOrdinaryUser(root: string, scopes: typeof later): readonly Issue[] {
  if (process.getuid!() === 0)
    for (const path of ["", ...readdirSync(root, { recursive: true, encoding: "utf8" })])
      chownSync(join(root, path), nobody, nobody);
  return generateElsewhere(errand(root, scopes, { ordinary: true }))!;
}

function withoutPermission(path: string, mode: number): void {
  chmodSync(path, mode);
  onTestFinished(() => chmodSync(path, 0o755));
}

test("a folder that must not be written is named before anything changes", () => {
  const root = fleet();
  const before = everything(root);
  withoutPermission(join(root, "overlays/eu1"), 0o555);
  withoutPermission(join(root, "bases"), 0o555);
  expect(generateAsOrdinaryUser(root, later)).toEqual([
    {
      code: "cannot-write",
      severity: "error",
      message: "cannot write bases: permission denied (EACCES)",
      hint: "Give the user that runs overstack the right to write there. Nothing was changed; generate again after that.",
      file: "bases",
    },
    expect.objectContaining({ message: "cannot write overlays/eu1: permission denied (EACCES)" }),
  ]);
  expect(everything(root)).toEqual(before);
});

test("a repository that must not be written stays as it is", () => {
  const root = fleet();
  const before = everything(root);
  withoutPermission(root, 0o555);
  expect(generateAsOrdinaryUser(root, later)).toMatchObject([{ code: "cannot-write", file: ".overstack.lock" }]);
  expect(everything(root)).toEqual(before);
});

test("with nothing to do, a repository that must not be written is not an obstacle", () => {
  const root = fleet();
  withoutPermission(root, 0o555);
  expect(generateAsOrdinaryUser(root, earlier)).toEqual([]);
});

test("a file that must not be read is named", () => {
  const root = fleet();
  withoutPermission(join(root, "overlays/eu1/x/x.yaml"), 0);
  expect(generateAsOrdinaryUser(root, later)).toMatchObject([
    {
      code: "cannot-read",
      message: "cannot read overlays/eu1/x/x.yaml: permission denied (EACCES)",
      hint: "Give the user that runs overstack the right to read it.",
    },
  ]);
});

test("what lies in a folder that must not be entered is named", () => {
  const root = fleet();
  withoutPermission(join(root, "overlays/eu1"), 0);
  expect(generateAsOrdinaryUser(root, later)).toMatchObject([
    { code: "cannot-read", file: "overlays/eu1/y" },
    { code: "cannot-read", file: "overlays/eu1/x" },
  ]);
});

test("a file too large to be ours is named", () => {
  const root = fleet();
  truncateSync(join(root, "overlays/eu1/x/x.yaml"), 3 * 2 ** 30);
  expect(generate(root, later)).toMatchObject([
    { code: "cannot-read", message: "cannot read overlays/eu1/x/x.yaml: the file is too large" },
  ]);
});

test("a file is not a repository", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const [issue] = generate(file, later);
  expect(issue).toMatchObject({ code: "cannot-read", message: expect.stringContaining("not a directory") });
});

test("a repository that is not there cannot be written", () => {
  const [issue] = generate(join(temporaryFolder(), "nowhere"), later);
  expect(issue).toMatchObject({ code: "cannot-write", message: expect.stringContaining("no such file or directory") });
});

test("a named pipe in place of a file is not waited for", () => {
  const root = fleet();
  rmSync(join(root, "bases/a.yaml"));
  execFileSync("mkfifo", [join(root, "bases/a.yaml")]);
  expect(generate(root, later)).toMatchObject([{ code: "special-file", file: "bases/a.yaml" }]);
});

test("a disk that is full is noticed before anything changes, and leaves nothing behind", () => {
  const { root, step } = smallDisk();
  expect(generate(root, earlier)).toEqual([]);
  const before = everything(root);
  const large = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`overlays/eu1/${i}.yaml`, "x".repeat(8192)]));
  const [issue, ...others] = generate(root, [later[0]!, cluster("eu1", large)], step);
  expect(others).toEqual([]);
  expect(issue).toMatchObject({
    code: "cannot-write",
    message: expect.stringMatching(/^cannot write overlays\/eu1\/\d+.yaml: no space left on device \(ENOSPC\)$/),
    hint: "Free some space on its file system. Nothing was changed; generate again after that.",
  });
  expect(everything(root)).toEqual(before);
  expect(generate(root, later)).toEqual([]);
});

/** A disk of 128 KiB where the tests may mount one; elsewhere a folder in which the tenth file is refused. */
function smallDisk(): { root: string; step?: (call: string) => void } {
  const root = temporaryFolder();
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=128k", "overstack-test", root]).status === 0) {
    onTestFinished(() => void execFileSync("umount", [root]));
    return { root };
  }
  let files = 0;
  const step = (call: string) => {
    if (call === "write" && ++files === 10)
      throw Object.assign(new Error(), { code: "ENOSPC", errno: -constants.errno.ENOSPC });
  };
  return { root, step };
}

test("a limit on the size of files is met like a full disk", () => {
  const root = fleet();
  const before = everything(root);
  const [node, args] = command(errand(root, [cluster("eu1", { "overlays/eu1/x/x.yaml": "x".repeat(100_000) })]));
  const { stdout } = spawnSync("sh", ["-c", 'ulimit -f 16; exec "$0" "$@"', node, ...args], { encoding: "utf8" });
  expect(JSON.parse(stdout)).toMatchObject([
    { code: "cannot-write", file: "overlays/eu1/x/x.yaml", hint: expect.stringContaining("ulimit") },
  ]);
  expect(everything(root)).toEqual(before);
});

test("a second run is refused while the first is at work, and told by whom", async () => {
  const root = fleet();
  const first = start(errand(root, later, { waitBefore: 5 }));
  await first.waiting;
  expect(
    generate(
      root,
      earlier.map((scope) => ({ ...scope, facts: 1 })),
    ),
  ).toEqual([
    {
      code: "locked",
      severity: "error",
      message: `another run is writing to this repository: process ${first.pid} on ${hostname()}`,
      hint: "Wait until it has ended, then generate again. If there is no such process any more, delete .overstack.lock.",
      file: ".overstack.lock",
    },
  ]);
  first.goOn();
  expect(await first.issues).toEqual([]);
  expect(content(root)).toEqual({ "bases/a.yaml": "a, changed\n", "overlays/eu1/y/y.yaml": "y\n" });
});

test("many runs at once leave a complete tree", async () => {
  const root = fleet();
  const runs = [later, earlier, later, earlier].map((scopes) => start(errand(root, scopes)));
  for (const issues of await Promise.all(runs.map((run) => run.issues))) {
    for (const { code } of issues) expect(["locked", "changed-meanwhile"]).toContain(code);
  }
  const undisturbed = fleet();
  expect(generate(root, later)).toEqual([]);
  expect(generate(undisturbed, later)).toEqual([]);
  expect(everything(root)).toEqual(everything(undisturbed));
});

test("runs that find the same dead lock take it over one at a time", async () => {
  const root = fleet();
  expect(generateElsewhere(errand(root, later, { killBefore: 4 }))).toBeUndefined();
  const first = start(errand(root, later, { waitBefore: 2 }));
  await first.waiting;
  expect(readdirSync(root)).toContain(".overstack.lock.next");
  expect(generate(root, later)).toMatchObject([{ code: "locked", file: ".overstack.lock.next" }]);
  first.goOn();
  expect(await first.issues).toEqual([]);
  expect(generate(root, later)).toEqual([]);
  expect(Object.keys(everything(root)).filter((path) => path.startsWith("."))).toEqual([]);
});

test("the lock of another machine is respected", () => {
  const root = fleet();
  symlinkSync("1@another-host", join(root, ".overstack.lock"));
  expect(generate(root, later)).toMatchObject([
    { code: "locked", message: expect.stringContaining("process 1 on another-host") },
  ]);
  expect(readlinkSync(join(root, ".overstack.lock"))).toBe("1@another-host");
});

test("a lock that is not one of ours is respected", () => {
  const root = fleet();
  mkdirSync(join(root, ".overstack.lock"));
  expect(generate(root, later)).toMatchObject([
    { code: "locked", message: expect.stringContaining("does not say who it is") },
  ]);
});

test("a file changed between plan and apply is not overwritten", () => {
  const root = fleet();
  const planned = planFor(root, later);
  write(root, { "bases/a.yaml": "edited just now\n" });
  expect(apply(root, planned)).toMatchObject([{ code: "changed-meanwhile", file: "bases/a.yaml" }]);
  expect(content(root)).toEqual({ "bases/a.yaml": "edited just now\n", "overlays/eu1/x/x.yaml": "x\n" });
});

test("a plan that only brings a lost file back is refused too, when another run came between", () => {
  const root = fleet();
  rmSync(join(root, "overlays/eu1/x/x.yaml"));
  const planned = planFor(root, earlier);
  expect(generate(root, later)).toEqual([]);
  expect(codes(apply(root, planned))).toContain("changed-meanwhile");
  expect(content(root)).toEqual({ "bases/a.yaml": "a, changed\n", "overlays/eu1/y/y.yaml": "y\n" });
});

test("files that another run writes while we read are not taken for edits", () => {
  const root = fleet();
  const begun = readScopes(
    root,
    earlier.map(({ inventory }) => inventory),
  );
  expect(generate(root, later)).toEqual([]);
  expect(codes(plan(withTargets(begun, earlier), earlier).issues)).toEqual(["changed-meanwhile", "changed-meanwhile"]);
});

test("a plan older than another run is refused", () => {
  const root = fleet();
  const planned = planFor(root, later);
  expect(generate(root, [cluster("eu1", { "overlays/eu1/z.yaml": "z\n" })])).toEqual([]);
  expect(codes(apply(root, planned))).toContain("changed-meanwhile");
  expect(differences(planFor(root, later)).deleted).toEqual(["overlays/eu1/z.yaml"]);
});

test("what is not a refusal of the system is thrown, with the lock given back", () => {
  const root = fleet();
  const bug = () =>
    generate(root, later, (call) => {
      if (call === "rename") throw new TypeError("a bug");
    });
  expect(bug).toThrow("a bug");
  expect(Object.keys(everything(root))).not.toContain(".overstack.lock");
  expect(generate(root, later)).toEqual([]);
});

interface Run {
  readonly pid: number;
  readonly waiting: Promise<void>;
  readonly issues: Promise<readonly Issue[]>;
  goOn(): void;
}

function start(wanted: Errand): Run {
  const child = spawn(...command(wanted), { stdio: "pipe" });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return {
    pid: child.pid!,
    waiting: new Promise((resolve) => child.stderr.once("data", () => resolve())),
    issues: new Promise((resolve, reject) =>
      child.once("close", () => (output === "" ? reject(new Error("no output")) : resolve(JSON.parse(output)))),
    ),
    goOn: () => child.stdin.end("\n"),
  };
}
