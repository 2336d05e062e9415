import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ProposeOptions, propose } from "../../generator/cli/propose.ts";
import { workFolder } from "../cli/program.ts";
import { isolateGit } from "../git/folders.ts";
import { forgeServer } from "./server.ts";

isolateGit();

const { folder, git, overstack, started, removeFolder } = workFolder();
afterAll(removeFolder);

const file = (path: string) => join(folder, "fleet", path);
const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(file(path), change(readFileSync(file(path), "utf8")));

beforeAll(() => {
  overstack(["new", "fleet", "fleet"]);
  mkdirSync(file("clusters/eu1"), { recursive: true });
  writeFileSync(
    file("clusters/eu1/cluster.yaml"),
    `name: eu1
profile: development
domain: eu1.example.org
delivery: { repository: "https://git.example.org/cloud/fleet.git" }
services: { keystone: {} }
`,
  );
  for (const command of ["generate", "commit"]) expect(overstack([command], "fleet")).toMatchObject({ status: 0 });
  mkdirSync(join(folder, "far/cloud"), { recursive: true });
  git(["clone", "--quiet", "--bare", "fleet", "far/cloud/fleet.git"], ".");
});

it("an edit becomes a pull request that says what happens to pods, by a token that is seen nowhere", async () => {
  const far = "far/cloud/fleet.git";
  const headOf = (branch: string) => git(["rev-parse", `refs/heads/${branch}`], far).trim();
  const { state, url, faults, close } = await forgeServer("github", join(folder, "far"), { headOf });
  try {
    state.token = "ghp_secretOfTheTest";
    git(["remote", "add", "origin", `${url}/cloud/fleet.git`], "fleet");
    edit("clusters/eu1/cluster.yaml", (text) => text.replace("{ keystone: {} }", "{ keystone: { replicas: 2 } }"));
    expect(overstack(["generate"], "fleet").status).toBe(0);

    const proposed = (token = state.token) =>
      started(["propose", "--forge", "github", "--label", "openstack"], "fleet", {
        GITHUB_TOKEN: token,
        GIT_TRACE: "1",
      });
    const expired = await proposed("ghp_expired");
    expect([expired.status, expired.stderr]).toMatchObject([1, expect.stringContaining("does not know the token")]);
    expect(git(["branch", "--show-current"], "fleet").trim()).toBe("main");

    const first = await proposed();
    expect(first).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`A pull request is open: ${url}/cloud/fleet/pull/1`),
    });
    const [pull] = state.pulls;
    expect(pull).toMatchObject({
      title: "eu1: change keystone",
      branch: "overstack/eu1-change-keystone",
      base: "main",
    });
    expect(pull!.body).toContain("keystone: replicas set to 2");
    expect(pull!.body).toContain("Deployment openstack-services/keystone-api");
    expect(pull!.title).toBe(git(["log", "-1", "--format=%s"], "fleet").trim());
    expect(git(["ls-tree", "-r", "--name-only", headOf(pull!.branch)], far)).toContain("overlays/eu1/keystone/run");

    // Somebody has renamed the repository; git is still led there, as forges do.
    state.former = [state.path];
    state.path = "platform/fleet";
    const second = await proposed();
    expect(second.stderr).toContain("has cloud/fleet as platform/fleet now");
    expect(second).toMatchObject({ status: 0, stdout: expect.stringContaining("is there already") });
    expect(state.pulls).toHaveLength(1);
    for (const { stdout, stderr } of [expired, first, second]) expect(stdout + stderr).not.toMatch(/ghp_/);
    expect(readFileSync(file(".git/config"), "utf8")).not.toMatch(/ghp_/);
    expect(faults).toEqual([]);
  } finally {
    close();
  }
});

it("without a forge the text and the address are printed, and what is wrong is said before anything is done", async () => {
  git(["remote", "set-url", "origin", "git@github.com:cloud/fleet.git"], "fleet");
  git(["config", "url.../far/.insteadOf", "git@github.com:"], "fleet");
  // In this process: a start of the program for each would take longer than all of them.
  const setting = { root: file(""), directory: file(""), progress: () => {} };
  const wrong = async (options: Partial<ProposeOptions> = {}) => {
    const { issues = [] } = await propose(setting, { remote: "origin", version: "0.1.0", ...options });
    return issues.map(({ code }) => code);
  };
  const before = git(["rev-parse", "HEAD"], "fleet");
  expect(await wrong()).toEqual(["which-forge"]);
  expect(await wrong({ remote: "upstream" })).toEqual(["no-remote"]);
  expect(await wrong({ branch: "-f" })).toEqual(["bad-branch"]);
  expect(await wrong({ template: "none.hbs" })).toEqual(["bad-template"]);
  git(["config", "--unset", "url.../far/.insteadOf"], "fleet");
  expect(await wrong()).toEqual(["no-token"]);
  edit("overlays/eu1/keystone/run/kustomization.yaml", (text) => `${text}# mine\n`);
  expect(await wrong({ forge: "none" })).toContain("edited-by-hand");
  git(["checkout", "--quiet", "--", "overlays"], "fleet");
  expect(git(["rev-parse", "HEAD"], "fleet")).toBe(before);

  git(["config", "remote.origin.pushurl", join(folder, "far/cloud/fleet.git")], "fleet");
  git(["config", "remote.origin.url", join(folder, "far/cloud/fleet.git")], "fleet");
  writeFileSync(file("pull-request.hbs"), "For {{base}}:\n\n{{summary}}\n");
  const byHand = overstack(["propose", "--forge", "none"], "fleet");
  expect(byHand).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("from overstack/eu1-change-keystone into main"),
  });
  expect(byHand.stdout).toContain("For main:");
  git(["switch", "--quiet", "main"], "fleet");
  expect(overstack(["propose", "--forge", "none"], "fleet").stdout).toContain(
    "Nothing to propose: origin/main has all of it.",
  );
});
