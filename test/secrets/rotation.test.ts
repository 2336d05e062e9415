import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { rotate } from "../../generator/cli/rotate.ts";
import { decryptSecret } from "../../generator/sops/file.ts";
import { newIdentity } from "../../generator/sops/keys.ts";
import { reveal } from "../../generator/sops/secret-value.ts";
import { everything } from "../tree/run.ts";
import { type Circumstances, smallCluster, workplace } from "./program.ts";

const [flux, alice] = await Promise.all([newIdentity(), newIdentity()]);
const cluster = "clusters/eu1/cluster.yaml";
const secrets = "overlays/eu1/secrets";
const services = `${secrets}/openstack-services`;

const complete = workplace(undefined, afterAll);
beforeAll(() => {
  complete.must("new fleet fleet");
  complete.write(cluster, smallCluster([flux.recipient]));
  complete.must("secrets create eu1");
  complete.must("generate");
  complete.must("commit");
}, 180_000);

type Place = ReturnType<typeof workplace>;
const state = ({ read }: Place, instance = "placement") => parse(read(cluster)).services[instance]?.credentials;
const files = ({ root }: Place) =>
  globSync(`${services}/*.yaml`, { cwd: root })
    .map((file) => file.split("/").at(-1)!)
    .sort();
const commit = ({ must }: Place) => [must("generate"), must("commit")];

async function values(place: Place, file: string): Promise<Record<string, string>> {
  const { value } = await decryptSecret(place.read(`${services}/${file}`), [flux.identity]);
  return Object.fromEntries([...value!].map(([key, secret]) => [key, reveal(secret)]));
}

/** What the pods of an instance read, by file. */
const namedBy = ({ root, git }: Place, instance: string): string[] => {
  const objects = globSync(`overlays/eu1/${instance}/**/*.yaml`, { cwd: root }).map((file) =>
    readFileSync(join(root, file), "utf8"),
  );
  return [git("rev-parse", "HEAD"), ...objects];
};

