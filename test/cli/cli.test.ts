import { hash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workFolder } from "./program.ts";

const { folder, git, overstack, removeFolder } = workFolder();

const fleet = join(folder, "fleet");
const file = (path: string) => join(fleet, path);
const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(file(path), change(readFileSync(file(path), "utf8")));
const tree = () =>
  new Map(
    globSync("{bases,overlays,clusters}/**/*", { cwd: fleet, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, `${statSync(path).mtimeMs} ${readFileSync(path, "utf8")}`]),
  );

beforeAll(() => {
  expect(overstack(["new", "fleet", "fleet"]).status).toBe(0);
  for (const name of ["lab", "eu1"])
    expect(overstack(["new", "cluster", name, "--profile", "development"], "fleet").status).toBe(0);
  expect(overstack(["generate"], "fleet").status).toBe(0);
  expect(overstack(["commit"], "fleet").status).toBe(0);
}, 180_000);
afterAll(removeFolder);

describe("generate and commit", () => {
  it("a second run changes nothing, and there is nothing to commit", () => {
    const before = tree();
    const { status, stdout } = overstack(["generate"], "fleet");
    expect([status, stdout]).toEqual([0, expect.stringContaining("Nothing to do")]);
    expect(tree()).toEqual(before);
    const commits = git(["rev-list", "--count", "HEAD"], "fleet");
    expect(overstack(["commit"], "fleet").stdout).toContain("Nothing to commit");
    expect(git(["rev-list", "--count", "HEAD"], "fleet")).toBe(commits);
  });

  it("without or with a damaged memory the result is the same", () => {
    const before = tree();
    const memory = ".git/overstack/fleet.json";
    for (const spoil of [() => rmSync(file(memory)), () => writeFileSync(file(memory), "{")]) {
      spoil();
      expect(overstack(["generate"], "fleet").status).toBe(0);
      expect(tree()).toEqual(before);
    }
  });

  it("--check exits 3 and writes nothing when files differ, and 0 when they do not", () => {
    expect(overstack(["generate", "--check"], "fleet").status).toBe(0);
    edit("clusters/lab/cluster.yaml", (text) => text.replace(/^domain: .*$/m, "domain: one.example.org"));
    const before = tree();
    const { status, stdout } = overstack(["generate", "--check"], "fleet");
    expect(status).toBe(3);
    expect(stdout).toContain("overlays/lab/keystone/");
    expect(tree()).toEqual(before);
  });

  it("refuses to commit what is not as generated, and then says in the commit what changed", () => {
    const { status, stdout } = overstack(["commit", "--output", "json"], "fleet");
    expect([status, JSON.parse(stdout)]).toMatchObject([
      1,
      { issues: [{ code: "not-generated", hint: expect.stringContaining("overstack generate") }] },
    ]);
    expect(overstack(["generate"], "fleet").status).toBe(0);
    expect(overstack(["commit"], "fleet").stdout).toContain("lab");
    expect(git(["log", "-1", "--format=%B"], "fleet")).toContain("lab");
    expect(git(["status", "--porcelain"], "fleet")).toBe("");
  });

  it("one cluster by name touches no file of another", () => {
    edit("clusters/lab/cluster.yaml", (text) => text.replace("one.example.org", "two.example.org"));
    const others = () => [...tree()].filter(([path]) => path.includes("/eu1/"));
    const before = others();
    expect(overstack(["generate", "lab"], "fleet").status).toBe(0);
    expect(others()).toEqual(before);
    expect(overstack(["generate", "lba"], "fleet")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("Did you mean lab?"),
    });
  });

  it("one cluster by name leaves the bases of others alone", () => {
    const [inventory, path] = ["bases/inventory.json", "bases/2026.1/placement/run/kustomization.yaml"];
    const before = new Map([inventory, path].map((name) => [name, readFileSync(file(name), "utf8")]));
    // As an earlier version would have written it.
    edit(path, (text) => `${text}# earlier\n`);
    const digests = [before.get(path)!, readFileSync(file(path), "utf8")].map((text) => hash("sha256", text));
    edit(inventory, (text) => text.replace(digests[0]!, digests[1]!));
    const { status, stdout } = overstack(["generate", "lab", "--output", "json"], "fleet");
    expect([status, JSON.parse(stdout)]).toMatchObject([
      1,
      { issues: [{ code: "shared-bases", message: `${path} would change, and clusters that were not named use it` }] },
    ]);
    for (const [name, text] of before) writeFileSync(file(name), text);
  });

  it("scripts still find a mistake by the code of an earlier version", () => {
    const original = readFileSync(file("clusters/lab/cluster.yaml"), "utf8");
    edit("clusters/lab/cluster.yaml", (text) =>
      text.replace(
        /^ {2}placement:.*\n/m,
        "  placement: { replicas: 1, autoscaling: { api: { minReplicas: 1, maxReplicas: 2 } } }\n",
      ),
    );
    expect(JSON.parse(overstack(["generate", "--output", "json"], "fleet").stdout).issues).toMatchObject([
      { code: "conflicting-keys", formerly: "two-masters" },
    ]);
    writeFileSync(file("clusters/lab/cluster.yaml"), original);
  });

  it("removing a service removes its files and its engine objects, and only those, once its data is let go", () => {
    const original = readFileSync(file("clusters/lab/cluster.yaml"), "utf8");
    edit("clusters/lab/cluster.yaml", (text) => text.replace(/^ {2}placement:[\s\S]*?(?=^ {2}glance:)/m, ""));
    const refused = overstack(["generate"], "fleet");
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("remove-instance/placement") });
    appendFileSync(
      file("clusters/lab/cluster.yaml"),
      "\nconsent: [{ change: remove-instance/placement, reason: test }]\n",
    );
    const before = [...tree().keys()];
    expect(overstack(["generate"], "fleet").status).toBe(0);
    const gone = before.filter((path) => !existsSync(path)).map((path) => path.slice(fleet.length + 1));
    expect(gone.length).toBeGreaterThan(3);
    for (const path of gone)
      expect(path).toMatch(/^(overlays\/lab\/placement\/|clusters\/lab\/flux\/steps\/placement-)/);
    writeFileSync(file("clusters/lab/cluster.yaml"), original);
    expect(overstack(["generate"], "fleet").status).toBe(0);
  });

  it("a file edited by hand stops the run, which names it and the way out", () => {
    edit("overlays/lab/keystone/run/kustomization.yaml", (text) => `${text}# mine\n`);
    edit("clusters/lab/cluster.yaml", (text) => text.replace("two.example.org", "three.example.org"));
    const { status, stderr } = overstack(["generate"], "fleet");
    expect(status).toBe(1);
    expect(stderr).toContain("overlays/lab/keystone/run/kustomization.yaml");
    expect(stderr).toContain("git checkout");
    git(["checkout", "--", "overlays/lab/keystone/run/kustomization.yaml"], "fleet");
    edit("clusters/lab/cluster.yaml", (text) => text.replace("three.example.org", "two.example.org"));
    expect(overstack(["generate"], "fleet").status).toBe(0);
  });

  it("when a cluster.yaml goes, that cluster's generated files go", () => {
    expect(overstack(["new", "cluster", "gone", "--profile", "development"], "fleet").status).toBe(0);
    expect(overstack(["generate"], "fleet").status).toBe(0);
    rmSync(file("clusters/gone/cluster.yaml"));
    expect(overstack(["generate"], "fleet").status).toBe(0);
    expect(existsSync(file("overlays/gone"))).toBe(false);
    expect(existsSync(file("clusters/gone"))).toBe(false);
    expect(existsSync(file("overlays/eu1"))).toBe(true);
  });
});

