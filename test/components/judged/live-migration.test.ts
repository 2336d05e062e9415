import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Pair } from "../../config/certificates.ts";
import { allCertificates, type Group, type Host, startHosts } from "./hypervisors.ts";

const secretsOf = (group: Group) =>
  ["display", "hypervisor", "migration"].map((what) => `libvirt-${group}-${what}-tls`);
const disk = "/var/lib/nova/instances/one/disk";
const marker = "what the server wrote before it moved";

/** A machine that stays in its firmware, with a disk of its own and a display, as Nova defines one. */
const machine = `<domain type="qemu"><name>one</name><uuid>6f3a3c38-0d3b-4f43-9f6a-0a3f9d1c2b10</uuid>
<memory unit="MiB">64</memory><vcpu>1</vcpu><os><type arch="x86_64" machine="pc">hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<disk type="file" device="disk"><driver name="qemu" type="qcow2" cache="none"/><source file="${disk}"/><target dev="vda" bus="virtio"/></disk>
<graphics type="vnc" autoport="yes" listen="0.0.0.0"/><memballoon model="none"/></devices></domain>`;

/** The flags of Nova with block migration (nova/virt/libvirt/driver.py, _prepare_migration_flags). */
const migrate = `import libvirt, sys
flags = (libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
         | libvirt.VIR_MIGRATE_PERSIST_DEST | libvirt.VIR_MIGRATE_NON_SHARED_INC)
if sys.argv[2] == "tls":
    flags |= libvirt.VIR_MIGRATE_TLS
parameters = {"migrate_uri": "tcp://" + sys.argv[1], "migrate_disks": ["vda"], "bandwidth": 0}
libvirt.open("qemu:///system").lookupByName("one").migrateToURI3("qemu+tls://" + sys.argv[1] + "/system", parameters, flags)
`;

/** What passes the cable while a program runs: whether a word is in it, and the ports that took bytes. */
const listen = `import json, select, socket, subprocess, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 26)
wire.bind(("eth0", 0))
program = subprocess.Popen(sys.argv[2:], stderr=subprocess.PIPE)
ports, seen, size = set(), False, 0
while True:
    if select.select([wire], [], [], 0.5)[0]:
        packet = wire.recv(70000)
        size += len(packet)
        seen = seen or sys.argv[1].encode() in packet
        if packet[12:14] == b"\\x08\\x00" and packet[23] == 6:
            ports.add(int.from_bytes(packet[36:38], "big"))
    elif program.poll() is not None:
        break
print(json.dumps({"seen": seen, "size": size, "ports": sorted(p for p in ports if p < 30000)}))
sys.stderr.write(program.stderr.read().decode())
sys.exit(program.returncode)
`;

/** A client with a certificate asks libvirt of a host: it says one byte to whom it lets in. https://libvirt.org/kbase/internals/rpc.html */
const knock = `import os, socket, ssl, sys
host, folder = sys.argv[1:]
context = ssl.create_default_context(cafile=folder + "/server-ca.pem")
if os.path.exists(folder + "/cert.pem"):
    context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
try:
    with context.wrap_socket(socket.create_connection((host, 16514), 10), server_hostname=host) as server:
        server.settimeout(10)
        serial = server.getpeercert()["serialNumber"]
        print("let in" if server.recv(1) == b"\\x01" else "refused", serial)
except (ssl.SSLError, ConnectionError) as error:
    print("refused", error)
`;

const state = async (host: Host) =>
  (await host.run("virsh", "--quiet", "--connect", "qemu:///system", "domstate", "one")).stdout.trim();
const move = (from: Host, to: Host, how: "tls" | "plain" = "tls") =>
  from.run("python3", "-c", listen, marker, "python3", "-c", migrate, to.dialled, how);
const makeDisk = (host: Host) =>
  host.must("sh", "-c", `mkdir -p ${disk.replace(/\/disk$/, "")} && qemu-img create -q -f qcow2 ${disk} 8M`);
const makeEmpty = (host: Host) => host.must("rm", disk).then(() => makeDisk(host));
/** What a client at one host hears from libvirt of another: with a certificate of its own, or with none (null). */
async function knocked(from: Host, to: Host, server: Pair, client: Pair | null = server): Promise<string> {
  const folder = "/var/lib/nova/client";
  await from.must("rm", "-rf", folder);
  from.write(`${folder}/server-ca.pem`, server.authority!);
  if (client !== null) {
    from.write(`${folder}/cert.pem`, client.certificate);
    from.write(`${folder}/key.pem`, client.key);
  }
  return (await from.must("python3", "-c", knock, to.dialled, folder)).trim();
}
const machines = (host: Host) => host.must("sh", "-c", "pgrep -fc '[q]emu-system.*guest=one' || true");

