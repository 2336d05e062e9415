import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import type https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exchange } from "../../config/ask.ts";
import { authority, type Pair, serverPair } from "../../config/certificates.ts";
import { servicesIn } from "../../config/clusters.ts";
import { uwsgiWithTls } from "../../config/environment.ts";
import { freePort } from "../../config/processes.ts";

const release = "2026.1";

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
      serials.add((await exchange(asked)).serial!);
    }
  });

  /** A volume as the kubelet makes it: it puts a folder next to the old one, and then one link in place. */
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
        // A replica takes some hours of its own before it restarts.
        .replace("shuf -i 0-21600 -n 1", "echo 1")
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