test("walks through three commits, says what each does, and what to wait for", () => {
  const place = workplace(complete.root);
  const { must, run, git, read } = place;
  const before = read(cluster);
  const first = files(place);

  expect(
    must("secrets rotate eu1 placement database"),
  ).toBe(`placement database, step prepare: a second user of placement with a Secret of its own is made, and the first stays; nothing rolls.

Next:
  overstack generate && overstack commit    then push, and wait until it is applied
  kubectl -n openstack-services wait user.k8s.mariadb.com/placement-mariadb.database-g2 --timeout=15m --for=create && kubectl -n openstack-services wait user.k8s.mariadb.com/placement-mariadb.database-g2 --timeout=15m --for=condition=Ready
  kubectl -n openstack-services wait grant.k8s.mariadb.com/placement-mariadb.database-g2 --timeout=15m --for=create && kubectl -n openstack-services wait grant.k8s.mariadb.com/placement-mariadb.database-g2 --timeout=15m --for=condition=Ready
  overstack secrets rotate eu1 placement database    the next step, when that is done
`);
  expect(state(place)).toEqual({ database: { generation: 1, alsoValid: 2 } });
  expect(files(place)).toEqual([...first, "placement-database-g2.yaml"].sort());
  commit(place);
  expect(git("diff", "HEAD~1", "--name-only", "--", "overlays/eu1/placement/run", "bases"), "nothing rolls").toBe("");
  expect(must("secrets rotate eu1")).toContain("placement database: next step switch, under way");

  expect(
    must("secrets rotate eu1 placement database"),
  ).toBe(`placement database, step switch: the pods of placement roll, one at a time, and log in as the new user.

Next:
  overstack generate && overstack commit    then push, and wait until it is applied
  kubectl -n openstack-services rollout status deployment -l app.kubernetes.io/instance=placement
  kubectl -n openstack-services get pod -l app.kubernetes.io/instance=placement --field-selector=status.phase=Running -o yaml | grep -E 'name: (placement-database)$'    must print nothing
  overstack secrets rotate eu1 placement database    the next step, when that is done
`);
  commit(place);
  expect(namedBy(place, "placement").join("\n")).toContain("placement-database-g2");

  expect(
    must("secrets rotate eu1 placement database"),
  ).toBe(`placement database, step finish: the old user of placement goes, with its objects; nothing rolls.

Next:
  git rm --quiet ${services}/placement-database.yaml    nobody reads it any more
  overstack generate && overstack commit    then push, and wait until it is applied

The rotation is complete.
`);
  git("rm", "--quiet", `${services}/placement-database.yaml`);
  commit(place);
  expect(git("diff", "HEAD~1", "--name-only", "--", "overlays/eu1/placement/run", "bases"), "nothing rolls").toBe("");
  expect(run("secrets check eu1")).toMatchObject({ status: 0, stderr: "" });
  expect(state(place)).toEqual({ database: { generation: 2 } });
  expect(
    read(cluster)
      .split("\n")
      .filter((line) => !/credentials:|database: \{ gen/.test(line))
      .join("\n"),
  ).toBe(before);
}, 120_000);

test("without a kind, all that an instance has rotates together", () => {
  const place = workplace(complete.root);
  expect(place.must("secrets rotate eu1 placement")).toMatch(
    /wait job\/placement-register-[0-9a-f]+ --timeout=15m --for=create/,
  );
  expect(state(place)).toEqual({
    database: { generation: 1, alsoValid: 2 },
    identity: { generation: 1, alsoValid: 2 },
  });
}, 180_000);

test("a step waits for the commit of the one before, and for its Secrets", () => {
  const place = workplace(complete.root);
  const { must, run, root, git } = place;
  must("secrets rotate eu1 placement database");
  const before = everything(root);
  expect(run("secrets rotate eu1 placement database")).toMatchObject({
    status: 1,
    stderr: `${cluster}: error: the last step of placement of eu1 is not committed yet, and the next one would undo what makes it safe
    Run: overstack generate && overstack commit, push, and wait until it is applied. To take the step back instead: git checkout ${cluster}.
`,
  });
  expect(everything(root)).toEqual(before);

  // Taken back: the Secret is left over, is named, and serves the next attempt.
  git("checkout", "--quiet", cluster);
  expect(run("secrets check eu1").stderr).toContain(
    "nobody reads the Secret openstack-services/placement-database-g2, of a rotation that was finished or taken back",
  );
  const kept = place.read(`${services}/placement-database-g2.yaml`);
  must("secrets rotate eu1 placement database");
  expect(place.read(`${services}/placement-database-g2.yaml`)).toBe(kept);

  commit(place);
  git("rm", "--quiet", `${services}/placement-database-g2.yaml`);
  expect(run("secrets rotate eu1 placement database")).toMatchObject({
    status: 1,
    stderr:
      expect.stringContaining(`error: placement of eu1 is to read openstack-services/placement-database-g2, which is missing
    git checkout brings back what was there. Else finish the last step first: overstack secrets create eu1 && overstack generate && overstack commit, then push.`),
  });
}, 180_000);

test("a cluster.yaml in an unusual form is left to its author, who is told what to write", () => {
  const place = workplace(complete.root);
  place.edit(cluster, (text) => text.replace("  placement:\n    replicas:", "  ? placement\n  : replicas:"));
  expect(place.run("secrets rotate eu1 placement database").stderr).toContain(
    "cluster.yaml cannot be edited here without touching the rest of it (aliases, or an unusual form)\n    Write at services.placement: credentials: { database: { generation: 1, ",
  );
}, 180_000);

test("what cannot rotate says what can", () => {
  const { run } = workplace(complete.root);
  expect(run("secrets rotate eu1 keystone messaging").stderr).toContain(
    "keystone of eu1 has no messaging to rotate\n    It has: database, credential-keys.",
  );
  expect(run("secrets rotate eu1 memcached").stderr).toContain("memcached of eu1 has no credentials to rotate");
  expect(run("secrets rotate eu1 nova").stderr).toContain("eu1 has no instance nova");
}, 180_000);

test("credential keys: the next key encrypts next to the old one, which goes when all is encrypted again", async () => {
  const place = workplace(complete.root);
  const { must, run } = place;
  const file = "keystone-credential-keys.yaml";
  const line = "secrets rotate eu1 keystone credential-keys";
  const start = await values(place, file);
  expect(run(line).stderr).toContain("no age identity is at hand");

  expect(must(line, { key: flux.identity })).toContain(
    "kubectl -n openstack-services exec deploy/keystone-api -- keystone-manage credential_migrate",
  );
  const middle = await values(place, file);
  expect(middle).toEqual({ 0: expect.stringMatching(/^[\w-]{43}=$/), 1: start[1], 2: start[0] });
  expect(Object.values(start)).not.toContain(middle[0]);
  expect(run(line, { key: flux.identity }).stderr).toContain("is not committed yet");
  commit(place);
  expect(must("secrets rotate eu1")).toContain("keystone credential-keys: next step finish, under way");

  must(line, { key: flux.identity });
  expect(await values(place, file)).toEqual({ 0: middle[0], 1: start[0] });
  commit(place);
  expect(must("secrets check eu1", { key: flux.identity })).toContain("in order");
  expect(must("secrets create eu1")).toContain("0 made");
}, 180_000);

// A child that dies by SIGKILL before its n-th file is put in its place: what was meant for it waits next to it.
const deadly = `data:text/javascript,${encodeURIComponent(`
import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
let left = Number(process.env.KILL_BEFORE);
const real = fs.renameSync;
fs.renameSync = (...args) => {
  if (args[0].includes("/fleet/") && left-- === 0) process.kill(process.pid, "SIGKILL");
  return real(...args);
};
syncBuiltinESMExports();`)}`;
const dying = (killBefore: number, how: Circumstances): Circumstances => ({
  ...how,
  env: { NODE_OPTIONS: `--import ${deadly}`, KILL_BEFORE: String(killBefore) },
});

/** Kills a command before each file, or each `stride`-th; it is run again, and everything must be as if nothing had happened. */
async function surviving(
  line: string,
  how: Circumstances,
  prepare: (place: Place) => void,
  expected: (place: Place) => unknown,
  stride = 1,
) {
  const undisturbed = workplace(complete.root);
  prepare(undisturbed);
  undisturbed.must(line, how);
  const wanted = await expected(undisturbed);
  for (let calls = 0; ; calls += stride) {
    const place = workplace(complete.root);
    prepare(place);
    if (place.run(line, dying(calls, how)).signal !== "SIGKILL") {
      expect(calls, line).toBeGreaterThan(0);
      return;
    }
    for (const [path, text] of Object.entries(everything(join(place.root, secrets))))
      expect(text.endsWith("version: 3.13.3\n") || path.endsWith("kustomization.yaml"), `${path} is whole`).toBe(true);
    place.must(line, how);
    expect(await expected(place), `${line}, killed before file ${calls}`).toEqual(wanted);
    expect(place.git("status", "--porcelain", "--untracked-files=all"), "nothing is left behind").not.toContain(
      ".overstack",
    );
  }
}

const keysOf = (place: Place) => ({ files: files(place), state: state(place) });

test("killed at any moment, rotate takes the same step again", async () => {
  await surviving("secrets rotate eu1 placement", {}, () => {}, keysOf);
}, 300_000);

test("killed at any moment, the step of credential keys is taken once", async () => {
  const how = { key: flux.identity };
  await surviving(
    "secrets rotate eu1 keystone credential-keys",
    how,
    () => {},
    async (place) => Object.keys(await values(place, "keystone-credential-keys.yaml")),
  );
}, 300_000);

test("killed at any moment, create makes what is left, and reencrypt goes on", async () => {
  const add = (place: Place) => place.edit(cluster, (text) => `${text}  placement-two:\n`);
  await surviving("secrets create eu1", {}, add, keysOf, 3);
  await surviving(
    "secrets reencrypt eu1",
    { key: flux.identity },
    (place) => place.write(cluster, smallCluster([flux.recipient, alice.recipient])),
    ({ run }) => run("secrets check eu1", { key: alice.identity }).status,
    5,
  );
}, 600_000);

test("an edit of cluster.yaml at any moment of a step is not lost", async () => {
  const edit = "# by hand\n";
  const step = async (place: Place, wait?: number) => {
    const began = performance.now();
    const setting = { root: place.root, directory: place.root, progress: () => {} };
    const taken = rotate(setting, "eu1", "placement", "database");
    if (wait !== undefined) {
      await setTimeout(wait);
      place.append(cluster, edit);
    }
    const { issues = [] } = await taken;
    return { codes: issues.map(({ code }) => code), took: performance.now() - began };
  };
  await step(workplace(complete.root));
  const { took } = await step(workplace(complete.root));
  const parts = 16;
  for (let part = 0; part <= parts; part++) {
    const place = workplace(complete.root);
    const { codes } = await step(place, (took * part) / parts);
    expect(place.read(cluster), `after ${part} of ${parts}`).toContain(edit);
    expect(codes).toEqual(state(place) === undefined ? ["changed-meanwhile"] : []);
  }
}, 300_000);

test("files keep their mode", () => {
  const place = workplace(complete.root);
  const before = statSync(join(place.root, cluster)).mode;
  place.must("secrets rotate eu1 placement database");
  expect(statSync(join(place.root, cluster)).mode).toBe(before);
  expect(statSync(join(place.root, services, "placement-database-g2.yaml")).mode & 0o777).toBe(0o600);
}, 180_000);
