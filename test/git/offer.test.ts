import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { commitFleet } from "../../generator/git/commit.ts";
import { storedPassword } from "../../generator/git/credentials.ts";
import { gitFor, gitIn } from "../../generator/git/git.ts";
import { baseOf, checkBranch } from "../../generator/git/heads.ts";
import { offer, type Wish } from "../../generator/git/offer.ts";
import { remoteOf } from "../../generator/git/remote.ts";
import { changed, fleet, git, glance, hook, input, isolateGit, temporaryFolder, tree, write } from "./folders.ts";

isolateGit();

/** A remote on this machine that has the fleet, and a clone of it. */
function cloned() {
  const far = temporaryFolder();
  git(far, "clone", "--quiet", "--bare", fleet(), "fleet.git");
  const remote = join(far, "fleet.git");
  return { remote, here: cloneOf(remote) };
}

function cloneOf(remote: string, ...options: string[]): string {
  const folder = temporaryFolder();
  git(folder, "clone", "--quiet", ...options, remote, "fleet");
  return join(folder, "fleet");
}

/** What `propose` does of git: a commit beside the base, and its branch at the remote. */
async function proposed(root: string, wish: Partial<Wish> = {}, change: Record<string, string | null> = changed) {
  if (git(root, "branch", "--show-current").trim() === "main") git(root, "switch", "--quiet", "--detach");
  write(root, change);
  await commitFleet(root);
  return again(root, wish);
}

async function again(root: string, wish: Partial<Wish> = {}) {
  const local = gitIn(root);
  const { value: remote } = await remoteOf(local, "origin");
  return offer({ local, far: local, prefix: "", remote: remote! }, { base: "main", branch: undefined, ...wish });
}

const branch = "overstack/eu1-change-glance";
const codes = ({ issues }: { issues: readonly { code: string }[] }) => issues.map(({ code }) => code);
const log = (folder: string, ref: string) => git(folder, "log", "--format=%s", ref).trim().split("\n");
/** Another person at work. */
const asSomebodyElse = () => {
  for (const who of ["AUTHOR", "COMMITTER"]) vi.stubEnv(`GIT_${who}_EMAIL`, "ann@example.org");
};

test("a change that is made on the base goes to a branch named after it, and the base stays", async () => {
  const { remote, here } = cloned();
  const { value } = await proposed(here);
  expect(value).toMatchObject({ branch, base: "main", pushed: true, message: { subject: "eu1: change glance" } });
  expect(log(remote, branch)).toEqual(["eu1: change glance", "First"]);
  expect(log(remote, "main")).toEqual(["First"]);
  expect(git(here, "branch", "--show-current").trim()).toBe(branch);
  expect(log(here, "main")).toEqual(["First"]);
});

test("with nothing to do nothing is done", async () => {
  const { remote, here } = cloned();
  const refs = git(remote, "for-each-ref");
  expect(await again(here)).toEqual({ value: undefined, issues: [] });
  expect(git(remote, "for-each-ref")).toBe(refs);
  expect(git(here, "branch", "--show-current").trim()).toBe("main");
});

test("the same change from another clone is the same branch, and nothing is pushed", async () => {
  const { remote, here } = cloned();
  const first = await proposed(here);
  vi.stubEnv("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z");
  expect((await proposed(cloneOf(remote))).value).toMatchObject({ pushed: false, head: first.value!.head });
  expect((await again(here)).value).toMatchObject({ pushed: false, head: first.value!.head });
});

test("two clones at once, and both end with one branch", async () => {
  const { remote, here } = cloned();
  const both = await Promise.all([proposed(here), proposed(cloneOf(remote))]);
  expect(both.flatMap(codes)).toEqual([]);
  expect(new Set(both.map(({ value }) => value!.branch)).size).toBe(1);
  expect(log(remote, branch)).toEqual(["eu1: change glance", "First"]);
});

test("a change that goes on, and one that is made anew by a schedule, replace what the same address has pushed", async () => {
  const { remote, here } = cloned();
  await proposed(here);
  const more = { [input]: tree[input]!.replace("3", "7"), [glance]: "replicas: 7\n" };
  expect((await proposed(here, {}, more)).value).toMatchObject({ branch, pushed: true });
  expect(log(remote, branch)).toHaveLength(3);
  const nightly = { [input]: tree[input]!.replace("3", "9"), [glance]: "replicas: 9\n" };
  expect((await proposed(cloneOf(remote), {}, nightly)).value).toMatchObject({ branch, pushed: true });
  expect(log(remote, branch)).toHaveLength(2);
  expect(git(remote, "show", `${branch}:${glance}`)).toBe("replicas: 9\n");
});