test("a server moves to another host of its cell and back, over TLS, with its disk, while certificates change", async ({
  onTestFinished,
}) => {
  const lab = await startHosts(mkdtempSync(join(tmpdir(), "overstack-hosts-")), ["cell1-compute", "cell1-compute"]);
  onTestFinished(lab.stop);
  const [first, second] = lab.hosts;
  const { issue } = await allCertificates();
  const given = async (group: Group = "cell1-compute") =>
    Object.fromEntries(await Promise.all(secretsOf(group).map(async (name) => [name, await issue(name)] as const)));
  const secrets = await given();
  await Promise.all([first.begin(secrets), second.begin(secrets)]);

  for (const host of lab.hosts) {
    await makeDisk(host);
    host.write("/var/lib/nova/one.xml", machine);
  }
  await first.must("qemu-io", "-c", `write -P 0 0 8M`, disk);
  await first.must("sh", "-c", `printf '${marker}' >/tmp/word && qemu-io -c 'write -s /tmp/word 1M 512' ${disk}`);
  await first.must("virsh", "--connect", "qemu:///system", "define", "/var/lib/nova/one.xml");
  await first.must("virsh", "--connect", "qemu:///system", "start", "one");
  expect(await state(first)).toBe("running");

  // Without TLS nothing moves, whatever the source asks for.
  const plain = await move(first, second, "plain");
  expect(plain.code, plain.stderr).not.toBe(0);
  expect(await state(first)).toBe("running");

  const there = await move(first, second);
  expect(there.code, `${there.stderr} ${first.said()} ${second.said()}`).toBe(0);
  const wire = JSON.parse(there.stdout) as { seen: boolean; size: number; ports: number[] };
  expect(wire).toMatchObject({ seen: false });
  expect(wire.ports).toEqual([16514, 16515, 16516]);
  expect(await state(first)).toBe("");
  expect(await machines(first)).toBe("0\n");
  expect(await state(second)).toBe("running");
  expect(await machines(second)).toBe("1\n");
  expect(await second.must("qemu-io", "-U", "-r", "-c", "read -v 1M 64", disk)).toContain("what.the.server.");

  // A year later: both hosts have other certificates, and nothing is started anew.
  const before = await knocked(first, second, secrets["libvirt-cell1-compute-hypervisor-tls"]!);
  expect(before).toMatch(/^let in /);
  const renewed = await given();
  for (const host of lab.hosts) host.renew(renewed);
  await expect
    .poll(() => knocked(first, second, renewed["libvirt-cell1-compute-hypervisor-tls"]!), { timeout: 60_000 })
    .not.toBe(before);
  await makeEmpty(first);
  const back = await move(second, first);
  expect(back.code, `${back.stderr} ${first.said()} ${second.said()}`).toBe(0);
  expect([await state(first), await state(second)]).toEqual(["running", ""]);

  // With a certificate for machines of another authority it stays where it is.
  const name = "libvirt-cell1-compute-migration-tls";
  second.renew({ [name]: await issue("libvirt-cell2-gpu-migration-tls") });
  await second.must(
    "sh",
    "-c",
    "until cmp -s /etc/ssl/migration/tls.crt /var/lib/libvirt/migration/server-cert.pem; do sleep 1; done",
  );
  await makeEmpty(second);
  const stopped = await move(first, second);
  expect(stopped.code).not.toBe(0);
  expect(stopped.stderr).toMatch(/certificate/i);
  expect([await state(first), await state(second)]).toEqual(["running", ""]);
});

test("libvirt obeys hosts of its own cell alone, and machines cannot read with what it shows itself", async ({
  onTestFinished,
}) => {
  const lab = await startHosts(mkdtempSync(join(tmpdir(), "overstack-hosts-")), ["cell1-compute", "cell2-gpu"]);
  onTestFinished(lab.stop);
  const [first, second] = lab.hosts;
  const { issue } = await allCertificates();
  const given = async (group: Group) =>
    Object.fromEntries(await Promise.all(secretsOf(group).map(async (name) => [name, await issue(name)] as const)));
  const own = await given("cell1-compute");
  await Promise.all([first.begin(own), second.begin(await given("cell2-gpu"))]);
  const asks = (pair: Pair | undefined) =>
    knocked(second, first, own["libvirt-cell1-compute-hypervisor-tls"]!, pair ?? null);

  expect(await asks(await issue("libvirt-cell1-compute-hypervisor-tls"))).toMatch(/^let in /);
  // Nobody, a console proxy, what shows a display, a machine, a host of the other cell, and another subject of the right authority.
  expect(await asks(undefined)).toMatch(/^refused /);
  for (const secret of [
    "nova-novncproxy-cell1-display-tls",
    "libvirt-cell1-compute-display-tls",
    "libvirt-cell1-compute-migration-tls",
    "libvirt-cell2-gpu-hypervisor-tls",
  ])
    expect(await asks(await issue(secret)), secret).toMatch(/^refused /);
  expect(await asks(await issue("libvirt-cell1-compute-hypervisor-tls", "somebody"))).toMatch(/^refused /);

  await makeDisk(first);
  await makeDisk(second);
  first.write("/var/lib/nova/one.xml", machine);
  await first.must("virsh", "--connect", "qemu:///system", "define", "/var/lib/nova/one.xml");
  await first.must("virsh", "--connect", "qemu:///system", "start", "one");
  expect((await move(first, second)).code).not.toBe(0);
  expect([await state(first), await state(second)]).toEqual(["running", ""]);

  const asMachine = ["setpriv", "--reuid=42424", "--regid=42424", "--clear-groups"];
  expect((await first.run(...asMachine, "cat", "/var/lib/libvirt/migration/client-key.pem")).code).toBe(0);
  expect((await first.run(...asMachine, "cat", "/etc/pki/libvirt/private/clientkey.pem")).code).not.toBe(0);
});
