import { execFile } from "node:child_process";
import { hash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { workFolder } from "../cli/program.ts";
import { type Behaviour, registry } from "./server.ts";

const { folder, overstack, removeFolder } = workFolder();

// The real program asks a server on this machine, and writes into a cluster.yaml as a person wrote it.

const fleet = join(folder, "fleet");
const clusterFile = join(fleet, "clusters/eu1/cluster.yaml");
const digestOf = (image: string) => `sha256:${hash("sha256", image, "hex")}`;
const login = "reader:correct-horse-battery";
const memcached = "docker.io/library/memcached:1.6.39-alpine";
const keystone = "quay.io/airshipit/keystone:2026.1-ubuntu_noble";

const written = (images: string) => `# The first cloud.
name: eu1
release: "2026.1"
profile: development # for a while
domain: eu1.example.org
${images}
delivery: { repository: "https://git.example.org/cloud/fleet.git" }

services:
  keystone: {} # alone
`;

/** Unlike `overstack`, this leaves the test's own server free to answer. */
const run = (args: readonly string[], env: Record<string, string> = {}) =>
  new Promise<{ status: number; stdout: string; stderr: string }>((done) => {
    const program = [resolve("generator/cli/main.ts"), "images", "eu1", ...args];
    const own = { PATH: process.env.PATH!, HOME: folder, GIT_CONFIG_NOSYSTEM: "1", ...env };
    execFile(process.execPath, program, { cwd: fleet, env: own }, (failure, stdout, stderr) =>
      done({ status: failure === null ? 0 : Number(failure.code), stdout, stderr }),
    );
  });

/** A cluster whose mirror is a registry of this machine. */
async function onMirror(behaviour: Behaviour) {
  const { host, seen, server } = await registry(behaviour);
  onTestFinished(() => void server.close());
  writeFileSync(clusterFile, written(`images:\n  # ours\n  registry: ${host}/hub # near`));
  return { host, seen, before: readFileSync(clusterFile, "utf8") };
}

const digests = (): Record<string, string> => parse(readFileSync(clusterFile, "utf8")).images.digests;
const dockerLogin = (host: string, words: string) => {
  const config = join(folder, "docker");
  mkdirSync(config, { recursive: true });
  const auth = Buffer.from(words).toString("base64");
  writeFileSync(join(config, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
  return { DOCKER_CONFIG: config };
};

beforeAll(() => {
  expect(overstack(["new", "fleet", "fleet"]).status).toBe(0);
  mkdirSync(join(fleet, "clusters/eu1"), { recursive: true });
});
beforeEach(() => writeFileSync(clusterFile, written("")));
afterAll(removeFolder);

describe("digests from a registry", () => {
  test("each image has its digest afterwards, sorted, and every other line is as it was", async () => {
    const { before, host } = await onMirror({ digest: digestOf });
    expect(await run(["--resolve"])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("overstack generate"),
    });
    const after = readFileSync(clusterFile, "utf8");
    const lines = after.split("\n");
    const added = lines.filter((line) => line.includes("sha256:") || line === "  digests:");
    expect(lines.filter((line) => !added.includes(line)).join("\n")).toBe(before);
    expect(digests()[memcached]).toBe(digestOf("hub/library/memcached:1.6.39-alpine"));
    expect(digests()[keystone]).toBe(digestOf("hub/airshipit/keystone:2026.1-ubuntu_noble"));
    expect(Object.keys(digests())).toEqual(Object.keys(digests()).toSorted());
    const { stdout } = await run([]);
    expect(stdout).toContain(`${host}/hub/library/memcached:1.6.39-alpine@${digests()[memcached]}`);
    const ofServices = stdout.split("\n").filter((image) => /airshipit|library/.test(image));
    expect(ofServices.filter((image) => !image.includes("@sha256:"))).toEqual([]);
  });

  test("a second time there is nothing to do", async () => {
    await onMirror({ digest: digestOf });
    await run(["--resolve"]);
    const after = readFileSync(clusterFile, "utf8");
    expect(await run(["--resolve"])).toMatchObject({ status: 0, stdout: expect.stringContaining("Nothing to do") });
    expect(readFileSync(clusterFile, "utf8")).toBe(after);
  });

  test("a tag that has moved gets its new digest in the place of the old one, and both are printed", async () => {
    const { host } = await onMirror({ digest: digestOf });
    const old = digestOf("old");
    writeFileSync(
      clusterFile,
      written(`images: { registry: ${host}/hub, digests: { "${memcached}": "${old}" } } # seen in May`),
    );
    const { stdout } = await run(["--resolve"]);
    expect(stdout).toContain(`${memcached}@${digests()[memcached]}, before ${old}`);
    expect(digests()[memcached]).not.toBe(old);
    expect(readFileSync(clusterFile, "utf8")).toContain("# seen in May");
  });

  test("an image that is given at its service is left out", async () => {
    const { seen } = await onMirror({ digest: digestOf });
    const own = "{ image: { keystone: registry.example.org/own/keystone:7 } }";
    writeFileSync(clusterFile, readFileSync(clusterFile, "utf8").replace("keystone: {}", `keystone: ${own}`));
    expect((await run(["--resolve"])).status).toBe(0);
    expect(seen.filter((request) => request.includes("keystone"))).toEqual([]);
    expect(digests()[keystone]).toBeUndefined();
  });

  test.each(["basic", "token"] as const)("with a login by %s, which nothing prints", async (way) => {
    const { host } = await onMirror({ way, login, digest: digestOf });
    const { status, stdout, stderr } = await run(["--resolve"], dockerLogin(host, login));
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout + readFileSync(clusterFile, "utf8")).not.toMatch(/battery|a-token-of|[Bb]asic/);
    expect(Object.keys(digests()).length).toBeGreaterThan(2);
  });

  test("with a token that anybody is given", async () => {
    await onMirror({ way: "token", digest: digestOf });
    expect((await run(["--resolve"])).status).toBe(0);
  });
});

describe("nothing is written, and the message names the cause", () => {
  const without = (name: string) => (image: string) => (image.includes(name) ? undefined : digestOf(image));
  test.each<[string, Behaviour, string, string]>([
    ["an image that the mirror does not have", { digest: without("keystone") }, "unknown-tag", "does not have"],
    ["a registry without a login", { way: "basic", login }, "refused-by-registry", "docker login 127.0.0.1"],
    ["a token that is not given", { way: "token", login }, "refused-by-registry", "does not let you look at"],
    ["a registry that forbids it", { status: 403 }, "refused-by-registry", "(status 403)"],
    ["a registry that fails", { status: 500 }, "no-digest", "answers 500"],
    [
      "an answer without the header",
      { digest: digestOf, withoutHeader: true },
      "no-digest",
      "does not tell the digest",
    ],
    ["a digest that is not one", { digest: () => "sha256:1" }, "no-digest", "does not tell the digest"],
  ])("%s", async (_, behaviour, code, words) => {
    const { before } = await onMirror(behaviour);
    const { status, stderr } = await run(["--resolve"]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(words)]);
    const { issues } = JSON.parse((await run(["--resolve", "-o", "json"])).stdout);
    expect(new Set(issues.map((issue: { code: string }) => issue.code))).toEqual(new Set([code]));
    expect(readFileSync(clusterFile, "utf8")).toBe(before);
  });

  test("a wrong password, which is not printed", async () => {
    const { host, before } = await onMirror({ way: "token", login, digest: digestOf });
    const { status, stdout, stderr } = await run(["--resolve"], dockerLogin(host, "reader:wrong-horse"));
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).not.toMatch(/horse|Basic/);
    expect(readFileSync(clusterFile, "utf8")).toBe(before);
  });

  test("a registry that does not answer, once for all images", async () => {
    writeFileSync(clusterFile, written("images: { registry: 127.0.0.1:9 }"));
    const { status, stderr } = await run(["--resolve"]);
    expect([status, stderr.split("error: ").length]).toEqual([1, 2]);
    expect(stderr).toContain("127.0.0.1:9 does not answer");
  });

  test("another run that is at work", async () => {
    const { seen } = await onMirror({ digest: digestOf });
    symlinkSync("1@another-host", join(fleet, ".overstack.lock"));
    onTestFinished(() => rmSync(join(fleet, ".overstack.lock")));
    expect((await run(["--resolve"])).stderr).toContain("another run is writing");
    expect(seen).toEqual([]);
  });

  test("a cluster.yaml that was edited while the registry was asked", async () => {
    const edited = written("# by somebody else");
    await onMirror({
      digest: (image) => {
        writeFileSync(clusterFile, edited);
        return digestOf(image);
      },
    });
    expect(await run(["--resolve"])).toMatchObject({ status: 1, stdout: "" });
    expect(readFileSync(clusterFile, "utf8")).toBe(edited);
  });
});