test("commits of somebody else are never taken away", async () => {
  const { remote, here } = cloned();
  await proposed(here);
  const theirs = cloneOf(remote, "--branch", branch);
  asSomebodyElse();
  write(theirs, { "docs.md": "mine\n" });
  git(theirs, "add", "--all");
  git(theirs, "commit", "--quiet", "--message=A note");
  git(theirs, "push", "--quiet");
  vi.unstubAllEnvs();
  for (const who of ["AUTHOR", "COMMITTER"])
    for (const [key, value] of [
      ["NAME", "Test Operator"],
      ["EMAIL", "operator@example.org"],
    ] as const)
      vi.stubEnv(`GIT_${who}_${key}`, value);
  const before = git(remote, "rev-parse", branch);
  expect(codes(await again(here))).toEqual(["branch-behind"]);
  const nightly = { [input]: tree[input]!.replace("3", "9"), [glance]: "replicas: 9\n" };
  const refused = await proposed(cloneOf(remote), {}, nightly);
  expect(refused.issues).toMatchObject([
    { code: "others-commits", message: expect.stringContaining("<ann@example.org>") },
  ]);
  expect(git(remote, "rev-parse", branch)).toBe(before);
  expect((await again(here, { branch: "overstack/other" })).value).toMatchObject({ branch: "overstack/other" });
});

test("a branch of one's own is pushed as it is, also with several commits", async () => {
  const { remote, here } = cloned();
  git(here, "switch", "--quiet", "--create", "launch");
  await proposed(here);
  const { value } = await proposed(
    here,
    {},
    { overstack: "", "overlays/eu1/heat/kustomization.yaml": "resources: []\n" },
  );
  expect(value).toMatchObject({ branch: "launch", message: { subject: "eu1: change glance, add heat" } });
  expect(log(remote, "launch")).toHaveLength(3);
});

test("a branch of that name here that was never pushed stays, and one whose pull request was merged is made anew", async () => {
  const { remote, here } = cloned();
  git(here, "branch", branch);
  git(here, "switch", "--quiet", branch);
  git(here, "commit", "--quiet", "--allow-empty", "--message=A plan");
  git(here, "switch", "--quiet", "main");
  expect(codes(await proposed(here))).toEqual(["unpushed-commits"]);
  expect(log(here, branch)).toEqual(["A plan", "First"]);
  git(here, "branch", "--quiet", "-D", branch);
  expect((await again(here)).value).toMatchObject({ branch, pushed: true });
  git(remote, "update-ref", "-d", `refs/heads/${branch}`);
  git(here, "switch", "--quiet", "main");
  const next = { [input]: tree[input]!.replace("3", "7"), [glance]: "replicas: 7\n" };
  expect((await proposed(here, {}, next)).value).toMatchObject({ branch, pushed: true });
});

test("words that somebody changes in a commit of their own branch are pushed", async () => {
  const { remote, here } = cloned();
  await proposed(here);
  git(here, "commit", "--quiet", "--amend", "--message=More memory for the launch");
  expect((await again(here)).value).toMatchObject({ pushed: true, message: { subject: "More memory for the launch" } });
  expect(log(remote, branch)).toEqual(["More memory for the launch", "First"]);
});

test("what is merged is nothing to propose any more", async () => {
  const { remote, here } = cloned();
  await proposed(here);
  git(remote, "update-ref", "refs/heads/main", branch);
  expect(await again(here)).toEqual({ value: undefined, issues: [] });
});

test("a branch that git cannot make leaves the commit where it is", async () => {
  const { here } = cloned();
  git(here, "branch", "overstack");
  expect(codes(await proposed(here))).toEqual(["no-branch"]);
  expect(log(here, "HEAD")).toEqual(["eu1: change glance", "First"]);
});

test("a shallow clone, as jobs have it, is enough", async () => {
  const { remote } = cloned();
  const shallow = cloneOf(`file://${remote}`, "--depth=1");
  expect((await proposed(shallow)).value).toMatchObject({ branch, pushed: true });
});

test("a rule or a hook of the remote is quoted, and the commit stays here", async () => {
  const { remote, here } = cloned();
  // A bare repository has its hooks where `hook` puts those of a work tree.
  git(remote, "config", "core.hooksPath", join(remote, ".git/hooks"));
  hook(remote, "pre-receive", 'echo "GH006: Protected branch update failed"; exit 1');
  const refused = await proposed(here);
  expect(refused.issues).toMatchObject([
    { code: "push-refused", message: expect.stringContaining("GH006: Protected branch update failed") },
  ]);
  expect(log(here, branch)).toEqual(["eu1: change glance", "First"]);
});

