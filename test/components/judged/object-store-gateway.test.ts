import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authority, serverPair } from "../../config/certificates.ts";
import { findPython } from "../../config/environment.ts";
import { freePort } from "../../config/processes.ts";
import { withDisks } from "../../contract/storage.ts";
import { rendered } from "../../family/clusters.ts";
import { podOf, renderingOf } from "../../kit/tiny.ts";
import { installPackages } from "../../tools/debian.ts";
import { imageFiles, labCache } from "../../tools/lab-programs.ts";
import { signedHeaders } from "./s3.ts";

// A real gateway of Ceph with the options that are generated for it, over a monitor and one daemon that keeps its data in memory. What stands
// for the Identity service takes connections, and says nothing: that is the worst of its ends.

const hosts = Object.fromEntries(["1", "2", "3", "4"].map((each) => [`s${each}`, {}]));
const users = { backups: { buckets: ["mariadb", "archive.2"] }, small: { buckets: ["small"], quota: "1Mi" } };
const infrastructure = { mariadb: { backup: "none" }, ceph: { hosts, objectStore: { users } } };
const { objects } = renderingOf(rendered({ keystone: {} }, { ...withDisks, infrastructure }), "object-store");

/** Keys as `overstack secrets create` makes them. */
const keysOf = (user: string) => ({ access: `${user}_-${"A1".repeat(6)}`, secret: `${user}_-${"s3".repeat(16)}` });

const home = mkdtempSync(join(tmpdir(), "overstack-gateway-"));
const silent = createServer();
const held: Socket[] = [];
let ceph: ChildProcess;
let port: number;
let python: string;

/** Rook's work: daemons, options in the monitors' configuration, users with their keys and quotas. */
const startScript = (monitor: number, options: Readonly<Record<string, string>>): string => `set -e
who=client.rgw.object.store.a
admin=/etc/ceph/ceph.client.admin.keyring
id=$(cat /proc/sys/kernel/random/uuid)
mkdir -p /etc/ceph /run/ceph /var/log/ceph /var/lib/ceph/mon/ceph-a /var/lib/ceph/osd/ceph-0
cat > /etc/ceph/ceph.conf <<END
[global]
fsid = $id
mon_host = [v2:127.0.0.1:${monitor}]
public_addr = 127.0.0.1
mon_allow_pool_size_one = true
mon_data_avail_crit = 1
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
osd_pool_default_pg_autoscale_mode = off
osd_pool_default_pg_num = 2
osd_pool_default_size = 1
END
ceph-authtool --create-keyring $admin --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
ceph-authtool --create-keyring /etc/ceph/mon.keyring --gen-key -n mon. --cap mon 'allow *'
ceph-authtool /etc/ceph/mon.keyring --import-keyring $admin
monmaptool --create --addv a '[v2:127.0.0.1:${monitor}]' --fsid "$id" /etc/ceph/monmap
ceph-mon --mkfs -i a --monmap /etc/ceph/monmap --keyring /etc/ceph/mon.keyring
ceph-mon -i a
ceph-authtool --create-keyring /var/lib/ceph/osd/ceph-0/keyring --gen-key -n osd.0
disk=$(cat /proc/sys/kernel/random/uuid)
key=$(ceph-authtool -p -n osd.0 /var/lib/ceph/osd/ceph-0/keyring)
echo "{\\"cephx_secret\\": \\"$key\\"}" | ceph osd new "$disk" 0 -i -
ceph-osd -i 0 --mkfs --osd-uuid "$disk"
ceph-osd -i 0
ceph osd crush add osd.0 1 host=here root=default
ceph auth get-or-create $who osd 'allow rwx' mon 'allow rw' -o /etc/ceph/gateway.keyring
${Object.entries(options)
  .map(([option, value]) => `ceph config set $who ${option} '${value}'`)
  .join("\n")}
${Object.values(objects)
  .filter(({ kind }) => kind === "CephObjectStoreUser")
  .flatMap(({ metadata: { name }, spec }) => {
    const { access, secret } = keysOf(name);
    const { maxSize } = (spec as { quotas?: { maxSize: string } }).quotas ?? {};
    return [
      `radosgw-admin user create --uid ${name} --display-name ${name} --access-key '${access}' --secret-key '${secret}'`,
      ...(maxSize === undefined
        ? []
        : [
            `radosgw-admin quota set --quota-scope user --uid ${name} --max-size ${maxSize.replace("i", "")}`,
            `radosgw-admin quota enable --quota-scope user --uid ${name}`,
          ]),
    ];
  })
  .join("\n")}
exec radosgw -f -n $who --keyring /etc/ceph/gateway.keyring \\
  --rgw-frontends "beast ssl_endpoint=127.0.0.1:${port} ssl_certificate=/etc/gateway/tls.crt ssl_private_key=/etc/gateway/tls.key"
`;

