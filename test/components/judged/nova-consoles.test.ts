import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { chromium } from "playwright-core";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../../generator/components/index.ts";
import { displayPorts } from "../../../generator/components/nova/displays.ts";
import { askPage } from "../../../generator/components/nova/scripts.ts";
import { buildFrom } from "../../../generator/fleet/one-cluster.ts";
import { certificates } from "../../../generator/render/certificates.ts";
import { ask, eventually } from "../../config/ask.ts";
import { authority, type Pair, pairFor, serverPair } from "../../config/certificates.ts";
import { type Cloud, cloudOf, type Worker } from "../../config/cloud.ts";
import { type Service, smallCluster } from "../../config/clusters.ts";
import { releasesOf } from "../../config/installed.ts";
import { asPods, giveToPods } from "../../config/place.ts";
import { end, freePort, isFree } from "../../config/processes.ts";
import { workersOf } from "../../config/small-cloud.ts";
import { unpacked } from "../../tools/debian.ts";
import { labCache } from "../../tools/lab-programs.ts";

/** The host of the servers, and where users find the consoles of its cell. */
const host = "node-1";
const publicName = "nova-novncproxy-cell1.lab.example.org";

/** Makes servers of a host and tokens for their displays, as the compute service does; says where each is seen. Arguments: host, page, ports. */
const offer = `import sys
from nova import config, context, objects
from oslo_utils import uuidutils

config.parse_args(["nova-manage"])
objects.register_all()
admin = context.get_admin_context()
host, page, *ports = sys.argv[1:]
for port in ports:
    server = objects.Instance(admin, uuid=uuidutils.generate_uuid(), host=host, project_id="p", user_id="u")
    server.create()
    token = objects.ConsoleAuthToken(
        context=admin, console_type="novnc", host="127.0.0.1", port=int(port), internal_access_path=None,
        instance_uuid=server.uuid, access_url_base=page,
    )
    token.authorize(600)
    print(token.access_url)
`;

/** Stands for the compute service of a host: it says of each port whether a display of a server is there. Arguments: host, ports. */
const answer = `import sys
import time
import oslo_messaging
from nova import config, objects, rpc
from nova.objects import base

config.parse_args(["nova-compute"])
objects.register_all()


def endpoint(version):
    class Compute:
        target = oslo_messaging.Target(version=version)

        def validate_console_port(self, ctxt, instance, port, console_type):
            return port in sys.argv[2:] and console_type == "novnc"

    return Compute()


# From 2026.1 on this question has a queue of its own.
for topic in ("compute", "compute-alt"):
    oslo_messaging.get_rpc_server(
        rpc.TRANSPORT, oslo_messaging.Target(topic=topic, server=sys.argv[1]), [endpoint("5.99"), endpoint("6.99")],
        executor="threading", serializer=rpc.RequestContextSerializer(base.NovaObjectSerializer()),
    ).start()
print("it answers", flush=True)
while True:
    time.sleep(60)
`;

/** Hands a command on to a machine, as \`virsh qemu-monitor-command\` does. Arguments: socket, command. */
const command = `import json, socket, sys

machine = socket.socket(socket.AF_UNIX)
machine.connect(sys.argv[1])
lines = machine.makefile("rw")
lines.readline()
for each in ['{"execute": "qmp_capabilities"}', sys.argv[2]]:
    lines.write(each + "\\n")
    lines.flush()
    said = json.loads(lines.readline())
    if "return" not in said:
        sys.exit(str(said))
`;

