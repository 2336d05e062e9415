import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findPython } from "../config/environment.ts";
import { type KubernetesApi, type Secrets, serveKubernetes } from "../config/kubernetes-api.ts";
import { rendered } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";

const folder = mkdtempSync(join(tmpdir(), "overstack-ovn-"));
const secrets: Secrets = new Map();
let api: KubernetesApi;

beforeAll(async () => {
  execFileSync("ip", ["link", "set", "lo", "up"]);
  api = await serveKubernetes(secrets);
  writeFileSync(join(folder, "ca.crt"), api.ca);
  writeFileSync(join(folder, "token"), "a-token");
  writeFileSync(join(folder, "namespace"), "openstack-infrastructure");
});
afterAll(() => {
  api.server.close();
  rmSync(folder, { recursive: true });
});

const cluster = rendered({ keystone: {} }, { infrastructure: { mariadb: { backup: "none" }, ovn: {} } });
const { objects } = renderingOf(cluster, "ovn");

/** What the pods of northd do before it works. */
async function record(): Promise<string> {
  const { initContainers = [] } = podOf(objects["Deployment/ovn-northd"]);
  const { command, env } = initContainers.find(({ name }) => name === "record")!;
  const script = command.at(-1)!.replace("/var/run/secrets/kubernetes.io/serviceaccount/", `${folder}/`);
  const own = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  const options = {
    env: { ...own, KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(api.port) },
  };
  const python = await findPython();
  return new Promise((resolve, reject) => {
    execFile(python, ["-c", script], options, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
  });
}

test("the founding is recorded once, where members look for it", async () => {
  expect(await record()).toContain("the Secret holds 1 keys");
  expect([...secrets]).toEqual([["ovn-founded", { founded: Buffer.from("true") }]]);
  expect(await record()).toContain("the record is there");
  const { volumes, main } = podOf(objects["StatefulSet/ovn-database"]);
  const volume = { name: "founded", secret: { secretName: "ovn-founded", optional: true, defaultMode: 0o440 } };
  expect(volumes).toContainEqual(volume);
  expect(main.volumeMounts).toContainEqual({ name: "founded", mountPath: "/etc/ovn", readOnly: true });
});

test("northd's pods may make that record, and no container but one has their token", () => {
  expect(objects["Role/ovn-northd"]).toMatchObject({
    rules: [
      { resources: ["secrets"], verbs: ["create"] },
      { resources: ["secrets"], resourceNames: ["ovn-founded"], verbs: ["get", "update"] },
    ],
  });
  const { initContainers = [], main, automountServiceAccountToken } = podOf(objects["Deployment/ovn-northd"]);
  expect(automountServiceAccountToken).toBe(false);
  const holders = [...initContainers, main].filter(({ volumeMounts }) =>
    volumeMounts.some(({ name }) => name === "api"),
  );
  expect(holders.map(({ name }) => name)).toEqual(["record"]);
});