describe("digests from a file", () => {
  const list = join(folder, "digests.txt");
  const from = (lines: readonly string[]) => {
    writeFileSync(list, lines.join("\n"));
    return run(["--from", list]);
  };
  const listed = async (form: (image: string) => string) =>
    (await run([])).stdout
      .trim()
      .split("\n")
      .map((image) => form(image.split("@")[0]!));

  test("in both forms, by the name on the mirror or without it; of other images nothing is taken", async () => {
    writeFileSync(clusterFile, written("images: { registry: mirror.example.org/hub }"));
    const lines = await listed((image) => `${image}@${digestOf(image)}`);
    const other = `${memcached.replace("1.6.39", "1.5.0")} ${digestOf("other")}`;
    expect(await from(["# copied on Monday", "", other, ...lines])).toMatchObject({ status: 0, stderr: "" });
    const fromMirror = digests();
    expect(fromMirror[memcached]).toBe(digestOf("mirror.example.org/hub/library/memcached:1.6.39-alpine"));
    writeFileSync(clusterFile, written(""));
    const upstream = await listed((image) => `${image} ${digestOf(image)}`);
    writeFileSync(clusterFile, written("images: { registry: mirror.example.org/hub }"));
    expect((await from(upstream)).status).toBe(0);
    expect(Object.keys(digests())).toEqual(Object.keys(fromMirror));
    expect(digests()[memcached]).toBe(digestOf(memcached));
  });

  test.each([
    [
      "an image is missing",
      [`${memcached} ${digestOf("a")}`],
      "the file does not tell the digest of quay.io/airshipit",
    ],
    ["a line says something else", [`${memcached} sha256:12`], "digests.txt:1:1: error: the line does not say"],
    [
      "two lines disagree",
      [`${memcached} ${digestOf("a")}`, `${memcached}@${digestOf("b")}`],
      "digests.txt:2:1: error: docker.io/library/memcached:1.6.39-alpine has another digest",
    ],
  ])("nothing is written when %s", async (_, lines, words) => {
    const before = readFileSync(clusterFile, "utf8");
    expect(await from(lines)).toMatchObject({ status: 1, stderr: expect.stringContaining(words) });
    expect(readFileSync(clusterFile, "utf8")).toBe(before);
  });

  test("a file that is not there is said so", async () => {
    expect((await run(["--from", "nowhere.txt"])).stderr).toContain("nowhere.txt: error: the file with digests cannot");
  });
});
