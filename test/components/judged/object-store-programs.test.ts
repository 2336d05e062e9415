import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authority, type Pair, serverPair } from "../../config/certificates.ts";
import { findPython } from "../../config/environment.ts";
import { type KubernetesApi, type Secrets, serveKubernetes } from "../../config/kubernetes-api.ts";
import { withDisks } from "../../contract/storage.ts";
import { rendered } from "../../family/clusters.ts";
import { podOf, renderingOf } from "../../kit/tiny.ts";
import { signatureOf } from "./s3.ts";

// The programs around an object store, as their Jobs and crons run them: before servers of this machine that stand for gateways and Kubernetes.

const hosts = Object.fromEntries(["1", "2", "3", "4"].map((each) => [`s${each}`, {}]));
const users = { backups: { buckets: ["mariadb", "archive"] }, pictures: { buckets: ["pictures"] } };
const infrastructure = { mariadb: { backup: "none" }, ceph: { hosts, objectStore: { users } } };
const cluster = rendered({ keystone: {} }, { ...withDisks, infrastructure });
const { objects, configMaps } = renderingOf(cluster, "object-store");

const folder = mkdtempSync(join(tmpdir(), "overstack-object-store-"));
const servers: Server[] = [];
let python: string;
let ca: Pair;
beforeAll(async () => {
  python = await findPython();
  ca = await authority();
  writeFileSync(join(folder, "token"), "a-token");
  writeFileSync(join(folder, "namespace"), "rook-ceph");
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

const listen = (server: Server, address = "127.0.0.1", port = 0): Promise<number> =>
  new Promise((resolve, reject) => {
    servers.push(server);
    server.once("error", reject);
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });

interface Ended {
  readonly status: number;
  readonly said: string;
}

/** Runs a program with the variables of its object, and `more` in place of some. */
function run(object: string, script: string, more: Readonly<Record<string, string>>): Promise<Ended> {
  const { env } = podOf(objects[object]).main;
  const own = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  const here = script.replaceAll("/var/run/secrets/kubernetes.io/serviceaccount/", `${folder}/`);
  return new Promise((resolve) => {
    execFile(python, ["-c", here], { env: { ...own, ...more } }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : 1, said: stdout + stderr }),
    );
  });
}

