import { hash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { workFolder } from "./program.ts";

const { folder, git, overstack, removeFolder } = workFolder();

// A fleet of two clusters at two releases, as somebody else may hand it over.

const pristine = join(folder, "pristine");
const fleet = join(folder, "fleet");
const file = (path: string) => join(fleet, path);
const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(file(path), change(readFileSync(file(path), "utf8")));
const input = (name: string, release: string): string => `name: ${name}
release: "${release}"
profile: development
domain: ${name}.example.org
delivery: { repository: "https://git.example.org/cloud/fleet.git" }
services: { keystone: {}, placement: {} }
`;
const generate = (...args: string[]) => {
  const { status, stdout, stderr } = overstack(["generate", "--output", "json", ...args], "fleet");
  const { added = [], changed = [], deleted = [], issues = [] } = JSON.parse(stdout || "{}");
  return { status, stderr, added, changed, deleted, issues } as {
    status: number;
    stderr: string;
    added: string[];
    changed: string[];
    deleted: string[];
    issues: { code: string; severity: string }[];
  };
};
const errorsOf = ({ issues }: ReturnType<typeof generate>) =>
  issues.filter(({ severity }) => severity === "error").map(({ code }) => code);

beforeAll(() => {
  expect(overstack(["new", "fleet", "pristine"]).status).toBe(0);
  for (const [name, release] of [
    ["eu1", "2025.2"],
    ["us1", "2026.1"],
  ] as const) {
    mkdirSync(join(pristine, "clusters", name), { recursive: true });
    writeFileSync(join(pristine, "clusters", name, "cluster.yaml"), input(name, release));
  }
  for (const command of ["generate", "commit"]) expect(overstack([command], "pristine")).toMatchObject({ status: 0 });
});
beforeEach(() => {
  rmSync(fleet, { recursive: true, force: true });
  cpSync(pristine, fleet, { recursive: true });
});
afterAll(removeFolder);

describe("what a run remembers", () => {
  test("lies where no clone brings it from: a file of that name in the tree is neither read nor written", () => {
    const victim = join(folder, "victim.txt");
    writeFileSync(victim, "not of the fleet\n");
    symlinkSync(victim, file(".overstack.cache"));
    expect(generate().status).toBe(0);
    expect(readFileSync(victim, "utf8")).toBe("not of the fleet\n");
    git(["add", "--force", ".overstack.cache"], "fleet");
    expect(errorsOf(generate())).toEqual(["tracked-work-file"]);
    expect(readFileSync(victim, "utf8")).toBe("not of the fleet\n");
  });

  test("counts for nothing when the tree is checked", () => {
    const path = "overlays/us1/keystone/run/kustomization.yaml";
    const [record, memory] = ["clusters/us1/inventory.json", ".git/overstack/fleet.json"];
    const sums = () => [path, record].map((each) => hash("sha256", readFileSync(file(each)), "hex"));
    const [old, oldRecord] = sums();
    edit(path, (text) => `${text}images: [{ name: x, newName: evil.example.org/backdoor }]\n`);
    edit(record, (text) => text.replace(old!, sums()[0]!));
    edit(memory, (text) => text.replaceAll(oldRecord!, sums()[1]!));
    expect(generate().status).toBe(0);
    expect(generate("--check")).toMatchObject({ status: 3, changed: expect.arrayContaining([path]) });
  });

  test("does not hide bases that a partial run left", () => {
    edit("clusters/eu1/cluster.yaml", (text) => text.replace("2025.2", "2026.1"));
    expect(generate("eu1").deleted.filter((path) => path.startsWith("bases/2025.2/"))).toEqual([]);
    expect(generate().deleted.filter((path) => path.startsWith("bases/2025.2/")).length).toBeGreaterThan(20);
    expect(existsSync(file("bases/2025.2"))).toBe(false);
    expect(generate("--check").status).toBe(0);
  });
});

describe("a record of what was generated", () => {
  test("that claims hand-written files is refused, and they stay", () => {
    const claimed = ["README.md", ".gitignore", "clusters/eu1/cluster.yaml"];
    const texts = () => claimed.map((path) => readFileSync(file(path), "utf8"));
    const before = texts();
    edit("clusters/us1/inventory.json", (text) => {
      const record = JSON.parse(text);
      for (const path of claimed) record.files[path] = hash("sha256", readFileSync(file(path)), "hex");
      return JSON.stringify(record);
    });
    expect(errorsOf(generate("us1"))).toEqual(["broken-inventory"]);
    expect(texts()).toEqual(before);
  });

  test.each([
    ["without its facts", undefined],
    ["with empty facts", {}],
    ["whose facts are no facts", { release: "2026.1", instances: { keystone: { data: [{}] } } }],
  ])("%s stops the run: an edit could empty a database", (_, facts) => {
    edit("clusters/us1/inventory.json", (text) => JSON.stringify({ ...JSON.parse(text), facts }));
    edit("clusters/us1/cluster.yaml", (text) => text.replace("keystone: {}", "keystone: { dedicated: [database] }"));
    expect(errorsOf(generate())).toEqual(["broken-inventory"]);
    expect(overstack(["explain", "secrets", "--cluster", "us1"], "fleet").status).toBeLessThan(2);
  });
});

describe("a cluster that is absent", () => {
  test("from this checkout alone is not removed", () => {
    // The copy's files are others than those that the index knows.
    git(["status"], "fleet");
    git(["sparse-checkout", "set", "bases", "clusters/us1", "overlays/us1"], "fleet");
    expect(existsSync(file("clusters/eu1"))).toBe(false);
    expect(errorsOf(generate())).toEqual(["not-checked-out"]);
    expect(overstack(["commit"], "fleet").stderr).toContain("eu1 would look removed");
    edit("clusters/us1/cluster.yaml", (text) => `${text}images: { registry: registry.example.org }\n`);
    expect(generate("us1")).toMatchObject({ status: 0, deleted: [] });
    expect(existsSync(file("bases/2025.2/keystone/run/kustomization.yaml"))).toBe(true);
  });

  test("because somebody deleted its cluster.yaml is removed", () => {
    rmSync(file("clusters/eu1/cluster.yaml"));
    expect(generate()).toMatchObject({ status: 0 });
    expect(existsSync(file("overlays/eu1"))).toBe(false);
  });
});

describe("a new cluster is not written through", () => {
  test("a link in place of clusters", () => {
    const outside = join(folder, "outside");
    mkdirSync(outside, { recursive: true });
    rmSync(file("clusters"), { recursive: true });
    symlinkSync(outside, file("clusters"));
    expect(overstack(["new", "cluster", "lab"], "fleet").stderr).toContain("is a symbolic link");
    expect(existsSync(join(outside, "lab"))).toBe(false);
  });

  test("a link in place of the schema", () => {
    rmSync(file("clusters/schema.json"));
    symlinkSync(join(folder, "elsewhere.json"), file("clusters/schema.json"));
    expect(overstack(["new", "cluster", "lab"], "fleet").stderr).toContain("is a symbolic link");
    expect(existsSync(join(folder, "elsewhere.json"))).toBe(false);
  });
});

test("a command that writes waits for no other: it is refused while one is at work", () => {
  symlinkSync("1@another-host", file(".overstack.lock"));
  for (const command of ["commit", "new cluster lab", "secrets create us1", "secrets rotate us1 keystone"])
    expect(overstack(command.split(" "), "fleet").stderr, command).toContain("another run is writing");
});

describe("where the engine looks for the fleet", () => {
  const moveInto = (path: string): void => {
    rmSync(file(".git"), { recursive: true });
    mkdirSync(join(folder, "larger", path), { recursive: true });
    git(["init", "--quiet"], "larger");
    rmSync(join(folder, "larger", path), { recursive: true });
    cpSync(fleet, join(folder, "larger", path), { recursive: true });
  };
  const inLarger = (path: string) => overstack(["generate", "--output", "json"], `larger/${path}`);

  test("a new cluster in a folder of a larger repository must say the folder", () => {
    rmSync(file("clusters/eu1/inventory.json"));
    moveInto("infra/cloud");
    const { status, stdout } = inLarger("infra/cloud");
    expect(status).toBe(1);
    const { issues } = JSON.parse(stdout) as { issues: { code: string; severity: string; message: string }[] };
    const ofPlace = issues.filter(({ code }) => code === "fleet-in-folder");
    expect(ofPlace.map(({ severity }) => severity).sort()).toEqual(["error", "warning"]);
    expect(ofPlace[0]!.message).toContain("the fleet lies in infra/cloud of its repository");
    rmSync(join(folder, "larger"), { recursive: true });
  });
});
