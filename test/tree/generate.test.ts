import { mkdirSync, rmSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatIssue } from "../../generator/issues/issue.ts";
import { findInventories, isIntact, readScopes } from "../../generator/tree/disk.ts";
import { differences } from "../../generator/tree/plan.ts";
import { temporaryFolder } from "./folder.ts";
import { bases, cluster, codes, content, everything, generate, planFor, write } from "./run.ts";

const keystone = "overlays/eu1/keystone/kustomization.yaml";
const glance = "overlays/eu1/glance/kustomization.yaml";
const shared = "bases/2026.1/keystone/deployment.yaml";
const eu1 = cluster("eu1", { [keystone]: "replicas: 3\n", [glance]: "replicas: 3\n" });
const base = bases({ [shared]: "kind: Deployment\n" });
const input = { "clusters/eu1/cluster.yaml": "name: eu1\n" };

function fleet(): string {
  const root = temporaryFolder();
  write(root, input);
  expect(generate(root, [base, eu1])).toEqual([]);
  return root;
}

test("the first run writes all files and an inventory for each scope", () => {
  const root = temporaryFolder();
  write(root, input);
  expect(differences(planFor(root, [base, eu1]))).toEqual({
    added: [shared, "bases/inventory.json", "clusters/eu1/inventory.json", glance, keystone],
    changed: [],
    deleted: [],
  });
  expect(generate(root, [base, eu1])).toEqual([]);
  expect(content(root)).toEqual({
    ...input,
    [shared]: "kind: Deployment\n",
    [keystone]: "replicas: 3\n",
    [glance]: "replicas: 3\n",
  });
});

test("a second run has nothing to do and touches no file", () => {
  const root = fleet();
  const calls: string[] = [];
  expect(differences(planFor(root, [base, eu1]))).toEqual({ added: [], changed: [], deleted: [] });
  expect(generate(root, [base, eu1], (call) => calls.push(call))).toEqual([]);
  expect(calls).toEqual([]);
});

test("only the file that changed is written", () => {
  const root = fleet();
  const age = () => ({ ...statSync(join(root, glance), { bigint: true }), atimeNs: 0n, atimeMs: 0n, atime: 0 });
  const before = age();
  const next = cluster("eu1", { [keystone]: "replicas: 5\n", [glance]: "replicas: 3\n" });
  expect(differences(planFor(root, [base, next])).changed).toEqual(["clusters/eu1/inventory.json", keystone]);
  expect(generate(root, [base, next])).toEqual([]);
  expect(age()).toEqual(before);
  expect(content(root)).toMatchObject({ [keystone]: "replicas: 5\n" });
});

test("facts that change are recorded, and nothing else is written", () => {
  const root = fleet();
  const next = { ...eu1, facts: { inputs: "2" } };
  const planned = planFor(root, [base, next]);
  expect(differences(planned)).toEqual({ added: [], changed: ["clusters/eu1/inventory.json"], deleted: [] });
  expect(generate(root, [base, next])).toEqual([]);
  expect(readScopes(root, [eu1.inventory]).inventories.get(eu1.inventory)?.facts).toEqual({ inputs: "2" });
});

test("a file no longer wanted is deleted, with the folders that it leaves empty", () => {
  const root = fleet();
  expect(generate(root, [base, cluster("eu1", { [keystone]: "replicas: 3\n" })])).toEqual([]);
  expect(content(root)).toEqual({ ...input, [shared]: "kind: Deployment\n", [keystone]: "replicas: 3\n" });
});

test("a folder with a foreign file stays when our files leave it", () => {
  const root = fleet();
  write(root, { "overlays/eu1/glance/notes.txt": "mine\n" });
  expect(generate(root, [base, cluster("eu1", { [keystone]: "replicas: 3\n" })])).toEqual([]);
  expect(content(root)).toMatchObject({ "overlays/eu1/glance/notes.txt": "mine\n" });
  expect(content(root)).not.toHaveProperty([glance]);
});

test("a removed cluster takes its files and its inventory with it, and only those", () => {
  const root = fleet();
  const eu2 = cluster("eu2", { "overlays/eu2/keystone/kustomization.yaml": "replicas: 3\n" });
  expect(generate(root, [base, eu1, eu2])).toEqual([]);
  unlinkSync(join(root, "clusters/eu1/cluster.yaml"));
  expect(generate(root, [base, cluster("eu1", {}), eu2])).toEqual([]);
  expect(Object.keys(everything(root))).toEqual([
    shared,
    "bases/inventory.json",
    "clusters/eu2/inventory.json",
    "overlays/eu2/keystone/kustomization.yaml",
  ]);
});

test("what lies next to a removed cluster's inventory stays", () => {
  const root = fleet();
  expect(generate(root, [base, cluster("eu1", {})])).toEqual([]);
  expect(content(root)).toEqual({ ...input, [shared]: "kind: Deployment\n" });
});

