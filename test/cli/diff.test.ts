import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { workFolder } from "./program.ts";

const { folder, git, overstack, removeFolder } = workFolder();
afterAll(removeFolder);

// Two clusters in a repository, of which only the inputs are committed: what is generated makes no difference.

const file = (name: string): string => join(folder, `fleet/clusters/${name}/cluster.yaml`);
const input = (name: string): string => `name: ${name}
release: "2026.1"
profile: development
domain: ${name}.example.org
delivery: { repository: "https://git.example.org/cloud/fleet.git" }
services: { keystone: {}, placement: {} }
`;
const edit = (name: string, from: string, to: string) =>
  writeFileSync(file(name), readFileSync(file(name), "utf8").replace(from, to));
const diff = (...args: string[]) => overstack(["diff", ...args], "fleet");
const commit = (message: string) => {
  git(["add", "--all"], "fleet");
  git(["commit", "--quiet", "-m", message], "fleet");
};
const longer = ["keystone: {}", "keystone: { tokens: { expiration: 7200 } }"] as const;

beforeAll(() => {
  mkdirSync(join(folder, "fleet"));
  git(["init", "--quiet", "--initial-branch=main"], "fleet");
});
beforeEach(() => {
  git(["checkout", "--quiet", "--", "."], "fleet");
  git(["clean", "--quiet", "-d", "--force"], "fleet");
});

test("before the first commit there is nothing to compare with", () => {
  for (const name of ["eu1", "us1"]) {
    mkdirSync(join(folder, `fleet/clusters/${name}`), { recursive: true });
    writeFileSync(file(name), input(name));
  }
  expect(diff()).toMatchObject({ status: 1, stderr: expect.stringContaining("there is no commit yet") });
  commit("begin");
});

test("without an edit nothing differs", () => {
  expect(diff()).toMatchObject({ status: 0, stdout: "No object differs from HEAD.\n", stderr: "" });
  edit("eu1", "name: eu1", "# ours\nname: eu1");
  expect(diff()).toMatchObject({ status: 0, stdout: "No object differs from HEAD.\n" });
});

test("an edit is shown before it is generated, the clusters apart, and nothing is written", () => {
  edit("eu1", ...longer);
  edit("us1", ...longer);
  const { status, stdout } = diff();
  expect(status).toBe(3);
  expect(stdout).toMatch(/^eu1, us1\n {2}4 objects change; 1 workload replaces its pods\n/);
  expect(stdout).toContain("        50-instance.conf [token] expiration: + 7200\n");
  expect(git(["status", "--porcelain"], "fleet")).toBe(" M clusters/eu1/cluster.yaml\n M clusters/us1/cluster.yaml\n");
  expect(diff("HEAD", "us1").stdout).toMatch(/^us1\n/);
});

test("scripts are given the commit, and each field with both values", () => {
  edit("eu1", "2026.1", "2026.2");
  const { from, clusters } = JSON.parse(diff("--output", "json").stdout);
  expect(from).toBe(git(["rev-parse", "HEAD"], "fleet").trim());
  expect(clusters).toMatchObject([{ name: "eu1", verb: "change", images: expect.any(Array) }]);
  const { fields, pods } = clusters[0].changes.find(({ id }: { id: string }) => id.endsWith("/placement-api"));
  expect(pods).toEqual({ what: "replaced", replicas: 1, because: ["another image"] });
  expect(fields).toMatchObject([
    { before: expect.stringContaining("2026.1"), after: expect.stringContaining("2026.2") },
  ]);
});

test("a pull request is given markdown, and other commands have none", () => {
  edit("eu1", ...longer);
  expect(diff("--output", "markdown")).toMatchObject({
    status: 3,
    stdout: expect.stringMatching(/^### eu1\n\n\*\*4 objects change/),
  });
  // Said before anything is done.
  expect(overstack(["--output", "markdown", "generate"], "fleet")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("prints text or json, not markdown"),
  });
  expect(git(["status", "--porcelain"], "fleet")).toBe(" M clusters/eu1/cluster.yaml\n");
});

test("a page for a browser is printed as it is", () => {
  edit("eu1", ...longer);
  const { status, stdout } = diff("--output", "html");
  expect(status).toBe(3);
  expect(stdout).toMatch(/^<!doctype html>\n/);
  expect(stdout).toContain("50-instance.conf [token] expiration");
});

