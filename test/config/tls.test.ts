import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { describe, expect, inject, test } from "vitest";
import { authority, type Pair, serverPair } from "./certificates.ts";
import { cloudIn } from "./cloud.ts";
import { type Service, servicesIn } from "./clusters.ts";
import { uwsgiWithTls } from "./environment.ts";

const release = "2026.1";
const encrypted = { internal: { tls: "required" } };

test("services find each other over HTTPS, with the cluster's own CA alone", async ({ onTestFinished }) => {
  const [keystone, placement] = ["keystone", "placement"].map(
    (project) => servicesIn("development-minimal", release, encrypted).find((item) => item.project === project)!,
  ) as [Service, Service];
  const ca = await authority();
  const server = await serverPair(ca, ["IP:127.0.0.1"]);
  const secret = { "tls.crt": server.certificate, "tls.key": server.key };
  const cloud = await cloudIn(inject("environments")[release], {
    uwsgi: await uwsgiWithTls(),
    ca: ca.certificate,
    secrets: {
      "internal-trust": { "ca.crt": ca.certificate },
      "keystone-internal-tls": secret,
      "placement-internal-tls": secret,
    },
  });
  onTestFinished(cloud.remove);
  const runAll = async (service: Service, job: string) => {
    for (const container of service.containers.filter(({ name }) => name.startsWith(job))) {
      const { code, said } = await cloud.run(service, container);
      expect(code, `${service.name} ${container.name}: ${said.slice(-3000)}`).toBe(0);
    }
  };
  await runAll(keystone, "Job/fernet-setup");
  await runAll(keystone, "Job/db-expand");
  const identity = await cloud.serve(keystone, "/healthcheck");
  expect(identity).toMatch(/^https:/);
  await expect(ask(`${identity}/v3`, (await authority()).certificate)).rejects.toThrow(/self-signed|unable to verify/);

  for (const job of ["Job/db-expand", "Job/register", "Job/db-contract"]) await runAll(placement, job);
  const resources = await cloud.serve(placement, "/");
  const user = { name: "placement", password: "placement-identity-password", domain: { name: "service" } };
  const login = await ask(`${identity}/v3/auth/tokens`, ca.certificate, {
    auth: {
      identity: { methods: ["password"], password: { user } },
      scope: { project: { name: "service", domain: { name: "service" } } },
    },
  });
  expect(login.status).toBe(201);
  const token = { "X-Auth-Token": String(login.headers["x-subject-token"]) };
  // Placement asks Keystone whether the token is good.
  expect(await ask(`${resources}/resource_providers`, ca.certificate, undefined, token)).toMatchObject({ status: 200 });
});

describe("an API with TLS, by the settings of a production Glance", () => {
  const host = "glance-api.openstack-services.svc.cluster.local";

  test("takes an upload in chunks, and a renewed certificate without refusing anybody", async ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), "overstack-tls-"));
    onTestFinished(() => rmSync(folder, { recursive: true, maxRetries: 5 }));
    const ca = await authority();
    const [first, second] = [await serverPair(ca, [`DNS:${host}`]), await serverPair(ca, [`DNS:${host}`])];
    mount(folder, "1", first);
    const port = await freePort();
    const child = await serve(folder, port);
    onTestFinished(() => void child.kill("SIGINT"));
    const asked = { ca: ca.certificate, host: "127.0.0.1", port, servername: host, agent: false } as const;
    await untilServed(asked, child);

    const chunks = [1, 65_536, 8_388_608].map((size) => Buffer.alloc(size, 1));
    expect(await exchange({ ...asked, method: "PUT", path: "/" }, chunks)).toMatchObject({ body: "8454145" });

    mount(folder, "2", second);
    const serials = new Set<string>();
    for (const deadline = Date.now() + 60_000; serials.size < 2; ) {
      expect(Date.now(), "the new certificate is not served").toBeLessThan(deadline);
      serials.add((await exchange(asked)).serial);
    }
  });

  /** A volume as the kubelet makes it: it puts a folder beside the old one, and then one link in place. */
  function mount(folder: string, version: string, { certificate, key }: Pair): void {
    const target = join(folder, `..${version}`);
    mkdirSync(target);
    for (const [name, content] of Object.entries({ "tls.crt": certificate, "tls.key": key })) {
      writeFileSync(join(target, name), content, { mode: 0o600 });
      if (version === "1") symlinkSync(join("..data", name), join(folder, name));
    }
    // As if it had come some time later: uwsgi compares whole seconds.
    utimesSync(join(target, "tls.crt"), Date.now() / 1000, Date.now() / 1000 + Number(version) * 10);
    symlinkSync(`..${version}`, join(folder, "..new"));
    renameSync(join(folder, "..new"), join(folder, "..data"));
  }

  async function serve(folder: string, port: number): Promise<ChildProcess> {
    const glance = servicesIn("production-flux", release).find(({ project }) => project === "glance")!;
    const api = glance.containers.find(({ name }) => name === "Deployment/api/api")!;
    const settings = api.files.get("/etc/glance/uwsgi.ini")!;
    expect(settings).toContain("https-socket = :9292,/etc/ssl/internal/tls.crt,/etc/ssl/internal/tls.key");
    writeFileSync(
      join(folder, "uwsgi.ini"),
      settings
        .replaceAll("/etc/ssl/internal", folder)
        .replace("= :9292,", `= 127.0.0.1:${port},`)
        .replace("http-socket = :9293", "http-socket = 127.0.0.1:0")
        .replace(/^chdir = .*$/m, `chdir = ${folder}`)
        .replace(/^module = .*$/m, "module = app:application")
        // For the log alone, and not every build of uwsgi knows regular expressions.
        .replace(/^route-.*$/m, ""),
    );
    writeFileSync(join(folder, "app.py"), application);
    return spawn(await uwsgiWithTls(), ["--strict", "--ini", join(folder, "uwsgi.ini")], { stdio: "ignore" });
  }
});

/** Counts what it is sent as Glance reads it. */
const application = `import uwsgi

def application(environment, start):
    size = 0
    if environment.get("HTTP_TRANSFER_ENCODING") == "chunked":
        while chunk := uwsgi.chunked_read():
            size += len(chunk)
    start("200 OK", [])
    return [str(size).encode()]
`;

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly serial: string;
}

const exchange = (options: https.RequestOptions, chunks: readonly Buffer[] = []): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = https.request(options, async (response) => {
      const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
      resolve({ status: response.statusCode, headers: response.headers, body: await text(response), serial });
    });
    request.on("error", reject);
    for (const chunk of chunks) request.write(chunk);
    request.end();
  });

/** A request with JSON, or none. */
const ask = (url: string, ca: Buffer, body?: object, headers: Record<string, string> = {}): Promise<Answer> => {
  const { hostname, port, pathname } = new URL(url);
  const json = body === undefined ? [] : [Buffer.from(JSON.stringify(body))];
  const method = body === undefined ? "GET" : "POST";
  const length = json[0] === undefined ? {} : { "Content-Type": "application/json", "Content-Length": json[0].length };
  return exchange(
    { ca, host: hostname, port, path: pathname, method, headers: { ...headers, ...length }, agent: false },
    json,
  );
};

/** Waits for the first answer; throws when the server has ended. */
async function untilServed(options: https.RequestOptions, child: ChildProcess): Promise<void> {
  for (;;) {
    const isServed = await exchange(options).then(
      () => true,
      () => false,
    );
    if (isServed) return;
    if (child.exitCode !== null) throw new Error(`uwsgi ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