describe("what a terminal and a script are given", () => {
  it("all mistakes on stderr at once, nothing on stdout, exit 1, nothing written", () => {
    mkdirSync(join(folder, "wrong/clusters/x"), { recursive: true });
    writeFileSync(join(folder, "wrong/clusters/x/cluster.yaml"), "name: x\nrelease: 2026.1\nservics: {}\n");
    const { status, stdout, stderr } = overstack(["generate"], "wrong");
    expect([status, stdout]).toEqual([1, ""]);
    for (const words of [
      "cluster.yaml:2:10",
      "cluster.yaml:3:1",
      'Did you mean "services"',
      "domain is missing",
      "errors",
    ])
      expect(stderr).toContain(words);
    expect(existsSync(join(folder, "wrong/overlays"))).toBe(false);
  });

  it("JSON alone on stdout, of every command, also when it fails", () => {
    const commands = [
      ["generate"],
      ["generate", "nobody"],
      ["explain", "services.glance.stores"],
      ["explain", "no.such.key"],
      ["images", "lab"],
      ["images", "nobody"],
      ["schema"],
      ["commit"],
      ["secrets", "list", "lab"],
    ];
    for (const command of commands) {
      const { stdout, stderr } = overstack(["-o", "json", ...command], "fleet");
      expect(() => JSON.parse(stdout), command.join(" ")).not.toThrow();
      expect(stderr, command.join(" ")).toBe("");
    }
  });

  it("no colours unless they are asked for", () => {
    expect(overstack(["generate"], "wrong").stderr).not.toContain("\u001b[");
    expect(overstack(["generate"], "wrong", { FORCE_COLOR: "1" }).stderr).toContain("\u001b[");
    expect(overstack(["generate"], "wrong", { FORCE_COLOR: "1", NO_COLOR: "1" }).stderr.length).toBeGreaterThan(0);
  });

  it("the fleet's root from any folder below it, and by -C", () => {
    expect(overstack(["generate", "--check"], "fleet/overlays/lab").status).toBe(0);
    expect(overstack(["-C", "fleet", "generate", "--check"]).status).toBe(0);
  });

  it("help with examples for every command, and a suggestion for a mistyped one", () => {
    for (const command of [
      [],
      ["new", "fleet"],
      ["new", "cluster"],
      ["new", "ci"],
      ["generate"],
      ["commit"],
      ["propose"],
      ["explain"],
      ["schema"],
      ["images"],
      ["secrets", "rotate"],
    ]) {
      const { status, stdout } = overstack([...command, "--help"]);
      expect([status, stdout], command.join(" ")).toEqual([0, expect.stringContaining("Examples:")]);
    }
    expect(overstack(["genrate"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("Did you mean generate"),
    });
  });

  it("each image once, from the mirror", () => {
    edit("clusters/eu1/cluster.yaml", (text) => `${text}\nimages: { registry: mirror.example.org/hub }\n`);
    const images = overstack(["images", "eu1"], "fleet").stdout.trim().split("\n");
    expect(new Set(images).size).toBe(images.length);
    expect(images.length).toBeGreaterThan(5);
    for (const image of images) expect(image).toMatch(/^mirror\.example\.org\/hub\/[^:]+:[^:]+$/);
  });
});