test("on a terminal there are colours, and the pager that git has", () => {
  edit("eu1", ...longer);
  const program = `${process.execPath} ${resolve("generator/cli/main.ts")} -C ${join(folder, "fleet")} diff`;
  // script(1) is a terminal.
  const shown = (more: Record<string, string>) =>
    spawnSync("script", ["-qec", program, "/dev/null"], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, HOME: folder, TERM: "xterm-256color", ...more },
    }).stdout.replaceAll("\r", "");
  const paged = shown({ GIT_PAGER: "sed s/^/paged:/" });
  expect(paged).toContain("paged:\u001b[1meu1\u001b[22m\n");
  expect(paged).toContain("paged:\u001b[33m    ~ Deployment openstack-services/keystone-api");
  expect(shown({ GIT_PAGER: "no-such-pager 2>/dev/null", NO_COLOR: "1" })).toMatch(/eu1\n {2}4 objects change/);
});

test("a new cluster and one that is gone are named", () => {
  mkdirSync(join(folder, "fleet/clusters/eu2"));
  writeFileSync(file("eu2"), input("eu2"));
  rmSync(join(folder, "fleet/clusters/us1"), { recursive: true });
  const { status, stdout } = diff();
  expect(status).toBe(3);
  expect(stdout).toMatch(/^eu2\n {2}a new cluster: \d+ objects\n/);
  expect(stdout).toMatch(/^us1\n {2}no longer a cluster of this fleet: \d+ objects\n/m);
});

test("a branch is compared by its name", () => {
  git(["switch", "--quiet", "--create", "longer"], "fleet");
  edit("eu1", ...longer);
  commit("longer");
  expect(diff("HEAD")).toMatchObject({ status: 0 });
  expect(diff("main")).toMatchObject({ status: 3, stdout: expect.stringMatching(/^eu1\n/) });
  git(["switch", "--quiet", "main"], "fleet");
});

test("Secrets are named, and their values are not shown", () => {
  const secret = join(folder, "fleet/overlays/eu1/secrets/openstack/any.yaml");
  const encrypted = (value: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: any\n  namespace: openstack\nstringData:\n  password: ENC[${value}]\n`;
  mkdirSync(join(secret, ".."), { recursive: true });
  writeFileSync(secret, encrypted("first"));
  commit("a secret");
  writeFileSync(secret, encrypted("second"));
  const { status, stdout } = diff();
  expect(status).toBe(3);
  expect(stdout).toMatch(
    /^eu1\n {2}1 object changes; no pod is replaced, no Job runs\n {2}secrets\n {4}~ Secret openstack\/any\n {8}stringData\.password: changed\n$/,
  );
  expect(diff("--output", "json").stdout).not.toMatch(/first|second/);
});

test.each([
  ["a commit that is not there", ["nothing"], "unknown-revision"],
  ["a name that git would take for an option", ["--", "--output=x"], "unknown-revision"],
  ["a file of a commit", ["HEAD:clusters/eu1/cluster.yaml"], "unknown-revision"],
  ["a cluster that is not there", ["HEAD", "eu9"], "no-cluster"],
])("%s is refused", (_, args, code) => {
  const { status, stdout } = overstack(["--output", "json", "diff", ...args], "fleet");
  expect(status).toBe(1);
  expect(JSON.parse(stdout).issues).toMatchObject([{ code, severity: "error" }]);
});

test("mistakes of the edit are shown as everywhere, and nothing else", () => {
  edit("eu1", "keystone: {}", "keystone: { replicas: -1 }");
  expect(diff()).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("clusters/eu1/cluster.yaml:6"),
  });
});

test("a commit that this version does not read is said so, with another way", () => {
  edit("us1", "keystone: {}", "keystone: { nothing: {} }");
  commit("of another version");
  writeFileSync(file("us1"), input("us1"));
  const { status, stderr } = diff();
  expect(status).toBe(1);
  expect(stderr).toContain("HEAD has us1 as this version does not read it");
  expect(stderr).toContain("git diff HEAD -- overlays/us1 clusters/us1 bases");
  expect(JSON.parse(diff("--output", "json").stdout).issues).toMatchObject([{ code: "unreadable-revision" }]);
});

test("outside of a repository it says what is missing", () => {
  mkdirSync(join(folder, "alone/clusters/eu1"), { recursive: true });
  writeFileSync(join(folder, "alone/clusters/eu1/cluster.yaml"), input("eu1"));
  const { status, stderr } = overstack(["diff"], "alone");
  expect(status).toBe(1);
  expect(stderr).toContain("is not in a git repository");
});
