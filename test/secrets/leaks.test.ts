import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { decryptSecret } from "../../generator/sops/file.ts";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal } from "../../generator/sops/secret-value.ts";

const folder = mkdtempSync(join(tmpdir(), "overstack-leaks-"));
const compiled = mkdtempSync(join(tmpdir(), "overstack-compiled-"));
afterAll(() => {
  for (const each of [folder, compiled]) rmSync(each, { recursive: true, force: true });
});
const program = resolve("generator/cli/main.ts");
const { identity, recipient } = await newIdentity();
// Which arguments other programs get is written down, and searched with all other files.
const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
const recorded = join(folder, "arguments");
mkdirSync(join(folder, "bin"));
writeFileSync(join(folder, "bin/git"), `#!/bin/sh\nprintf '%s\\n' "$@" >> "${recorded}"\nexec ${git} "$@"\n`, {
  mode: 0o755,
});
const env = {
  PATH: `${join(folder, "bin")}:${process.env.PATH}`,
  HOME: folder,
  TMPDIR: folder,
  NODE_COMPILE_CACHE: compiled,
  GIT_CONFIG_NOSYSTEM: "1",
  ...Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((who) => [
      [`GIT_${who}_NAME`, "a"],
      [`GIT_${who}_EMAIL`, "a@example.org"],
    ]),
  ),
};

it("no command lets a value out: not into output, files, temporary files or history", async () => {
  const printed: string[] = [];
  const run = (
    args: readonly string[],
    { input = "", key = false, cwd = join(folder, "fleet") } = {},
  ): number | null => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
      cwd,
      input,
      encoding: "utf8",
      env: { ...env, ...(key ? { SOPS_AGE_KEY: reveal(identity) } : {}) },
    });
    printed.push(stdout, stderr);
    return status;
  };
  run(["new", "fleet", "fleet"], { cwd: folder });
  run(["new", "cluster", "eu1"]);
  const clusterFile = join(folder, "fleet/clusters/eu1/cluster.yaml");
  appendFileSync(clusterFile, `secrets: { provider: sops, recipients: [${recipient}] }\n`);
  expect(run(["secrets", "create", "eu1"])).toBe(0);
  const given = ["Given-Value-0", "Given-Value-1", "Given-Value-2", "Given-Value-3"];
  const open = ["openstack-infrastructure/mariadb-backup", "openstack-services/glance-s3"].flatMap((id) =>
    ["access-key", "secret-key"].map((key) => [id, key] as const),
  );
  for (const [index, [id, key]] of open.entries())
    expect(run(["secrets", "set", "eu1", id, key], { input: `${given[index]}\n`, key: true })).toBe(0);
  for (const output of ["text", "json"]) {
    for (const args of [["secrets", "list"], ["secrets", "manifest"], ["secrets", "export"], ["images"]])
      expect(run(["-o", output, ...args, "eu1"], { key: true }), args.join(" ")).toBe(0);
    expect(run(["-o", output, "secrets", "check", "eu1"], { key: true })).toBe(0);
    expect(run(["-o", output, "explain", "secrets"], { key: true })).toBe(0);
  }
  expect(run(["generate"], { key: true })).toBe(0);
  expect(run(["commit"], { key: true })).toBe(0);
  for (const line of ["rotate eu1 glance", "rotate eu1 keystone credential-keys", "rotate eu1", "reencrypt eu1"])
    expect(run(["secrets", ...line.split(" ")], { key: true }), line).toBe(0);
  expect(run(["generate"], { key: true })).toBe(0);
  expect(run(["commit"], { key: true })).toBe(0);
  for (const line of ["rotate eu1 glance", "rotate eu1 keystone credential-keys", "rotate eu1 glance"])
    run(["secrets", ...line.split(" ")], { key: true });
  const admin = ["secrets", "set", "eu1", "openstack-services/keystone-admin", "password"];
  expect(run(admin, { input: "Given-Value-4-long-enough", key: true })).toBe(0);
  // What goes wrong must not be more talkative.
  const glance = join(folder, "fleet/overlays/eu1/secrets/openstack-services/glance-s3.yaml");
  const before = readFileSync(glance, "utf8");
  const values = await allValues();
  writeFileSync(
    glance,
    before.replace(/(?<=ENC\[AES256_GCM,data:)./, (first) => (first === "A" ? "B" : "A")),
  );
  for (const args of [["check"], ["create"], ["reencrypt"]]) run(["secrets", ...args, "eu1"], { key: true });
  run(["secrets", "set", "eu1", "openstack-services/glance-s3", "access-key"], { input: "Given-Value-0", key: true });
  run(["secrets", "set", "eu1", "openstack-services/nothing", "access-key"], { input: "Given-Value-0", key: true });

  writeFileSync(join(folder, "fleet/overlays/eu1/plain.yaml"), "kind: Secret\nstringData: { a: Given-Value-5 }\n");
  for (const line of ["commit", "secrets check eu1"]) expect(run(line.split(" "), { key: true }), line).toBe(1);
  rmSync(join(folder, "fleet/overlays/eu1/plain.yaml"));
  const show = (...args: string[]) =>
    execFileSync(git, args, { cwd: join(folder, "fleet"), env, encoding: "utf8", maxBuffer: 1 << 28 });
  const tree = globSync("**/*", { cwd: folder, withFileTypes: true, exclude: (entry) => entry.name === ".git" })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  const places = {
    output: printed.join("\n"),
    files: tree.join("\n"),
    arguments: readFileSync(recorded, "utf8"),
    history: show("log", "--all", "--patch", "--format=%B"),
  };
  expect(values.length).toBeGreaterThan(15);
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(1000);
    for (const value of [...values, ...given, "Given-Value-4-long-enough", "Given-Value-5", reveal(identity)]) {
      expect(text.includes(value), `${place} holds ${value.slice(0, 2)}…`).toBe(false);
      expect(
        text.includes(Buffer.from(value).toString("base64")),
        `${place} holds ${value.slice(0, 2)}… in base64`,
      ).toBe(false);
    }
  }
}, 300_000);

/** Every value of the cluster, but names of users, which are not secret. */
async function allValues(): Promise<string[]> {
  const files = globSync("fleet/overlays/eu1/secrets/*/*.yaml", { cwd: folder });
  const opened = await Promise.all(
    files.map(async (file) => (await decryptSecret(readFileSync(join(folder, file), "utf8"), [identity])).value!),
  );
  return opened.flatMap((map) => [...map].filter(([key]) => key !== "username").map(([, value]) => reveal(value)));
}