test("a cluster that was not asked for is not touched, not even its edits", () => {
  const root = fleet();
  write(root, { [keystone]: "edited\n" });
  const eu2 = cluster("eu2", { "overlays/eu2/a.yaml": "a\n" });
  expect(generate(root, [base, eu2])).toEqual([]);
  expect(content(root)).toMatchObject({ [keystone]: "edited\n", "overlays/eu2/a.yaml": "a\n" });
});

test("a file edited by hand stops the run, which says how to keep and how to drop the edit", () => {
  const root = fleet();
  write(root, { [keystone]: "replicas: 7\n" });
  const before = everything(root);
  const issues = generate(root, [base, cluster("eu1", { [keystone]: "replicas: 5\n", [glance]: "replicas: 5\n" })]);
  expect(issues.map(formatIssue)).toEqual([
    `${keystone}: error: ${keystone} was edited since overstack generated it\n    To keep the edit, say it in cluster.yaml (options, patches), delete this file and generate again. To drop it: git checkout -- ${keystone}, or delete the file and generate again.`,
  ]);
  expect(everything(root)).toEqual(before);
});

test("an edit stops the run also where nothing else would change", () => {
  const root = fleet();
  write(root, { [keystone]: "replicas: 7\n" });
  expect(codes(generate(root, [base, eu1]))).toEqual(["edited-by-hand"]);
});

test("an edited file is not deleted, though nobody wants it any more", () => {
  const root = fleet();
  write(root, { [glance]: "edited\n" });
  expect(codes(generate(root, [base, cluster("eu1", {})]))).toEqual(["edited-by-hand"]);
  expect(content(root)).toMatchObject({ [glance]: "edited\n", [keystone]: "replicas: 3\n" });
});

test("every edited file is named", () => {
  const root = fleet();
  write(root, { [keystone]: "edited\n", [shared]: "edited\n" });
  expect(generate(root, [base, eu1]).map(({ file }) => file)).toEqual([shared, keystone]);
});

test("an edit that says what is wanted anyway is not an obstacle", () => {
  const root = fleet();
  write(root, { [keystone]: "replicas: 5\n" });
  expect(generate(root, [base, cluster("eu1", { [keystone]: "replicas: 5\n", [glance]: "replicas: 3\n" })])).toEqual(
    [],
  );
  expect(generate(root, [base, eu1])).toEqual([]);
  expect(content(root)).toMatchObject({ [keystone]: "replicas: 3\n" });
});

test("deleting an edited file and generating again drops the edit", () => {
  const root = fleet();
  write(root, { [keystone]: "edited\n" });
  unlinkSync(join(root, keystone));
  expect(generate(root, [base, eu1])).toEqual([]);
  expect(content(root)).toMatchObject({ [keystone]: "replicas: 3\n" });
});

test("deleting a whole folder and generating again brings it back", () => {
  const root = fleet();
  const before = everything(root);
  rmSync(join(root, "overlays"), { recursive: true });
  expect(generate(root, [base, eu1])).toEqual([]);
  expect(everything(root)).toEqual(before);
});

test("a foreign file where we want to write stops the run and stays", () => {
  const root = temporaryFolder();
  write(root, { [keystone]: "mine\n" });
  const [issue] = generate(root, [base, eu1]);
  expect(issue).toMatchObject({
    code: "not-ours",
    file: keystone,
    message: `${keystone} is in the way: overstack did not write it, and wants to write a file of that name`,
    hint: expect.stringContaining("Move or rename it"),
  });
  expect(everything(root)).toEqual({ [keystone]: "mine\n" });
});

test("a foreign file that says what is wanted becomes ours", () => {
  const root = temporaryFolder();
  write(root, { [keystone]: "replicas: 3\n" });
  expect(generate(root, [base, eu1])).toEqual([]);
  expect(generate(root, [base, cluster("eu1", {})])).toEqual([]);
  expect(content(root)).toEqual({ [shared]: "kind: Deployment\n" });
});

test("a foreign file where we need a folder stops the run once", () => {
  const root = temporaryFolder();
  write(root, { "overlays/eu1": "mine\n" });
  expect(generate(root, [base, eu1])).toMatchObject([{ code: "not-ours", file: "overlays/eu1" }]);
});

test("a folder with foreign files where we want a file stops the run", () => {
  const root = temporaryFolder();
  write(root, { [`${keystone}/mine.txt`]: "mine\n" });
  expect(generate(root, [base, eu1])).toMatchObject([{ code: "not-ours", file: `${keystone}/mine.txt` }]);
});

test("empty folders where we want a file give way", () => {
  const root = temporaryFolder();
  mkdirSync(join(root, keystone, "empty/emptier"), { recursive: true });
  expect(generate(root, [base, eu1])).toEqual([]);
  expect(content(root)).toMatchObject({ [keystone]: "replicas: 3\n" });
});

test("a file of ours becomes a folder, and a folder a file", () => {
  const root = temporaryFolder();
  const file = cluster("eu1", { "overlays/eu1/x": "a\n" });
  const folder = cluster("eu1", { "overlays/eu1/x/y/z": "b\n" });
  expect(generate(root, [file])).toEqual([]);
  expect(generate(root, [folder])).toEqual([]);
  expect(content(root)).toEqual({ "overlays/eu1/x/y/z": "b\n" });
  expect(generate(root, [file])).toEqual([]);
  expect(content(root)).toEqual({ "overlays/eu1/x": "a\n" });
});

