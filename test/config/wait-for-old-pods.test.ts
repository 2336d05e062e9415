import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitForOldPodsScript } from "../../generator/kit/wait-for-old-pods.ts";
import { authority, serverPair } from "./certificates.ts";
import { type Finished, findPython, run } from "./environment.ts";

const folder = mkdtempSync(join(tmpdir(), "overstack-pods-"));
let python: string;
let server: Server;
/** What the API answers next, and what it was asked. */
let answers: () => { readonly status?: number; readonly items?: readonly object[]; readonly skew?: number };
let asked: { readonly url: string; readonly authorization: string | undefined }[];

beforeAll(async () => {
  python = await findPython();
  const ca = await authority();
  const { certificate, key } = await serverPair(ca, ["IP:127.0.0.1"]);
  writeFileSync(join(folder, "ca.crt"), ca.certificate);
  writeFileSync(join(folder, "token"), "a-token\n");
  writeFileSync(
    join(folder, "wait.py"),
    waitForOldPodsScript.replace("/var/run/secrets/kubernetes.io/serviceaccount/", `${folder}/`),
  );
  server = createServer({ cert: certificate, key }, (request, response) => {
    asked.push({
      url: decodeURIComponent(request.url!.replaceAll("+", " ")),
      authorization: request.headers.authorization,
    });
    const { status = 200, items = [], skew = 0 } = answers();
    const date = new Date(Date.now() + skew * 1000).toUTCString();
    response.writeHead(status, { date }).end(JSON.stringify({ kind: "PodList", items }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** A pod; one that was told to end must have ended that many seconds from now, by the clock of the API. */
const pod = (name: string, ends?: number, phase = "Running"): object => ({
  metadata: {
    name,
    uid: `uid-of-${name}`,
    ...(ends === undefined
      ? {}
      : { deletionTimestamp: `${new Date(Date.now() + ends * 1000).toISOString().slice(0, 19)}Z` }),
  },
  status: { phase },
});

async function wait(next: typeof answers): Promise<Finished & { readonly seconds: number }> {
  [answers, asked] = [next, []];
  const started = Date.now();
  const { port } = server.address() as AddressInfo;
  const env = {
    COMPONENTS: "service,service-worker",
    NAMESPACE: "openstack-services",
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: String(port),
  };
  const finished = await run(python, [join(folder, "wait.py")], { env });
  return { ...finished, seconds: (Date.now() - started) / 1000 };
}

test("it asks for the pods of its components in its own namespace, as its account", async () => {
  await wait(() => ({}));
  expect(asked).toEqual([
    {
      url: "/api/v1/namespaces/openstack-services/pods?labelSelector=app.kubernetes.io/name in (service,service-worker)",
      authorization: "Bearer a-token",
    },
  ]);
});

test("a first installation and a commit that rolls nothing do not wait", async () => {
  const { code, stdout } = await wait(() => ({
    items: [pod("service-api-new"), pod("service-register", undefined, "Succeeded")],
  }));
  expect([code, stdout]).toEqual([0, "the wait is over: no old pod is left\n"]);
  expect(asked.length).toBe(1);
});

test("it ends as soon as the last pod that was told to end is gone", async () => {
  const { code, stdout } = await wait(() => ({
    items: [pod("service-api-new"), ...(asked.length < 3 ? [pod("service-api-old", 75)] : [])],
  }));
  expect([code, stdout]).toEqual([
    0,
    `${"old pods: service-api-old\n".repeat(2)}the wait is over: no old pod is left\n`,
  ]);
});

test("a pod that is told to end later is of the new code", async () => {
  const { stdout } = await wait(() => ({
    items: asked.length === 1 ? [pod("service-api-old", 75)] : [pod("service-api-new", 75)],
  }));
  expect(stdout).toBe("old pods: service-api-old\nthe wait is over: no old pod is left\n");
});

test("a pod that has finished needs no schema", async () => {
  expect((await wait(() => ({ items: [pod("service-purge", 60, "Failed")] }))).stdout).toContain("no old pod is left");
});

test("a silent host holds it 15 s beyond what its pods were given, and not at all when they are overdue", async () => {
  const ends = Date.now() - 10_000;
  const { code, stdout, seconds } = await wait(() => ({
    items: [pod("service-api-silent", (ends - Date.now()) / 1000), pod("service-api-lost", -60)],
  }));
  expect(code).toBe(0);
  expect(stdout).toContain("old pods: service-api-silent\n");
  expect(stdout).not.toContain("service-api-lost");
  expect(seconds).toBeGreaterThan(3);
  expect(seconds).toBeLessThan(15);
});

test("its clock is that of the API, whatever the node's says", async () => {
  const { stdout } = await wait(() => ({ skew: 3600, items: [pod("service-api-old", 75)] }));
  expect(stdout).toBe("the wait is over: no old pod is left\n");
});

test("it tries again while the API does not answer or its Role is not there yet", async () => {
  const { code, stdout } = await wait(() => (asked.length < 2 ? { status: 403 } : {}));
  expect(code).toBe(0);
  expect(stdout).toContain("cannot look: the API says 403");
});