describe("the cron that has gateways replaced", () => {
  const program = configMaps.flatMap(({ data }) => data["renew-certificate.py"] ?? [])[0]!;
  const evicted: string[] = [];
  let refuses = false;
  let pods: object[] = [];
  let api: number;
  let port: number;
  const shown = new Map<string, Pair>();

  beforeAll(async () => {
    const { certificate, key } = await serverPair(ca, ["IP:127.0.0.1"]);
    writeFileSync(join(folder, "ca.crt"), ca.certificate);
    const server = createServer({ cert: certificate, key }, (request, response) => {
      const path = /^\/api\/v1\/namespaces\/rook-ceph\/pods(.*)$/.exec(request.url!)![1]!;
      const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
      if (request.method === "GET") {
        expect(path).toBe(
          `?${new URLSearchParams({ labelSelector: "app=rook-ceph-rgw,rook_object_store=object-store" })}`,
        );
        return answer(200, { items: pods });
      }
      if (refuses) return answer(429, {});
      evicted.push(/^\/([^/]+)\/eviction$/.exec(path)![1]!);
      answer(201, {});
    });
    api = await listen(server);
    const wanted = await serverPair(ca, ["DNS:wanted"]);
    const old = await serverPair(ca, ["DNS:old"]);
    shown.set("wanted", wanted);
    shown.set("old", old);
    // What cert-manager writes may have those that signed behind it.
    writeFileSync(join(folder, "tls.crt"), Buffer.concat([wanted.certificate, ca.certificate]));
    const gateway = ({ certificate: cert, key: own }: Pair) => createTlsServer({ cert, key: own });
    port = await listen(gateway(wanted), "127.0.0.1");
    await listen(gateway(old), "127.0.0.2", port);
    await listen(gateway(old), "127.0.0.3", port);
  });

  const pod = (name: string, podIP: string | undefined, more: object = {}) => ({
    metadata: { name, ...more },
    status: podIP === undefined ? {} : { podIP },
  });
  const look = async (...all: object[]) => {
    evicted.length = 0;
    pods = all;
    const ended = await run("CronJob/object-store-renew-certificate", program, {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(api),
      GATEWAY_PORT: String(port),
      CERTIFICATE: join(folder, "tls.crt"),
    });
    return { ...ended, evicted: [...evicted] };
  };

  test("leaves those alone that show what the Secret holds", async () => {
    expect(await look(pod("a", "127.0.0.1"))).toMatchObject({ status: 0, evicted: [] });
  });

  test("has one replaced at a time that shows another certificate", async () => {
    const all = [pod("c", "127.0.0.3"), pod("a", "127.0.0.1"), pod("b", "127.0.0.2")];
    expect(await look(...all)).toMatchObject({ status: 0, evicted: ["b"] });
  });

  test("goes on behind those that end, have no address yet, or do not answer", async () => {
    const ending = pod("a", "127.0.0.2", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    const found = await look(ending, pod("b", undefined), pod("c", "127.0.0.9"), pod("d", "127.0.0.3"));
    expect(found).toMatchObject({ status: 0, evicted: ["d"], said: expect.stringContaining("c does not answer") });
  });

  test("fails where the disruption budget refuses, and tries again at its time", async () => {
    refuses = true;
    expect(await look(pod("b", "127.0.0.2"))).toMatchObject({ status: 1, evicted: [] });
    refuses = false;
  });
});

describe("the Job and the cron that copy the CA for the gateways", () => {
  const secrets: Secrets = new Map();
  let api: KubernetesApi;
  beforeAll(async () => {
    api = await serveKubernetes(secrets);
    servers.push(api.server);
  });

  const copy = (kind: string, authorities: string) => {
    writeFileSync(join(folder, "ca.crt"), api.ca);
    writeFileSync(join(folder, "authorities.crt"), authorities);
    return run(
      `${kind}/object-store-authority`,
      podOf(objects[`${kind}/object-store-authority`]).main.command.at(-1)!,
      {
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: String(api.port),
        AUTHORITIES: join(folder, "authorities.crt"),
      },
    );
  };
  const copied = () => secrets.get("object-store-authority")!.cabundle!.toString();

  test("put it where Rook looks, and follow it", async () => {
    expect(await copy("Job", "first")).toMatchObject({ status: 0 });
    expect(copied()).toBe("first");
    expect((await copy("CronJob", "first")).said).toContain("up to date");
    expect(await copy("CronJob", "second")).toMatchObject({ status: 0 });
    expect(copied()).toBe("second");
  });
});

describe("the Job that makes buckets", () => {
  const keys: Readonly<Record<string, string>> = { "access-0": "secret-0", "access-1": "secret-1" };
  const owners = new Map<string, string>();
  /** Answers that come first, before the store is as it should be. */
  const refusals: number[] = [];
  let port: number;

  beforeAll(async () => {
    const server = createHttpServer(async (request, response) => {
      await text(request);
      const answer = (status: number, code: string) =>
        response.writeHead(status).end(code === "" ? "" : `<Error><Code>${code}</Code></Error>`);
      const refusal = refusals.shift();
      if (refusal !== undefined) return answer(refusal, "InvalidAccessKeyId");
      const user = signer(request);
      if (user === undefined) return answer(403, "SignatureDoesNotMatch");
      const bucket = request.url!.slice(1);
      const owner = owners.get(bucket);
      if (owner !== undefined && owner !== user) return answer(409, "BucketAlreadyExists");
      owners.set(bucket, user);
      answer(200, "");
    });
    port = await listen(server);
  });

  /** Whose signature a request bears; nobody's where it is wrong. */
  function signer({ method, url, headers }: IncomingMessage): string | undefined {
    const [, access, scope, names, signature] =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=(\S+)$/.exec(
        headers.authorization!,
      )!;
    const secret = keys[access!];
    if (secret === undefined) return undefined;
    const signed = Object.fromEntries(names!.split(";").map((name) => [name, headers[name] as string]));
    const right = signatureOf({ method: method!, path: url!, headers: signed }, secret, scope!);
    return right === signature ? access : undefined;
  }

  const make = (more: Readonly<Record<string, string>> = {}) => {
    const { command } = podOf(objects["Job/object-store-buckets"]).main;
    return run("Job/object-store-buckets", command.at(-1)!.replace('"STORE_CA" not in os.environ', "True"), {
      ...{ STORE_HOST: "127.0.0.1", STORE_PORT: String(port), PATIENCE: "0" },
      ...{ ACCESS_KEY_0: "access-0", SECRET_KEY_0: "secret-0", ACCESS_KEY_1: "access-1", SECRET_KEY_1: "secret-1" },
      ...more,
    });
  };

  test("makes each with the keys of its user, and can do so again", async () => {
    expect(await make()).toMatchObject({ status: 0 });
    expect(Object.fromEntries(owners)).toEqual({ mariadb: "access-0", archive: "access-0", pictures: "access-1" });
    expect(await make()).toMatchObject({ status: 0 });
  });

  test("waits for gateways and users that are not there yet", async () => {
    refusals.push(503, 403);
    expect(await make({ PATIENCE: "60" })).toMatchObject({
      status: 0,
      said: expect.stringContaining("archive waits: 503"),
    });
  });

  test("says which it could not make, and whose name is taken", async () => {
    const wrong = await make({ SECRET_KEY_0: "another" });
    expect(wrong).toMatchObject({ status: 1, said: expect.stringContaining("SignatureDoesNotMatch") });
    owners.set("archive", "somebody");
    expect(await make()).toMatchObject({ status: 1, said: expect.stringContaining("archive is somebody else's") });
  });
});