/** Reads so many bytes of a stream, and throws where it ends before. */
function reader(stream: Duplex, frames = false) {
  let raw = Buffer.alloc(0);
  let bytes = Buffer.alloc(0);
  let over = false;
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const next of waiting.splice(0)) next();
  };
  const finish = () => {
    over = true;
    wake();
  };
  stream.on("data", (data: Buffer) => {
    if (!frames) bytes = Buffer.concat([bytes, data]);
    else {
      raw = Buffer.concat([raw, data]);
      for (let frame = firstFrame(raw); frame !== undefined; frame = firstFrame(raw)) {
        raw = raw.subarray(frame.length);
        if (frame.opcode === 8) finish();
        else bytes = Buffer.concat([bytes, frame.data]);
      }
    }
    wake();
  });
  stream.on("error", finish).on("end", finish).on("close", finish);
  return async (count: number): Promise<Buffer> => {
    while (bytes.length < count) {
      if (over) throw new Error(`it ended after ${bytes.length} of ${count} bytes`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    const found = bytes.subarray(0, count);
    bytes = bytes.subarray(count);
    return found;
  };
}

/** The first whole frame that a server has sent: https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
function firstFrame(raw: Buffer): { opcode: number; data: Buffer; length: number } | undefined {
  if (raw.length < 2) return undefined;
  const short = raw[1]! & 0x7f;
  const begins = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (raw.length < begins) return undefined;
  const size = short === 126 ? raw.readUInt16BE(2) : short === 127 ? Number(raw.readBigUInt64BE(2)) : short;
  const length = begins + size;
  return raw.length < length ? undefined : { opcode: raw[0]! & 0x0f, data: raw.subarray(begins, length), length };
}

/** A short frame of a client, which masks what it sends; with zeros it stays as it is. */
const frameOf = (data: Buffer): Buffer => Buffer.concat([Buffer.from([0x82, 0x80 | data.length, 0, 0, 0, 0]), data]);

interface Console {
  readonly read: (count: number) => Promise<Buffer>;
  readonly write: (data: Buffer) => void;
  readonly close: () => void;
}

/** Opens the WebSocket that the page would open, at one of the proxies. */
const open = (
  port: number,
  url: string,
  { ca, origin = `https://${publicName}`, without = false }: { ca: Buffer; origin?: string; without?: boolean },
): Promise<Console> =>
  new Promise((resolve, reject) => {
    const path = `/${without ? "" : new URL(url).searchParams.get("path")}`;
    const headers = {
      ...{ Host: publicName, Origin: origin, "X-Forwarded-Proto": "https" },
      ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Protocol": "binary" },
      ...{ "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": Buffer.alloc(16).toString("base64") },
    };
    https
      .request({ host: "127.0.0.1", port, path, headers, ca, agent: false })
      .on("upgrade", (_, socket, first) => {
        const read = reader(socket, true);
        if (first.length > 0) socket.unshift(first);
        resolve({ read, write: (data) => socket.write(frameOf(data)), close: () => socket.destroy() });
      })
      .on("response", ({ statusCode }) => reject(new Error(`answered with ${statusCode}`)))
      .on("error", reject)
      .end();
  });

/** What a client of RFB does until it sees the display: https://www.rfc-editor.org/rfc/rfc6143#section-7 */
async function look({ read, write }: Console): Promise<string> {
  const version = await read(12);
  expect(version.toString()).toBe("RFB 003.008\n");
  write(version);
  const [count] = await read(1);
  const types = [...(await read(count!))];
  if (!types.includes(1)) throw new Error(`only the security types ${types} are offered`);
  write(Buffer.from([1]));
  expect((await read(4)).readUInt32BE()).toBe(0);
  return nameIn({ read, write });
}

/** The name of the display that somebody was let in to. */
async function nameIn({ read, write }: Pick<Console, "read" | "write">): Promise<string> {
  write(Buffer.from([1]));
  const server = await read(24);
  return (await read(server.readUInt32BE(20))).toString();
}

/** Goes to a display as a proxy does: https://github.com/rfbproto/rfbproto/blob/master/rfbproto.rst#vencrypt */
async function lookAt(port: number, ca: Buffer, own?: Pair): Promise<{ name: string; serial: string }> {
  const socket = connect(port, "127.0.0.1");
  const read = reader(socket);
  const version = await read(12);
  socket.write(version);
  const [count] = await read(1);
  expect([...(await read(count!))], "a display offers VeNCrypt alone").toEqual([19]);
  socket.write(Buffer.from([19]));
  expect([...(await read(2))]).toEqual([0, 2]);
  socket.write(Buffer.from([0, 2]));
  expect([...(await read(1))]).toEqual([0]);
  const [forms] = await read(1);
  expect((await read(4 * forms!)).readUInt32BE(), "X509NONE").toBe(260);
  const form = Buffer.alloc(4);
  form.writeUInt32BE(260);
  socket.write(form);
  expect([...(await read(1))]).toEqual([1]);
  socket.removeAllListeners("data");
  const tls = await new Promise<TLSSocket>((resolve, reject) => {
    const pair = own === undefined ? {} : { cert: own.certificate, key: own.key };
    const shaken: TLSSocket = connectTls({ socket, ca, ...pair, checkServerIdentity: () => undefined }, () =>
      resolve(shaken),
    ).once("error", reject);
  });
  const seen = reader(tls);
  try {
    expect((await seen(4)).readUInt32BE()).toBe(0);
    const name = await nameIn({ read: seen, write: (data) => void tls.write(data) });
    return { name, serial: tls.getPeerCertificate().serialNumber };
  } finally {
    tls.destroy();
  }
}

/** A machine without a guest, started with what libvirt makes of the generated qemu.conf. */
async function machine(folder: string, displays: string, used: readonly number[]): Promise<Machine> {
  let port: number = displayPorts[0];
  while (used.includes(port) || !(await isFree(port))) port++;
  expect(port).toBeLessThanOrEqual(displayPorts[1]);
  const socket = join(folder, `${port}.qmp`);
  const [file, ...args] = [
    ...asPods,
    ...["qemu-system-x86_64", "-machine", "pc,accel=tcg", "-m", "16", "-S", "-nodefaults", "-vga", "std"],
    ...["-name", `machine-${port}`, "-display", "none", "-qmp", `unix:${socket},server=on,wait=off`],
    ...["-object", `tls-creds-x509,id=vnc-tls-creds0,dir=${displays},endpoint=server,verify-peer=on`],
    ...["-vnc", `127.0.0.1:${port - 5900},tls-creds=vnc-tls-creds0`],
  ];
  const child = spawn(file!, args, { stdio: ["ignore", "inherit", "inherit"] });
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`QEMU ended with ${child.exitCode}`);
    return existsSync(socket);
  });
  return { child, port, socket };
}
interface Machine {
  readonly child: ChildProcess;
  readonly port: number;
  readonly socket: string;
}