test("a checkout with CRLF is not taken for an edit, nor rewritten", () => {
  const root = fleet();
  for (const [path, text] of Object.entries(everything(root))) write(root, { [path]: text.replaceAll("\n", "\r\n") });
  expect(differences(planFor(root, [base, eu1]))).toEqual({ added: [], changed: [], deleted: [] });
  expect(generate(root, [base, cluster("eu1", { [keystone]: "replicas: 5\n" })])).toEqual([]);
  expect(content(root)).toMatchObject({ [keystone]: "replicas: 5\n", [shared]: "kind: Deployment\r\n" });
  expect(content(root)).not.toHaveProperty([glance]);
});

test("a broken inventory stops the run, and is the only thing said", () => {
  const root = fleet();
  write(root, { "clusters/eu1/inventory.json": "{" });
  const issues = generate(root, [base, cluster("eu1", { [keystone]: "replicas: 5\n" })]);
  expect(codes(issues)).toEqual(["broken-inventory"]);
});

test("a lost inventory stops the run where files would change, and is named as a cause", () => {
  const root = fleet();
  unlinkSync(join(root, "clusters/eu1/inventory.json"));
  const issues = generate(root, [base, cluster("eu1", { [keystone]: "replicas: 5\n", [glance]: "replicas: 3\n" })]);
  expect(issues).toMatchObject([{ code: "not-ours", file: keystone, hint: expect.stringContaining("inventory") }]);
});

test("a lost inventory is written again where no file would change", () => {
  const root = fleet();
  const before = everything(root);
  unlinkSync(join(root, "clusters/eu1/inventory.json"));
  expect(generate(root, [base, eu1])).toEqual([]);
  expect(everything(root)).toEqual(before);
});

test.each([
  ["a generated file", keystone],
  ["the folder above a generated file", "overlays/eu1/keystone"],
  ["a folder further up", "overlays"],
  ["an inventory", "clusters/eu1/inventory.json"],
])("nothing is read or written through a symbolic link in place of %s", (_, path) => {
  const root = fleet();
  const outside = temporaryFolder();
  rmSync(join(root, path), { recursive: true });
  symlinkSync(outside, join(root, path));
  const issues = generate(root, [base, cluster("eu1", { [keystone]: "replicas: 5\n", [glance]: "replicas: 5\n" })]);
  expect(issues).toMatchObject([{ code: "symbolic-link", file: path, message: `${path} is a symbolic link` }]);
  expect(everything(outside)).toEqual({});
});

test("nothing is deleted through a symbolic link", () => {
  const root = fleet();
  const outside = temporaryFolder();
  write(outside, { "kustomization.yaml": "replicas: 3\n" });
  rmSync(join(root, "overlays/eu1/keystone"), { recursive: true });
  symlinkSync(outside, join(root, "overlays/eu1/keystone"));
  expect(codes(generate(root, [base, cluster("eu1", {})]))).toEqual(["symbolic-link"]);
  expect(everything(outside)).toEqual({ "kustomization.yaml": "replicas: 3\n" });
});

test("the repository itself may be reached through a symbolic link", () => {
  const link = join(temporaryFolder(), "fleet");
  const root = fleet();
  symlinkSync(root, link);
  expect(generate(link, [base, cluster("eu1", {})])).toEqual([]);
  expect(content(root)).toEqual({ ...input, [shared]: "kind: Deployment\n" });
});

test("inventories are found, also of clusters that have no cluster.yaml any more", () => {
  const root = fleet();
  write(root, { "clusters/new/cluster.yaml": "name: new\n" });
  unlinkSync(join(root, "clusters/eu1/cluster.yaml"));
  expect(findInventories(root)).toEqual({ value: ["bases/inventory.json", "clusters/eu1/inventory.json"], issues: [] });
});

test("an empty folder has no inventories", () => {
  expect(findInventories(temporaryFolder())).toEqual({ value: [], issues: [] });
});

test("overlays whose cluster was deleted as a whole are pointed out", () => {
  const root = fleet();
  rmSync(join(root, "clusters/eu1"), { recursive: true });
  expect(findInventories(root)).toMatchObject({
    value: ["bases/inventory.json"],
    issues: [{ code: "overlays-without-cluster", severity: "warning", file: "overlays/eu1" }],
  });
});

test("a scope is intact as long as each of its files is as it was written", () => {
  const root = fleet();
  const intact = () => isIntact(readScopes(root, [eu1.inventory]), eu1.inventory);
  expect(intact()).toBe(true);
  write(root, { [keystone]: "edited\n" });
  expect(intact()).toBe(false);
  unlinkSync(join(root, keystone));
  expect(intact()).toBe(false);
  expect(generate(root, [base, eu1])).toEqual([]);
  expect(intact()).toBe(true);
});