beforeAll(async () => {
  installPackages({ mmdebstrap: "mmdebstrap" });
  python = await findPython();
  const image = imageFiles(join(labCache("ceph"), "trixie-radosgw-1"), {
    packages: ["ceph-mon", "ceph-osd", "radosgw"],
    folders: [],
  });
  const [monitor, identity] = [await freePort(), await freePort()];
  port = await freePort();
  silent.on("connection", (socket) => held.push(socket)).listen(identity, "127.0.0.1");
  const { gateway } = objects["CephObjectStore/object-store"]!.spec as {
    gateway: { rgwConfig: Record<string, string> };
  };
  const { rgwConfig } = gateway;
  const ca = await authority();
  const { certificate, key } = await serverPair(ca, ["IP:127.0.0.1"]);
  writeFileSync(join(home, "ca.crt"), ca.certificate);
  writeFileSync(join(home, "image"), image);
  const files = {
    "etc/gateway/tls.crt": certificate,
    "etc/gateway/tls.key": key,
    [rgwConfig.rgw_keystone_admin_password_path!.slice(1)]: "a password",
    "etc/gateway/start": startScript(monitor, { ...rgwConfig, rgw_keystone_url: `https://127.0.0.1:${identity}` }),
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, "files", path)), { recursive: true });
    writeFileSync(join(home, "files", path), content);
  }
  const inRoot = join(import.meta.dirname, "../../config/in-root.sh");
  // Whatever was started there ends with it.
  const apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child"];
  ceph = spawn("setpriv", ["--pdeathsig", "KILL", ...apart, "sh", inRoot, home, "bash", "/etc/gateway/start"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [ceph.stdout!, ceph.stderr!]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  while ((await send("GET", "/").catch(() => undefined)) === undefined) {
    if (ceph.exitCode !== null) throw new Error(said);
    await pause(500);
  }
});
afterAll(async () => {
  silent.close();
  for (const socket of held) socket.destroy();
  if (ceph?.exitCode === null) {
    ceph.kill("SIGKILL");
    await new Promise((resolve) => ceph.once("exit", resolve));
  }
  rmSync(home, { recursive: true, maxRetries: 5 });
});

/** Sends a request as a user, or as nobody. */
async function send(method: string, path: string, user?: string, body: string | Buffer = "") {
  const host = `127.0.0.1:${port}`;
  const { access, secret } = keysOf(user ?? "");
  const headers = user === undefined ? { host } : signedHeaders({ method, path, host, body }, access, secret);
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const ca = readFileSync(join(home, "ca.crt"));
    const sent = request({ host: "127.0.0.1", port, method, path, headers, ca, timeout: 60_000 }, async (answer) =>
      resolve({ status: answer.statusCode!, body: await text(answer) }),
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", reject).end(body);
  });
}

/** Runs the Job that makes buckets. */
function makeBuckets(more: Readonly<Record<string, string>> = {}) {
  const { env, command } = podOf(objects["Job/object-store-buckets"]).main;
  const own = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  const keys = Object.keys(users)
    .sort()
    .map(keysOf)
    .flatMap(({ access, secret }, index) => [
      [`ACCESS_KEY_${index}`, access],
      [`SECRET_KEY_${index}`, secret],
    ]);
  const here = { STORE_HOST: "127.0.0.1", STORE_PORT: String(port), STORE_CA: join(home, "ca.crt"), PATIENCE: "0" };
  return new Promise<{ status: number; said: string }>((resolve) => {
    execFile(
      python,
      ["-c", command.at(-1)!],
      { env: { ...own, ...(Object.fromEntries(keys) as Record<string, string>), ...here, ...more } },
      (error, stdout, stderr) => resolve({ status: error === null ? 0 : 1, said: stdout + stderr }),
    );
  });
}

test("the Job makes each user's buckets, can do so again, and takes nobody else's", async () => {
  expect(await makeBuckets()).toMatchObject({ status: 0 });
  expect(await makeBuckets()).toMatchObject({ status: 0 });
  expect((await send("GET", "/", "backups")).body).toMatch(/<Name>archive\.2<\/Name>.*<Name>mariadb<\/Name>/);
  expect(await makeBuckets({ BUCKETS: '[[],["mariadb"]]' })).toMatchObject({
    status: 1,
    said: expect.stringContaining("mariadb is somebody else's"),
  });
});

test("a user of the store's own writes and reads while the Identity service says nothing, and nobody else may", async () => {
  const before = held.length;
  const began = performance.now();
  expect(await send("PUT", "/mariadb/copy", "backups", "all rows")).toMatchObject({ status: 200 });
  expect(await send("GET", "/mariadb/copy", "backups")).toEqual({ status: 200, body: "all rows" });
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(await send("GET", "/mariadb/copy", "small")).toMatchObject({ status: 403 });
  expect(await send("GET", "/mariadb/copy")).toMatchObject({ status: 403 });
  expect(held.length, "nobody asked the Identity service").toBe(before);
});

test("a user writes no more than its quota", async () => {
  expect(await send("PUT", "/small/a", "small", Buffer.alloc(2 ** 19))).toMatchObject({ status: 200 });
  expect(await send("PUT", "/small/b", "small", Buffer.alloc(2 ** 21))).toMatchObject({
    status: 403,
    body: expect.stringContaining("QuotaExceeded"),
  });
});
