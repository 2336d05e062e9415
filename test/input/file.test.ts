import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readClusterFile } from "../../generator/input/yaml/read-file.ts";
import { temporaryFolder } from "../tree/folder.ts";
import { file, printed } from "./cases.ts";

/** What is said of the cluster.yaml of a fleet that this function has laid out. */
function saidOf(layOut: (path: string, root: string) => void): string {
  const root = temporaryFolder();
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  layOut(path, root);
  const { value, issues } = readClusterFile(root, file);
  expect(value).toBeUndefined();
  return printed(issues);
}
const links =
  "    Put what it points to in its place: what is generated follows from the files of the repository alone.\n";

test("the bytes of a file are read as they are", () => {
  const root = temporaryFolder();
  mkdirSync(join(root, dirname(file)), { recursive: true });
  const bytes = Uint8Array.of(0xff, 0xfe, 0, 10);
  writeFileSync(join(root, file), bytes);
  const { value, issues } = readClusterFile(root, file);
  expect(Buffer.from(value!)).toEqual(Buffer.from(bytes));
  expect(issues).toEqual([]);
});

test("a symbolic link is refused, wherever it leads", () => {
  const said = `${file}: error: the file is a symbolic link\n${links}`;
  const toFile = saidOf((path, root) => {
    writeFileSync(join(root, "elsewhere.yaml"), "name: eu1\n");
    symlinkSync(join(root, "elsewhere.yaml"), path);
  });
  expect(toFile).toBe(said);
  expect(saidOf((path) => symlinkSync("nowhere.yaml", path))).toBe(said);
  expect(saidOf((path) => symlinkSync("cluster.yaml", path))).toBe(said);
});

test("a linked folder above it is refused", () => {
  const linkedFolder = saidOf((path, root) => {
    rmSync(dirname(path), { recursive: true });
    mkdirSync(join(root, "elsewhere"));
    writeFileSync(join(root, "elsewhere/cluster.yaml"), "name: eu1\n");
    symlinkSync(join(root, "elsewhere"), dirname(path));
  });
  expect(linkedFolder).toBe(`${file}: error: clusters/eu1 is a symbolic link\n${links}`);
});

test("what is not a file is refused, and a pipe is not waited for", () => {
  const way = "    Put a plain file of this name in its place.\n";
  expect(saidOf((path) => mkdirSync(path))).toBe(`${file}: error: here is a folder, not a file\n${way}`);
  expect(saidOf((path) => spawnSync("mkfifo", [path]))).toBe(
    `${file}: error: here is a pipe, socket or device, not a file\n${way}`,
  );
});

test("a file of 10 MB is refused before it is read", () => {
  expect(saidOf((path) => writeFileSync(path, Buffer.alloc(10_000_000, "#")))).toBe(
    `${file}: error: the file has 9766 KiB; at most 256 KiB are read\n` +
      "    A cluster.yaml has some KiB: see what was put into it, and keep one cluster in it.\n",
  );
});

test("a file that the user may not read is refused", () => {
  const root = temporaryFolder();
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "name: eu1\n");
  chmodSync(path, 0);
  expect(printed(asOrdinaryUser(() => readClusterFile(root, file)).issues)).toBe(
    `${file}: error: the file cannot be read: permission denied (EACCES)\n` +
      "    Give the user that runs overstack the right to read it, then generate again.\n",
  );
});

test("what the system refuses is said in its words", () => {
  expect(saidOf(() => {})).toBe(
    `${file}: error: the file cannot be read: no such file or directory (ENOENT)\n` +
      "    Put a plain file of this name there, then generate again.\n",
  );
  const folderIsFile = saidOf((path) => {
    rmSync(dirname(path), { recursive: true });
    writeFileSync(dirname(path), "");
  });
  expect(folderIsFile).toBe(
    `${file}: error: the file cannot be read: not a directory (ENOTDIR)\n` +
      "    Put a plain file of this name there, then generate again.\n",
  );
});

/** Root may read everything: the rights are given up for as long as the function runs. */
function asOrdinaryUser<T>(run: () => T): T {
  const user = process.geteuid!();
  if (user === 0) process.seteuid!(65534);
  try {
    return run();
  } finally {
    if (user === 0) process.seteuid!(user);
  }
}
