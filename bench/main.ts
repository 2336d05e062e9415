import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { digest } from "../generator/tree/inventory.ts";
import { kustomizeBuild } from "../test/tools/kustomize.ts";

/*
 * How fast the generator is, as ratios within one run: seconds of one machine say little about another. Works on tmpfs,
 * because disks scatter tenfold. `npm run bench` prints a table and fails when an expectation does; `-- --write` keeps it
 * in docs/speed.md.
 */
const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "overstack-bench-"));
/** As it is installed: `npm run build` has made it. */
const program = resolve("dist/cli/main.js");

interface Run {
  readonly seconds: number;
  /** Peak resident memory. */
  readonly megabytes: number;
}
interface Row {
  readonly what: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

/** Runs the real program; `clean` takes away what an earlier run left in the fleet. */
function generate(fleet: string, clean = false, environment: Readonly<Record<string, string>> = {}): Run {
  if (clean)
    for (const path of [
      "bases",
      "overlays",
      ".git",
      "clusters/schema.json",
      ...globSync("clusters/*/{flux,argocd,inventory.json}", { cwd: fleet }),
    ])
      rmSync(join(fleet, path), { recursive: true, force: true });
  // What a run remembers lies there.
  mkdirSync(join(fleet, ".git"), { recursive: true });
  const started = performance.now();
  const probe = 'process.on("exit", () => process.stderr.write(`\\nRSS ${process.resourceUsage().maxRSS}`))';
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(probe)}`, program, "-C", fleet, "generate"],
    { encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, ...environment } },
  );
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(stderr);
  return { seconds, megabytes: Number(/RSS (\d+)/.exec(stderr)![1]) / 1024 };
}

/** A fleet of production clusters; every tenth has a database of its own, an option, or another release. */
function fleetOf(size: number): string {
  const fleet = join(root, `fleet-${size}`);
  for (let index = 0; index < size; index++) {
    const name = `c${String(index).padStart(4, "0")}`;
    const dedicated = index % 30 === 0 ? ", dedicated: [database]" : "";
    const option = index % 30 === 10 ? ", config: { glance-api.conf: { DEFAULT: { image_member_quota: 256 } } }" : "";
    const text = `name: ${name}
domain: ${name}.example.org
region: ${name}
${index % 30 === 20 ? 'release: "2025.2"\n' : ""}delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { issuer: { name: letsencrypt } } }
infrastructure: { mariadb: { backup: none } }
services:
  keystone: {}
  placement: {}
  glance: { stores: { main: { type: rbd, monitors: [10.0.0.1], secret: ceph } }${dedicated}${option} }
