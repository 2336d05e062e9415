import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue } from "../contract/in-cluster.ts";
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

/** Runs the program of a Job; `more` in place of its own variables. */
async function run(instance: string, job: string, more: Readonly<Record<string, string>> = {}) {
  const { main } = podOf(renderingOf(cluster, instance).objects[job]);
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