test("a remote that would start a program, or send secrets in the clear, is refused", async () => {
  const refused = {
    "ext::sh -c true": "holds a blank or an invisible character",
    "ext::true": "names a program that git would start",
    "fd::17": "names a program that git would start",
    "-oProxyCommand=true:fleet": "begins with a dash",
    "-oProxyCommand=true@host:fleet": "begins with a dash",
    "ssh://-oProxyCommand=true/fleet": "has an option for a host",
    "x@-oProxyCommand=true:fleet": "has an option for a host",
    "http://git.example.org/fleet": "is not encrypted",
    "git://git.example.org/fleet": "is neither https, ssh nor a path",
    "https://user:hunter2@git.example.org\tx": "holds a blank",
  };
  const root = fleet();
  for (const [url, why] of Object.entries(refused)) {
    git(root, "config", "remote.origin.url", url);
    const { value, issues } = await remoteOf(gitIn(root), "origin");
    expect([value, issues], url).toMatchObject([
      undefined,
      [{ code: "unsafe-remote", message: expect.stringContaining(why) }],
    ]);
    expect(JSON.stringify(issues)).not.toContain("hunter2");
  }
});

test("a remote whose configuration names a program, pushes to two places, or is not there, is refused", async () => {
  const { remote, here } = cloned();
  const wrong = async (name = "origin") => (await remoteOf(gitIn(here), name)).issues;
  expect(await wrong("--upload-pack=touch x")).toMatchObject([
    { code: "no-remote", hint: expect.stringContaining("origin") },
  ]);
  git(here, "config", "remote.origin.receivepack", "touch x");
  expect(await wrong()).toMatchObject([{ code: "unsafe-remote", message: expect.stringContaining("names a program") }]);
  git(here, "config", "--unset", "remote.origin.receivepack");
  for (const url of [remote, "/elsewhere"]) git(here, "remote", "set-url", "--add", "--push", "origin", url);
  expect(await wrong()).toMatchObject([{ code: "unsafe-remote", message: expect.stringContaining("2 addresses") }]);
});

test.each(["-f", "--mirror", "a b", "a..b", "HEAD", "refs/heads/x", "@{-1}", "x.lock", "a/", "a:b", "a~1", ""])(
  "%j is not the name of a branch",
  (name) => expect(codes(checkBranch(name))).toEqual(["bad-branch"]),
);

test("a base that the remote does not have, a remote that is gone, and commits of another history", async () => {
  const { here } = cloned();
  expect(codes(await again(here, { base: "trunk" }))).toEqual(["no-base"]);
  expect(codes(await proposed(here, { branch: "main" }))).toEqual(["bad-branch"]);
  git(here, "config", "remote.origin.url", "/nowhere");
  expect(codes(await again(here))).toEqual(["unreachable-remote"]);
  const stranger = fleet({ ...tree, "README.md": "# another\n" });
  git(stranger, "remote", "add", "origin", cloned().remote);
  expect(codes(await again(stranger))).toEqual(["no-base"]);
});

test("git that asks a remote has what the operator has set up for it, and asks no person", async () => {
  const { here } = cloned();
  vi.stubEnv("GIT_CONFIG_COUNT", "1");
  vi.stubEnv("GIT_CONFIG_KEY_0", "core.sshCommand");
  vi.stubEnv("GIT_CONFIG_VALUE_0", "false");
  vi.stubEnv("GIT_SSH_COMMAND", "echo of the operator >&2; false");
  git(here, "config", "remote.origin.url", "ssh://git@git.example.org/cloud/fleet.git");
  const far = gitFor(here, { server: "https://git.example.org", user: "x", token: "secret" });
  const { value: remote } = await remoteOf(gitIn(here), "origin");
  expect((await baseOf(far, remote!)).issues).toMatchObject([
    { code: "unreachable-remote", message: expect.stringContaining("of the operator") },
  ]);
  expect(await storedPassword(here, "https://git.example.org", "cloud/fleet")).toBeUndefined();
  git(here, "config", "credential.helper", "!f() { echo username=x; echo password=from-the-helper; }; f");
  expect(await storedPassword(here, "https://git.example.org", "cloud/fleet")).toBe("from-the-helper");
});