`;
    mkdirSync(join(fleet, "clusters", name), { recursive: true });
    writeFileSync(join(fleet, "clusters", name, "cluster.yaml"), text);
  }
  return fleet;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const repeat = (times: number, run: () => Run): number => median(Array.from({ length: times }, () => run().seconds));
const seconds = (value: number): string => `${value.toFixed(2)} s`;

function measure(): Row[] {
  const rows: Row[] = [];
  const expect = (what: string, expected: string, seen: string, ok: boolean) => {
    rows.push({ what, expected, seen, ok });
    process.stderr.write(`${ok ? "ok    " : "FAILED"} ${what}: ${seen} (expected ${expected})\n`);
  };
  const one = fleetOf(1);
  const first = generate(one, true, { XDG_CACHE_HOME: join(root, "cache") }).seconds;
  const cold = repeat(5, () => generate(one, true));
  expect("one cluster, cold", "at most 1 s", seconds(cold), cold <= 1);
  expect(
    "the same, first run of an installation",
    "at most 3 times",
    `${(first / cold).toFixed(2)} times (${seconds(first)})`,
    first <= 3 * cold,
  );

  const example = join(root, "example");
  for (const file of globSync("clusters/*/cluster.yaml")) cpSync(file, join(example, file));
  const fleet = repeat(5, () => generate(example, true));
  expect("the example fleet, cold", "at most 1.5 s", seconds(fleet), fleet <= 1.5);

  const ten = fleetOf(10);
  const small = repeat(3, () => generate(ten, true));
  const thousand = fleetOf(1000);
  const large = generate(thousand, true);
  const copies = [1, 2, 3].map(() => {
    const copy = join(root, "copy");
    const started = performance.now();
    execFileSync("cp", ["-r", thousand, copy]);
    const taken = (performance.now() - started) / 1000;
    rmSync(copy, { recursive: true });
    return taken;
  });
  const copy = median(copies);
  const files = globSync("**/*", { cwd: thousand, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  expect(
    `1,000 clusters (${files} files) against cp -r of the same tree`,
    "at most 3 times",
    `${(large.seconds / copy).toFixed(2)} times (${seconds(large.seconds)}, ${seconds(copy)})`,
    large.seconds <= 3 * copy,
  );
  expect("memory for 1,000 clusters", "under 1 GB", `${large.megabytes.toFixed(0)} MB`, large.megabytes < 1000);
  const each = (large.seconds - small) / 990;
  const hundred = repeat(3, () => generate(fleetOf(100), true));
  const earlier = (hundred - small) / 90;
  expect(
    "a further cluster, from 100 to 1,000 against from 10 to 100",
    "linear: at most 1.5 times",
    `${((large.seconds - hundred) / 900 / earlier).toFixed(2)} times (${(each * 1000).toFixed(1)} ms)`,
    (large.seconds - hundred) / 900 <= 1.5 * earlier,
  );
  const idle = repeat(3, () => generate(thousand));
  expect(
    "1,000 clusters, nothing to do",
    "at most half of a full run",
    `${(idle / large.seconds).toFixed(2)} (${seconds(idle)})`,
    idle <= large.seconds / 2,
  );
  appendFileSync(join(thousand, "clusters/c0500/cluster.yaml"), "zones: [a, b, c]\n");
  const edit = generate(thousand).seconds;
  expect(
    "1,000 clusters, one of them edited",
    "at most half of a full run",
    `${(edit / large.seconds).toFixed(2)} (${seconds(edit)})`,
    edit <= large.seconds / 2,
  );

  for (const [what, { seconds: taken, ratio, characters }] of Object.entries(diffs(thousand))) {
    expect(
      `diff: ${what}, for 1,000 clusters`,
      "at most 10 s",
      `${seconds(taken)}, ${ratio} times git diff`,
      taken <= 10,
    );
    expect(`the same in a comment`, "at most 65,536 characters", String(characters), characters <= 65_536);
  }

  const builds = globSync("overlays/*/*/kustomization.yaml").map((file) => {
    const started = performance.now();
    kustomizeBuild(dirname(file));
    return [(performance.now() - started) / 1000, dirname(file)] as const;
  });
  const [slowest, which] = builds.sort((a, b) => b[0] - a[0])[0]!;
  expect(
    `kustomize build of ${builds.length} overlays, the slowest (${which})`,
    "at most 0.3 s",
    seconds(slowest),
    slowest <= 0.3,
  );
  return rows;
}

interface Diffed {
  readonly seconds: number;
  /** To `git diff` of the same tree. */
  readonly ratio: string;
  /** Of the markdown. */
  readonly characters: number;
}

/** One base line that another version of Overstack wrote, and one option in the cluster.yaml of each cluster. */
function diffs(fleet: string): Record<string, Diffed> {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      cwd: fleet,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
  const [base, inventory] = ["bases/2026.1/keystone/run/deployment-keystone-api.yaml", "bases/inventory.json"].map(
    (path) => ({ path: join(fleet, path), text: readFileSync(join(fleet, path), "utf8") }),
  );
  const earlier = base!.text.replace(/terminationGracePeriodSeconds: \d+/, "terminationGracePeriodSeconds: 76");
  writeFileSync(base!.path, earlier);
  writeFileSync(inventory!.path, inventory!.text.replace(digest(base!.text), digest(earlier)));
  rmSync(join(fleet, ".git"), { recursive: true });
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "any");
  for (const { path, text } of [base!, inventory!]) writeFileSync(path, text);
  const ofBase = diffed(fleet, git);
  git("add", "--all");
  git("commit", "--quiet", "--message", "any");
  for (const file of globSync("clusters/*/cluster.yaml", { cwd: fleet })) {
    const text = readFileSync(join(fleet, file), "utf8");
    writeFileSync(join(fleet, file), text.replace("keystone: {}", "keystone: { tokens: { expiration: 7200 } }"));
  }
  return { "one base line": ofBase, "one option": diffed(fleet, git) };
}

function diffed(fleet: string, git: (...args: string[]) => string): Diffed {
  const started = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, "-C", fleet, "-o", "markdown", "diff"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 3) throw new Error(stderr);
  const between = performance.now();
  git("diff", "HEAD");
  const [own, theirs] = [between - started, performance.now() - between];
  return { seconds: own / 1000, ratio: (own / theirs).toFixed(1), characters: stdout.length };
}

const table = (rows: readonly Row[]): string =>
  [
    "| what | expected | seen | |",
    "|---|---|---|---|",
    ...rows.map(({ what, expected, seen, ok }) => `| ${what} | ${expected} | ${seen} | ${ok ? "ok" : "**missed**"} |`),
  ].join("\n");

try {
  const rows = measure();
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const machine = `Overstack ${version}, Node ${process.version}, ${cpus().length} processors (${cpus()[0]?.model.trim()}), tmpfs, ${new Date().toISOString().slice(0, 10)}.`;
  const text = `# Speed

Measured by \`npm run bench\`, which builds the program as it is installed, and fails when an expectation does. Ratios hold within
one run; seconds are this machine's.

${table(rows)}

${machine}

Why it is as fast as it is: clusters that differ in name, domain and region alone share a template: it is rendered once, and their
names are filled in. Where their texts differ in these lines alone, they are not parsed either. What a run has seen is remembered in the folder of the fleet, so that nothing is rendered when nothing has
changed. What Node has compiled is kept in the user's cache folder (\`~/.cache/overstack/compiled\`), which may be deleted at any
time. Files are written synchronously, each once. Most of what is left is the file system's.
`;
  if (process.argv.includes("--write")) writeFileSync("docs/speed.md", text);
  else process.stdout.write(text);
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
