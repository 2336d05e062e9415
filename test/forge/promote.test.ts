import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fleet } from "../../generator/cli/fleet.ts";
import { type PromoteOptions, promote } from "../../generator/cli/promote.ts";
import { workFolder } from "../cli/program.ts";
import { isolateGit } from "../git/folders.ts";

isolateGit();

const { folder, git, overstack, removeFolder } = workFolder();
afterAll(removeFolder);

const root = join(folder, "fleet");
const file = (path: string) => join(root, path);
const clusters = ["lab", "eu1", "us1"];
const inputs = (change: (text: string) => string) => {
  for (const name of clusters)
    writeFileSync(
      file(`clusters/${name}/cluster.yaml`),
      change(readFileSync(file(`clusters/${name}/cluster.yaml`), "utf8")),
    );
};
const commit = () => {
  for (const command of ["generate", "commit"]) expect(overstack([command], "fleet")).toMatchObject({ status: 0 });
};
const day = 86_400_000;

/** Three clusters at v1; v2 has two replicas of Keystone, and no cluster has it. */
beforeAll(() => {
  overstack(["new", "fleet", "fleet"]);
  for (const name of clusters) {
    mkdirSync(file(`clusters/${name}`), { recursive: true });
    writeFileSync(
      file(`clusters/${name}/cluster.yaml`),
      `name: ${name}
profile: development
domain: ${name}.example.org
delivery: { repository: "https://git.example.org/cloud/fleet.git", ref: { tag: v1 } }
services: { keystone: {} }
`,
    );
  }
  writeFileSync(
    file("waves.yaml"),
    `waves:
  - { name: canary, clusters: [lab], soak: 24h, labels: [canary] }
  - { name: all, clusters: [eu1, us1] }
freezes:
  - { from: '2099-12-20', to: '2099-12-31', reason: the end of the year }
`,
  );
  commit();
  git(["tag", "v1"], "fleet");
  inputs((text) => text.replace("{ keystone: {} }", "{ keystone: { replicas: 2 } }"));
  commit();
  git(["tag", "v2"], "fleet");
  git(["clone", "--quiet", "--bare", "fleet", "far.git"], ".");
  git(["remote", "add", "origin", "../far.git"], "fleet");
});

const setting = { root, directory: root, progress: () => {} };
const promoted = (wave?: string, options: Partial<PromoteOptions> = {}) =>
  promote(setting, wave, { remote: "origin", forge: "none", version: "0.1.0", ...options });
const codes = async (wave?: string, options: Partial<PromoteOptions> = {}) =>
  ((await promoted(wave, options)).issues ?? []).map(({ code }) => code);
/** Somebody merges what was proposed. */
const merge = (branch: string) => {
  git(["update-ref", "refs/heads/main", branch], "far.git");
  git(["switch", "--quiet", "main"], "fleet");
  git(["pull", "--quiet", "--ff-only", "origin", "main"], "fleet");
};

it("waves go one after the other, each in a pull request that says what its clusters get", async () => {
  expect((await promoted()).text).toBe("Nothing to promote: every wave has v1.");
  expect(await codes("all", { to: "v2" })).toEqual(["not-reached"]);
  expect(await codes("canary", { to: "v2", now: Date.parse("2099-12-24T00:00Z") })).toEqual(["frozen"]);

  const first = await promoted(undefined, { to: "v2" });
  expect(first.issues).toEqual([]);
  expect(first.data).toMatchObject({ wave: "canary", clusters: ["lab"], branch: "overstack/promote-canary-v2" });
  expect(first.text).toContain("Deployment openstack-services/keystone-api");
  const changed = git(["diff", "--name-only", "main", "overstack/promote-canary-v2"], "far.git").trim().split("\n");
  expect(changed.filter((path) => !path.startsWith("clusters/lab/"))).toEqual([]);
  expect(readFileSync(file("clusters/lab/cluster.yaml"), "utf8")).toContain('ref: { tag: "v2" }');

  expect(await codes()).toEqual(["not-on-base"]);
  git(["switch", "--quiet", "main"], "fleet");
  const again = await promoted(undefined, { to: "v2" });
  expect(again.data).toMatchObject({ branch: "overstack/promote-canary-v2", pushed: false });
  merge("overstack/promote-canary-v2");

  expect(await codes()).toEqual(["not-soaked"]);
  const second = await promoted(undefined, { now: Date.now() + day });
  expect(second.data).toMatchObject({ wave: "all", tag: "v2", clusters: ["eu1", "us1"] });
  merge("overstack/promote-all-v2");
  expect((await promoted()).text).toBe("Nothing to promote: every wave has v2.");
});

