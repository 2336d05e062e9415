import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue } from "../contract/in-cluster.ts";
import { withDisks, catalogue as withStorage } from "../contract/storage.ts";
import { rendered } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";
import { findPython } from "./environment.ts";
import { type KubernetesApi, type Secrets, serveKubernetes } from "./kubernetes-api.ts";

// The programs that make and copy Secrets, as the Jobs run them, before an API of this machine.

const folder = mkdtempSync(join(tmpdir(), "overstack-in-cluster-"));
const secrets: Secrets = new Map();
let python: string;
let api: KubernetesApi;

beforeAll(async () => {
  python = await findPython();
  api = await serveKubernetes(secrets);
  writeFileSync(join(folder, "ca.crt"), api.ca);
  writeFileSync(join(folder, "token"), "a-token");
  writeFileSync(join(folder, "namespace"), "readers");
});
afterAll(() => {
  api.server.close();
  rmSync(folder, { recursive: true });
});

const cluster = rendered({ reader: {}, vault: {} }, { namespaces: { reader: "readers" } }, catalogue);

const stored = rendered({ warehouse: {} }, withDisks, withStorage);

/** Runs the program of a Job; `more` in place of its own variables. */
async function run(instance: string, job: string, more: Readonly<Record<string, string>> = {}, inside = cluster) {
  const { main } = podOf(renderingOf(inside, instance).objects[job]);
  const script = main.command.at(-1)!.replace("/var/run/secrets/kubernetes.io/serviceaccount/", `${folder}/`);
  const own = Object.fromEntries(main.env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  const env = { ...own, KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(api.port), ...more };
  return new Promise<{ status: number; said: string }>((resolve) => {
    execFile(python, ["-c", script], { env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : 1, said: stdout + stderr }),
    );
  });
}

test("a Job makes the Secret once, and keeps what it made", async () => {
  secrets.clear();
  expect(await run("vault", "Job/vault-find-keys")).toMatchObject({ status: 0 });
  expect(secrets.get("vault-keys")!.key!.toString()).toBe("found");
  secrets.set("vault-keys", { key: Buffer.from("another") });
  expect(await run("vault", "Job/vault-find-keys")).toMatchObject({ status: 0 });
  expect(secrets.get("vault-keys")!.key!.toString()).toBe("another");
});

test("a copy fails while there is nothing to copy, and its Job tries again", async () => {
  secrets.clear();
  const { status, said } = await run("reader", "CronJob/reader-copy-keys");
  expect(status).toBe(1);
  expect(said).toContain("there is nothing to copy yet");
});

test("a copy waits for its original, takes it over, and follows it", async () => {
  secrets.clear();
  // Original and copy have one name; the API of this test keeps them apart by the namespace that is asked.
  const waiting = run("reader", "Job/reader-copy-keys", { FROM_NAMESPACE: "originals" });
  setTimeout(() => secrets.set("originals/vault-keys", { key: Buffer.from("first") }), 1000);
  expect(await waiting).toMatchObject({ status: 0 });
  expect(secrets.get("vault-keys")!.key!.toString()).toBe("first");
  secrets.set("originals/vault-keys", { key: Buffer.from("second") });
  const follow = () => run("reader", "CronJob/reader-copy-keys", { FROM_NAMESPACE: "originals" });
  expect(await follow()).toMatchObject({ status: 0 });
  expect(secrets.get("vault-keys")!.key!.toString()).toBe("second");
  expect((await follow()).said).toContain("up to date");
}, 180_000);

test("a client of storage finds its key and the monitors, and follows a monitor that moves", async () => {
  secrets.clear();
  const find = (kind: string) =>
    run("warehouse", `${kind}/warehouse-find-storage`, { FROM_NAMESPACE: "originals" }, stored);
  const monitors = (text: string) =>
    secrets.set("originals/rook-ceph-mon-endpoints", { data: Buffer.from(text), maxMonId: Buffer.from("2") });
  monitors("b=192.0.2.2:3300,a=192.0.2.1:3300,c=[2001:db8::3]:3300");
  // Of the cron's, which does not wait: the operator has made no user yet.
  expect(await find("CronJob")).toMatchObject({ status: 1, said: expect.stringContaining("not there yet") });
  secrets.set("originals/rook-ceph-client-warehouse", {
    userID: Buffer.from("warehouse"),
    userKey: Buffer.from("AQkey=="),
  });
  expect(await find("Job")).toMatchObject({ status: 0 });
  const { keyring, "ceph.conf": conf } = secrets.get("warehouse-storage")!;
  expect(keyring!.toString()).toBe("[client.warehouse]\nkey = AQkey==\n");
  expect(conf!.toString()).toBe(`[global]
mon_host = v2:192.0.2.1:3300,v2:192.0.2.2:3300,v2:[2001:db8::3]:3300
keyring = /etc/ceph-storage/keyring
ms_client_mode = secure
ms_mon_client_mode = secure
`);
  expect((await find("CronJob")).said).toContain("up to date");
  monitors("a=192.0.2.1:6789,d=192.0.2.4:6789");
  expect(await find("CronJob")).toMatchObject({ status: 0 });
  expect(secrets.get("warehouse-storage")!["ceph.conf"]!.toString()).toContain("v2:192.0.2.1:3300,v2:192.0.2.4:3300\n");
}, 180_000);