/** What stands for the Gateway: HTTPS with the public name outside, WebSockets too, and it says so inside; its port. */
async function gateway(inner: number, ca: Buffer, onFinished: (close: () => Promise<void>) => void): Promise<number> {
  const { certificate: cert, key } = await serverPair(await authority(), [`DNS:${publicName}`]);
  const asked = (request: { url?: string; method?: string; headers: object }) => ({
    ...{ host: "127.0.0.1", port: inner, path: request.url, method: request.method, ca, agent: false as const },
    headers: { ...request.headers, "x-forwarded-proto": "https" },
  });
  const server = https.createServer({ cert, key }, (request, response) => {
    https
      .get(asked(request), (found) => {
        response.writeHead(found.statusCode!, found.headers);
        found.pipe(response);
      })
      .on("error", (error) => response.writeHead(502).end(String(error)));
  });
  server.on("upgrade", (request, socket) => {
    https
      .request(asked(request))
      .on("upgrade", ({ rawHeaders }, far, first) => {
        const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`);
        socket.write(first);
        far.on("error", () => socket.destroy()).on("close", () => socket.destroy());
        socket.on("error", () => far.destroy()).on("close", () => far.destroy());
        far.pipe(socket).pipe(far);
      })
      .on("error", () => socket.destroy())
      .end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onFinished(async () => void server.close());
  return (server.address() as AddressInfo).port;
}

const secretOf = (ca: Pair, { certificate, key }: Pair) => ({
  "ca.crt": ca.certificate,
  "tls.crt": certificate,
  "tls.key": key,
});

describe.each(releasesOf("nova"))("Consoles of Nova %s", (release) => {
  test("lead from a browser to a display, and nobody there who has no token or is no proxy of the cell", async ({
    onTestFinished,
  }) => {
    const services = { nova: {} };
    const access = { tls: { secret: "public" } };
    const cluster = smallCluster(["nova"], release, { access });
    const inside = smallCluster(["nova"], release, { access, internal: { tls: "required" } });
    const named = (name: string, of = cluster): Service => of.services.find(({ instance }) => instance === name)!;
    const proxies = named("nova-novncproxy-cell1");
    const cell = named("nova-cell-cell1");

    // Who signs, what cert-manager is asked for.
    const text = JSON.stringify({
      ...{ name: "small", profile: "development", domain: "lab.example.org", release, services, access },
      delivery: { repository: "https://git.example.org/fleet.git" },
    });
    const { model } = buildFrom({ file: "small", name: "small", text, catalogue });
    const signed = (ca: Pair, secret: string): Promise<Pair> => {
      const { spec } = certificates(model!).find(({ metadata }) => metadata.name === secret)!;
      const { usages, commonName } = spec as { usages: string[]; commonName?: string };
      return pairFor(ca, usages, commonName);
    };
    const [ca, strange, internal] = [await authority(), await authority(), await authority()];
    const forProxies = await signed(ca, "nova-novncproxy-cell1-display-tls");
    const forNode = () => signed(ca, "libvirt-cell1-all-display-tls");
    const server = await serverPair(internal, ["IP:127.0.0.1", `DNS:${publicName}`]);
    const atNode = await forNode();

    const node = mkdtempSync(join(tmpdir(), "overstack-node-"));
    const machines: Machine[] = [];
    onTestFinished(async () => {
      for (const { child } of machines) await end(child, "SIGKILL");
      rmSync(node, { recursive: true });
    });
    const cloud: Cloud = await cloudOf(release, cluster, { infrastructure: true, node });
    onTestFinished(cloud.remove);
    const secrets = {
      "nova-novncproxy-cell1-display-tls": secretOf(ca, forProxies),
      "nova-novncproxy-cell1-internal-tls": secretOf(internal, server),
      "internal-trust": { "ca.crt": internal.certificate },
    };
    for (const [secret, values] of Object.entries(secrets)) cloud.secrets.set(secret, values);

    // The node lays the certificate out for its machines, and looks whether it is another one.
    const given = join(node, "given");
    const layOut = ({ certificate, key }: Pair) => {
      for (const [file, value] of Object.entries(secretOf(ca, { certificate, key })))
        writeFileSync(join(given, file), value);
    };
    execFileSync("mkdir", [given]);
    layOut(atNode);
    const libvirt = named("libvirt-cell1-all");
    const [daemon] = workersOf(libvirt);
    const [functions] = daemon!.command[2]!.split("exec 9>>");
    const startNode = (): Worker => {
      const script = `${functions}
rm -rf /etc/ssl/display && ln -s ${given} /etc/ssl/display
sleep() { command sleep 1; }
virsh() {
  case "$*" in
    *" list "*) ls ${node} | sed -n 's/\\.qmp$//p' ;;
    *) python3 -c '${command}' "${node}/$5.qmp" "$6" ;;
  esac
}
lay
echo "it is laid out"
tell`;
      return cloud.start(libvirt, { ...daemon!, command: ["sh", "-c", script] });
    };
    const keeper = startNode();
    await eventually(() => {
      if (keeper.hasEnded()) throw new Error(keeper.said());
      return keeper.said().includes("it is laid out");
    });
    const displays = join(node, "var/lib/libvirt/displays");
    giveToPods(node);
    machines.push(await machine(node, displays, []));
    // Another machine stands in the place of a host, with certificates of another authority.
    const others = join(node, "others");
    execFileSync("mkdir", [others]);
    const feigned = secretOf(strange, await signed(strange, "libvirt-cell1-all-display-tls"));
    for (const [file, value] of [
      ["ca-cert.pem", feigned["ca.crt"]],
      ["server-cert.pem", feigned["tls.crt"]],
      ["server-key.pem", feigned["tls.key"]],
    ] as const)
      writeFileSync(join(others, file), value);
    giveToPods(others);
    machines.push(await machine(node, others, [machines[0]!.port]));
    const [display, feint] = machines.map(({ port }) => port) as [number, number];

    // The tables of the cell; servers and tokens in them; a host that knows its displays.
    const step = cell.containers.find(({ name }) => name === "Job/db-expand/db-sync")!;
    const synced = await cloud.run(cell, step);
    expect(synced.code, synced.said.slice(-3000)).toBe(0);
    const [conductor] = workersOf(cell);
    const page = /novncproxy_base_url = (\S+)/.exec(
      named("nova-compute-cell1-all")
        .containers.flatMap(({ files }) => [...files.values()])
        .join("\n"),
    )![1]!;
    expect(page).toBe(`https://${publicName}/vnc_lite.html`);
    const closed = await freePort();
    const offered = cloud.start(cell, {
      ...conductor!,
      command: ["python3", "-c", offer, host, page, ...[display, feint, closed].map(String)],
    });
    expect(await offered.ended, offered.said()).toBe(0);
    const [url, feignedUrl, closedUrl] = [...offered.said().matchAll(/^https:\S+$/gm)].map(([found]) => found) as [
      string,
      string,
      string,
    ];
    const compute = cloud.start(cell, {
      ...conductor!,
      command: ["python3", "-c", answer, host, String(display), String(feint)],
    });
    await eventually(() => {
      if (compute.hasEnded()) throw new Error(compute.said());
      return compute.said().includes("it answers");
    });

    // Two proxies, each of which speaks HTTPS to the Gateway as where the inside is encrypted.
    const [plain] = workersOf(proxies);
    const [encrypted] = workersOf(named("nova-novncproxy-cell1", inside));
    const web = join(unpacked("novnc", join(labCache("novnc"), "bookworm-1")), "usr/share/novnc");
    const tls = Object.entries(encrypted!.environment).filter(([name]) =>
      /^OS_DEFAULT__(CERT|KEY|SSL_ONLY)$/.test(name),
    );
    expect(tls).toHaveLength(3);
    const startProxy = async (): Promise<{ worker: Worker; port: number }> => {
      const port = await freePort();
      const worker = cloud.start(proxies, {
        ...plain!,
        secrets: new Map([...plain!.secrets, ...encrypted!.secrets]),
        environment: {
          ...{ ...plain!.environment, ...Object.fromEntries(tls) },
          ...{ OS_DEFAULT__WEB: web, OS_VNC__NOVNCPROXY_HOST: "127.0.0.1", OS_VNC__NOVNCPROXY_PORT: String(port) },
        },
      });
      await eventually(async () => {
        if (worker.hasEnded()) throw new Error(worker.said());
        return ask(`https://127.0.0.1:${port}/vnc_lite.html`, { ca: internal.certificate }).then(
          ({ status }) => status === 200,
          () => false,
        );
      });
      return { worker, port };
    };
    const first = await startProxy();
    const second = await startProxy();
    const as = { ca: internal.certificate };
    const shownBy = async ({ worker, port }: typeof first, page: string): Promise<Console & { name: string }> => {
      const console = await open(port, page, as);
      try {
        return { ...console, name: await look(console) };
      } catch (error) {
        throw new Error(`${error}: ${worker.said()} ${compute.said()}`);
      }
    };
    const probed = await cloud.run(proxies, {
      ...plain!,
      environment: { ...plain!.environment, ...Object.fromEntries(tls) },
      command: ["sh", "-c", `exec python3 -c '${askPage}' ${first.port}`],
    });
    expect(probed.code, probed.said).toBe(0);

    // Each of them leads to the display, by one token.
    const seen = await shownBy(first, url);
    expect(seen.name).toContain(`machine-${display}`);
    expect((await shownBy(second, url)).name).toBe(seen.name);

    // Nobody gets a byte of it without a token, with one that nobody gave, that has expired, or for what the host does not have; nor a page of
    // somebody else that a browser has opened.
    const refused = async (where: string, more: Partial<Parameters<typeof open>[2]> = {}) => {
      const console = await open(first.port, where, { ...as, ...more });
      await expect(console.read(1)).rejects.toThrow("it ended after 0 of 1 bytes");
    };
    await refused(url, { without: true });
    await refused(url.replace(/.{4}$/, "0000"));
    await refused(closedUrl);
    await refused(url, { origin: "https://elsewhere.example.org" });
    // Who stands in a host's place is not let near the user.
    await expect(look(await open(first.port, feignedUrl, as))).rejects.toThrow();
    cloud.infrastructure!.sql("UPDATE nova_cell_cell1.console_auth_tokens SET expires = UNIX_TIMESTAMP() - 1");
    await refused(url);
    cloud.infrastructure!.sql("UPDATE nova_cell_cell1.console_auth_tokens SET expires = UNIX_TIMESTAMP() + 600");

    // Past the proxies: only who shows a certificate of the cell.
    const { serial } = await lookAt(display, ca.certificate, forProxies);
    await expect(lookAt(display, ca.certificate)).rejects.toThrow();
    const ofOther = await signed(strange, "nova-novncproxy-cell1-display-tls");
    await expect(lookAt(display, ca.certificate, ofOther)).rejects.toThrow();
    await expect(lookAt(display, ca.certificate, atNode), "a host is no proxy").rejects.toThrow();

    // A browser shows it, with the page of Debian.
    const outside = await gateway(first.port, internal.certificate, onTestFinished);
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
        ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
        `--host-resolver-rules=MAP ${publicName} 127.0.0.1:${outside}`,
      ],
    });
    onTestFinished(() => browser.close());
    const tab = await browser.newPage({ ignoreHTTPSErrors: true });
    await tab.goto(url);
    await expect.poll(() => tab.locator("#status").innerText(), { timeout: 120_000 }).toContain(`machine-${display}`);
    expect(await tab.locator("#screen canvas").count()).toBe(1);

    // The certificate of the node is renewed: machines that run show the new one, and who is looking goes on.
    layOut(await forNode());
    await eventually(async () => {
      if (keeper.hasEnded()) throw new Error(keeper.said());
      return (await lookAt(display, ca.certificate, forProxies)).serial !== serial;
    });
    seen.write(Buffer.from([3, 0, 0, 0, 0, 0, 0, 1, 0, 1]));
    expect((await seen.read(1))[0], "an update of the display").toBe(0);

    // A proxy that ends takes its consoles along, and at once.
    await first.worker.stop();
    await expect(seen.read(1_000_000)).rejects.toThrow("it ended");
    expect((await shownBy(second, url)).name).toBe(seen.name);
  });
});