it("fleet shows every cluster, and where each wave stands", async () => {
  const { text, issues, data } = await fleet(setting, { remote: "origin", forge: "none", to: "v1" });
  expect(issues).toEqual([]);
  expect(text).toMatch(/^eu1 +2026\.1 +flux +all +v2 +0$/m);
  expect(text).toMatch(/^ {2}canary: has it since \d{4}-/m);
  expect(data).toMatchObject({
    tag: "v1",
    waves: [
      { wave: "canary", late: [] },
      { wave: "all", late: [] },
    ],
  });
  appendFileSync(file("clusters/lab/cluster.yaml"), "images: { registry: mirror.example.org }\n");
  commit();
  git(["tag", "v3"], "fleet");
  writeFileSync(file("waves.yaml"), "waves: [{ name: canary, clusters: [lab] }, { name: us, clusters: [us1] }]\n");
  const later = await fleet(setting, { remote: "origin", to: "v3" });
  expect(later.text).toMatch(/^lab .* v2 +1$/m);
  expect(later.text).toContain("us: us1 does not have it; lab has not reached v3");
  expect(later.issues).toMatchObject([
    { code: "no-wave", severity: "warning", message: "eu1 is in no wave" },
    { code: "which-forge", severity: "warning", message: expect.stringContaining("open pull requests are not shown") },
  ]);
  git(["checkout", "--quiet", "--", "waves.yaml"], "fleet");
});

it("what is wrong is said before anything is written", async () => {
  const before = git(["rev-parse", "HEAD"], "fleet");
  expect(await codes("first")).toEqual(["unknown-wave"]);
  expect(await codes("canary", { template: "none.hbs" })).toEqual(["bad-template"]);
  expect(await codes("canary", { to: "v3" })).toEqual(["not-on-base"]);
  git(["reset", "--quiet", "--hard", "origin/main"], "fleet");
  expect(await codes("canary", { to: "v9" })).toEqual(["unknown-tag"]);
  expect(await codes("canary", { to: "v3" })).toEqual(["unknown-tag"]);
  expect(await codes("canary", { to: "--exec=true" })).toEqual(["unknown-tag"]);
  appendFileSync(file("clusters/lab/cluster.yaml"), "# mine\n");
  expect(await codes()).toEqual(["uncommitted"]);
  git(["checkout", "--quiet", "--", "clusters"], "fleet");
  rmSync(file("waves.yaml"));
  expect(await codes()).toEqual(["no-waves"]);
  git(["checkout", "--quiet", "--", "waves.yaml"], "fleet");
  inputs((text) => text.replace('tag: "v2"', "tag: v1"));
  commit();
  git(["push", "--quiet", "origin", "main"], "fleet");
  writeFileSync(file("waves.yaml"), "waves: [{ name: canary, clusters: [lab, eu1] }]\n");
  inputs((text) => (text.includes("name: lab") ? text.replace("tag: v1", 'tag: "v2"') : text));
  commit();
  git(["push", "--quiet", "origin", "main"], "fleet");
  expect(await codes()).toEqual(["which-tag"]);
  expect(before).not.toBe(git(["rev-parse", "HEAD"], "fleet"));
});
