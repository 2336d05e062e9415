import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deliveryUrl } from "../../generator/base/remote.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { formatIssue } from "../../generator/issues/issue.ts";
import { clusterText, newCluster } from "../../generator/scaffold/cluster.ts";
import { git, isolateGit, temporaryFolder, write } from "../git/folders.ts";
import { library } from "../laws/library.ts";

isolateGit();

const profiles = ["production", "development"] as const;
const build = (text: string) => buildFrom({ name: "lab", text, library });

test.each(profiles)("a new %s cluster generates as it is, without a warning", (profile) => {
  for (const engine of ["flux", "argocd"] as const)
    expect(build(clusterText("lab", { profile, engine })).issues.map(formatIssue)).toEqual([]);
});

/** First and last line of each example: lines that begin with `# `, after blanks. */
function examples(lines: readonly string[]): [first: number, last: number][] {
  const is = lines.map((line, index) => index > 0 && /^ *# /.test(line));
  return lines.flatMap((_, index) => {
    if (is[index] !== true || is[index - 1] === true) return [];
    const next = is.indexOf(false, index);
    return [[index, (next === -1 ? lines.length : next) - 1]];
  });
}

test.each(profiles)("each example of a new %s cluster is valid without its number sign", (profile) => {
  const lines = clusterText("lab", { profile }).split("\n");
  const found = examples(lines);
  expect(found.length).toBeGreaterThan(25);
  const before = build(lines.join("\n"));
  for (const [first, last] of found) {
    const used = lines.map((line, index) => (index >= first && index <= last ? line.replace("# ", "") : line));
    const example = used.slice(first, last + 1).join("\n");
    const after = build(used.join("\n"));
    expect({ example, issues: after.issues.map(formatIssue) }).toEqual({ example, issues: [] });
    // An example that changes nothing would be one that nobody reads: a key in the wrong place.
    expect(JSON.stringify(after.model?.spec), example).not.toBe(JSON.stringify(before.model?.spec));
  }
});

test.each(profiles)("every comment of a new %s cluster is an example or is marked as prose", (profile) => {
  for (const line of clusterText("lab", { profile }).split("\n").slice(1))
    if (line.includes("#")) expect(line).toMatch(/^ *(##( |$)|# +[^ ])/);
});

test("the first line leads editors to the schema", () => {
  expect(clusterText("lab").split("\n")[0]).toBe("# yaml-language-server: $schema=../schema.json");
});

test("production marks what only people can decide", () => {
  const decisions = clusterText("eu1").match(/DECIDE: [^,;.]*/g);
  expect(decisions).toEqual([
    "DECIDE: the domain of the public names",
    "DECIDE: where the engine fetches this repository from",
    "DECIDE: the cert-manager ClusterIssuer that signs the certificates of the public names",
    "DECIDE: the minor version",
    "DECIDE: where the nightly backups go",
    "DECIDE: where images are kept",
  ]);
  const known = { domain: "lab.example.com", repository: "https://git.example.com/fleet.git" };
  expect(clusterText("lab", { ...known, profile: "development" })).not.toContain("DECIDE");
});

test("repository and branch come from git where it knows them", async () => {
  const root = temporaryFolder();
  git(root, "init", "--quiet", "--initial-branch=trunk");
  git(root, "remote", "add", "origin", "git@git.example.com:cloud/fleet.git");
  expect(await newCluster(root, "eu1")).toEqual({ value: "clusters/eu1/cluster.yaml", issues: [] });
  const text = readFileSync(join(root, "clusters/eu1/cluster.yaml"), "utf8");
  expect(text).toContain('  repository: "ssh://git@git.example.com/cloud/fleet.git"\n  branch: "trunk"\n');
  expect(buildFrom({ name: "eu1", text, library }).issues).toEqual([]);
});

test("the folder of a fleet in a larger repository comes from git", async () => {
  const repository = temporaryFolder();
  git(repository, "init", "--quiet");
  const root = join(repository, "infra", "cloud");
  write(root, { "README.md": "# cloud\n" });
  const options = { domain: "x.example.com", repository: "https://git.example.com/a.git" } as const;
  await newCluster(root, "lab", { ...options, profile: "development" });
  const { model } = build(readFileSync(join(root, "clusters/lab/cluster.yaml"), "utf8"));
  expect(model?.spec.delivery.path).toBe("infra/cloud");
});

test("options count more than what git knows", async () => {
  const root = temporaryFolder();
  const options = { profile: "development", domain: "x.example.com", branch: "live", engine: "argocd" } as const;
  await newCluster(root, "lab", { ...options, repository: "https://git.example.com/a.git" });
  expect(
    buildFrom({ name: "lab", text: readFileSync(join(root, "clusters/lab/cluster.yaml")), library }).model?.spec,
  ).toMatchObject({
    profile: "development",
    domain: "x.example.com",
    delivery: { engine: "argocd", branch: "live", repository: "https://git.example.com/a.git" },
  });
});

test("a remote becomes a URL that an engine takes, without credentials", () => {
  expect(deliveryUrl("git@github.example.com:cloud/fleet.git")).toBe("ssh://git@github.example.com/cloud/fleet.git");
  expect(deliveryUrl("git.example.com:/srv/fleet.git")).toBe("ssh://git@git.example.com/srv/fleet.git");
  expect(deliveryUrl("https://me:hunter2@git.example.com/fleet.git")).toBe("https://git.example.com/fleet.git");
  expect(deliveryUrl("ssh://git@git.example.com:2222/fleet.git")).toBe("ssh://git@git.example.com:2222/fleet.git");
  for (const remote of ["/srv/fleet.git", "../fleet", "file:///srv/fleet.git", ""])
    expect(deliveryUrl(remote)).toBeUndefined();
});

test.each([
  { name: "Eu1", code: "bad-name" },
  { name: "../eu1", code: "bad-name" },
  { name: "", code: "bad-name" },
  { name: "x".repeat(41), code: "bad-name" },
  { name: "bases", code: "reserved-name" },
  { name: "aux", code: "reserved-name" },
])("a cluster cannot be called $name", async ({ name, code }) => {
  const root = temporaryFolder();
  expect((await newCluster(root, name)).issues).toMatchObject([{ code, severity: "error" }]);
  expect(existsSync(join(root, "clusters"))).toBe(false);
});

test("a cluster that is there is not touched", async () => {
  const root = temporaryFolder();
  write(root, { "clusters/eu1/cluster.yaml": "name: eu1\n" });
  expect((await newCluster(root, "eu1")).issues).toMatchObject([
    {
      code: "cluster-exists",
      message: "there is a cluster eu1 already",
      hint: "Edit clusters/eu1/cluster.yaml, or choose another name.",
    },
  ]);
  expect(readFileSync(join(root, "clusters/eu1/cluster.yaml"), "utf8")).toBe("name: eu1\n");
});

test("what the system refuses is said", async () => {
  const root = temporaryFolder();
  write(root, { clusters: "a file\n" });
  expect((await newCluster(root, "eu1")).issues).toMatchObject([{ code: "cannot-write" }]);
  const other = temporaryFolder();
  mkdirSync(join(other, "clusters/eu1/cluster.yaml/x"), { recursive: true });
  expect((await newCluster(other, "eu1")).issues).toMatchObject([{ code: "cluster-exists" }]);
});
