import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Release } from "../../../generator/contract/release.ts";
import { ask, eventually } from "../../config/ask.ts";
import { type Service, smallCluster } from "../../config/clusters.ts";
import type { Container } from "../../config/containers.ts";
import { run } from "../../config/environment.ts";
import { backdate } from "../../config/infrastructure.ts";
import { environmentIn, releasesOf } from "../../config/installed.ts";
import { type Person, person } from "../../config/people.ts";
import { giveToPods } from "../../config/place.ts";
import { adminToken, runCron, runJobs, type SmallCloud, startCloud, workersOf } from "../../config/small-cloud.ts";

const nfs = { server: "nfs.example.org", path: "/volumes" };
const services = {
  keystone: {},
  glance: {},
  cinder: {
    backends: {
      ceph: { type: "rbd", monitors: ["127.0.0.1"], secret: "cinder-ceph" },
      files: { type: "nfs", ...nfs },
      local: { type: "lvm", node: "storage-1" },
    },
  },
};
// The helper of oslo.privsep reads the packages too, which lie here where root alone may look.
const reader = { capabilities: "CAP_DAC_OVERRIDE" };
const config = { "cinder.conf": { cinder_sys_admin: reader, privsep_osbrick: reader } };
const keys = {
  services,
  nodes: { "cinder-volume-nfs-files": { config } },
  kubernetes: { nodeNetworks: ["127.0.0.0/8"] },
};

/** Where the driver mounts the export: https://opendev.org/openstack/os-brick/src/branch/master/os_brick/remotefs/remotefs.py */
const mountPoint = `/var/lib/cinder/mnt/${createHash("md5").update(`${nfs.server}:${nfs.path}`).digest("hex")}`;

/** A record of the table of services, as an administrator is told of it. */
interface ServiceRecord {
  readonly binary: string;
  readonly host: string;
  readonly state: string;
  readonly cluster?: string | null;
}

const newest = { "OpenStack-API-Version": "volume 3.70" };
/** From 3.49 on the list of services asks the scheduler, which answers nobody in its first minute. */
const withoutScheduler = { "OpenStack-API-Version": "volume 3.48" };

async function startCinder(release: Release, onTestFinished: Parameters<typeof startCloud>[2]) {
  const given = { "cinder-ceph": { keyring: Buffer.from("[client.cinder]\n") } };
  const small = await startCloud(["glance", "cinder"], release, onTestFinished, {
    infrastructure: true,
    changed: keys,
    given,
  });
  const { service, urls } = small.running.get("cinder")!;
  const folder = mkdtempSync(join(tmpdir(), "overstack-nfs-"));
  onTestFinished(async () => rmSync(folder, { recursive: true, force: true }));
  giveToPods(folder);
  const admin = await adminToken(small);
  return {
    ...{ small, folder, service, cloud: small.cloud, api: urls.get("api")!, admin },
    /** Starts the program of a part as the pod of this name, with more beside its own. */
    start: (component: string, pod: string, more: Partial<Container> = {}) => {
      const part = small.changed(component, keys);
      return small.cloud.start(part, named(workersOf(part)[0]!, pod, more));
    },
    records: async (): Promise<ServiceRecord[]> => {
      const headers = { ...admin, ...withoutScheduler };
      const { status, body } = await ask(`${urls.get("api")}/v3/os-services`, { headers });
      expect(status, JSON.stringify(body)).toBe(200);
      return (body as { services: ServiceRecord[] }).services;
    },
  };
}

/** A container of the pod of that name. */
const named = (container: Container, pod: string, more: Partial<Container> = {}): Container => ({
  ...container,
  environment: { ...container.environment, OS_DEFAULT__HOST: pod },
  ...more,
});

/** Volumes of a user. */
function volumesOf(api: string, { token }: Person) {
  const headers = { ...token, ...newest };
  const show = async (id: string) => {
    const { status, body } = await ask(`${api}/v3/volumes/${id}`, { headers });
    return status === 404 ? undefined : (body as { volume: { status: string } }).volume;
  };
  return {
    show,
    create: (volume: object) => ask(`${api}/v3/volumes`, { headers, body: { volume } }),
    remove: (id: string) => ask(`${api}/v3/volumes/${id}`, { headers, method: "DELETE" }),
    settled: (id: string): Promise<string> =>
      eventually(async () => {
        const status = (await show(id))?.status ?? "gone";
        return !["creating", "downloading", "deleting"].includes(status) && status;
      }),
  };
}
const idOf = ({ status, body }: Awaited<ReturnType<typeof ask>>): string => {
  expect(status, JSON.stringify(body)).toBe(202);
  return (body as { volume: { id: string } }).volume.id;
};

/** An image of qcow2 with these bytes at its beginning. */
async function upload(small: SmallCloud, { token }: Person, content: Buffer): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "overstack-image-"));
  try {
    writeFileSync(join(folder, "raw"), content);
    execFileSync("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", join(folder, "raw"), join(folder, "qcow2")]);
    const glance = small.running.get("glance")!.urls.get("api")!;
    const described = { name: "disk", disk_format: "qcow2", container_format: "bare" };
    const { body } = await ask(`${glance}/v2/images`, { headers: token, body: described });
    const { id } = body as { id: string };
    const headers = { ...token, "Content-Type": "application/octet-stream" };
    const chunks = [readFileSync(join(folder, "qcow2"))];
    const sent = await ask(`${glance}/v2/images/${id}/file`, { method: "PUT", headers, body: chunks });
    expect(sent.status).toBe(204);
    return id;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What volumes of images need, as the volume service begins it, with the generated options. */
const program = `from cinder.cmd import volume
import shlex
from oslo_config import cfg
from oslo_privsep import priv_context
import os_brick
from cinder import utils
from cinder.common import config
from cinder.image import image_utils
from cinder.volume import volume_utils
cfg.CONF(["--config-file", "/tmp/nobody/cinder.conf"], project="cinder")
priv_context.init(root_helper=shlex.split(utils.get_root_helper()))
os_brick.setup(cfg.CONF)
rights = [line.strip() for line in open("/proc/self/status") if line.startswith(("CapEff", "NoNewPrivs"))]
info = image_utils.qemu_img_info("/tmp/nobody/disk.qcow2")
found = [name for name in volume_utils.brick_get_connector_properties() if name == "multipath"]
print(*sorted(rights, reverse=True), info.file_format, *found)
`;

/**
 * Runs a script of a shell as the pods' user without any capability, which it cannot get back either; the packages, which lie where
 * root alone may look, are put where it sees them. What it says.
 */
function asNobody(environment: string, script: string, files: Readonly<Record<string, string>>): string {
  const python = realpathSync(join(environment, "bin/python3")).split("/versions/")[0]!;
  const enter = `set -e
mount --make-rprivate /
mkdir -p /tmp/nobody /tmp/nobody-python /tmp/nobody-packages
trap 'umount --lazy /tmp/nobody /tmp/nobody-python /tmp/nobody-packages; rmdir /tmp/nobody /tmp/nobody-python /tmp/nobody-packages' EXIT
mount --bind ${python} /tmp/nobody-python
mount --bind ${environment} /tmp/nobody-packages
mount -t tmpfs -o mode=755 none /root
mkdir -p ${python} ${environment}
mount --bind /tmp/nobody-python ${python}
mount --bind /tmp/nobody-packages ${environment}
mount -t tmpfs none /var/lib
mount -t tmpfs none /tmp/nobody
mkdir -p /var/lib/cinder/lock
${Object.entries(files)
  .map(([name, text]) => `cat > /tmp/nobody/${name} <<'END OF FILE'\n${text}\nEND OF FILE`)
  .join("\n")}
qemu-img create -q -f qcow2 /tmp/nobody/disk.qcow2 10M
chown -R 42424:42424 /var/lib/cinder /tmp/nobody
setpriv --reuid=42424 --regid=42424 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs sh -c "$SCRIPT"`;
  const env = { ...process.env, SCRIPT: script, HOME: "/tmp/nobody", PATH: `${environment}/bin:${process.env.PATH}` };
  return execFileSync("unshare", ["--mount", "sh", "-c", enter], { encoding: "utf8", env });
}

const jobOf = ({ containers }: Service, step: string): Container =>
  containers.find(({ name }) => name === `Job/db-contract/${step}`)!;

describe.each(releasesOf("cinder"))("Cinder %s", (release) => {
  test("makes volumes, also of images, and nobody becomes root", async ({ onTestFinished }) => {
    const { small, cloud, service, api, folder, start, records, admin } = await startCinder(release, onTestFinished);
    const { sql } = cloud.infrastructure!;
    cloud.start(service, named(workersOf(service)[0]!, "cinder-scheduler-0"));
    // What the driver would mount is there already: this machine has no NFS.
    const mounted = { mounted: new Map([[mountPoint, folder]]) };
    const host = "cinder-volume-nfs-volume-files-0";
    const first = start("cinder-volume-nfs", host, mounted);
    const ceph = start("cinder-volume-rbd", "cinder-volume-rbd-volume-ceph-0");
    const local = start("cinder-volume-lvm", "cinder-volume-lvm-volume-local-0");

    // Each is there under the name of its pod; those of a back end that takes several are one cluster.
    const found = await eventually(async () => {
      const all = await records();
      return all.length === 4 && all.some(({ host: at, state }) => at === `${host}@files` && state === "up") && all;
    });
    const tell = (of: string) => found.find(({ host: at }) => at.startsWith(of));
    expect(tell("cinder-scheduler-0")).toMatchObject({ binary: "cinder-scheduler" });
    expect(tell(`${host}@files`), first.said()).toMatchObject({ state: "up", cluster: null });
    expect(tell("cinder-volume-rbd-volume-ceph-0@ceph")).toMatchObject({ cluster: "cinder-volume-rbd-ceph@ceph" });
    expect(tell("cinder-volume-lvm-volume-local-0@local")).toMatchObject({ cluster: null });
    // Neither Ceph nor a volume group is here, and the real drivers say so.
    await eventually(() => /rados|librados|rbd python libraries/i.test(ceph.said()));
    await eventually(() => /Volume Group|vgs|lvm/i.test(local.said()));

    const alice = await person(small, "alice");
    const volumes = volumesOf(api, alice);
    const empty = idOf(await volumes.create({ size: 1, name: "empty" }));
    expect(await volumes.settled(empty), first.said()).toBe("available");
    expect(statSync(join(folder, `volume-${empty}`)).size).toBe(2 ** 30);
    const content = randomBytes(3 * 2 ** 20);
    const image = await upload(small, alice, content);
    const disk = idOf(await volumes.create({ size: 1, imageRef: image }));
    expect(await volumes.settled(disk), first.said()).toBe("available");
    expect(
      readFileSync(join(folder, `volume-${disk}`))
        .subarray(0, content.length)
        .equals(content),
    ).toBe(true);

    // No other project sees it; two are what the project may have.
    const bob = volumesOf(api, await person(small, "bob"));
    expect(await bob.show(disk)).toBeUndefined();
    const quota = { quota_set: { volumes: 2 } };
    const place = `${api}/v3/${alice.projectId}/os-quota-sets/${alice.projectId}`;
    expect((await ask(place, { headers: admin, method: "PUT", body: quota })).status).toBe(200);
    expect((await volumes.create({ size: 1 })).status).toBe(413);

    // The next process of the same name ends what its predecessor left half done.
    first.kill();
    sql(`UPDATE cinder.volumes SET status = 'downloading' WHERE id = '${empty}'`);
    const second = start("cinder-volume-nfs", host, mounted);
    expect(await volumes.settled(empty), second.said()).toBe("error");
    expect((await volumes.remove(empty)).status).toBe(202);
    expect(await volumes.settled(empty), second.said()).toBe("gone");

    // A record of an older service holds back what comes after the upgrade; so does nothing else.
    sql(`UPDATE cinder.services SET rpc_current_version = '3.0' WHERE \`binary\` = 'cinder-volume'`);
    const waiting = cloud.start(service, jobOf(service, "wait-for-services"));
    await eventually(() => waiting.said().includes(`cinder-volume ${host}@files`));
    sql(`UPDATE cinder.services SET rpc_current_version = '3.20' WHERE \`binary\` = 'cinder-volume'`);
    expect(await waiting.ended, waiting.said()).toBe(0);
    await runJobs(cloud, service, "contract");

    // A scheduler that there is no longer leaves the table; a volume service never does.
    sql("UPDATE cinder.services SET updated_at = NOW() - INTERVAL 2 DAY");
    const gone =
      "INSERT INTO cinder.services (created_at, updated_at, deleted, host, `binary`, topic, report_count, disabled, availability_zone, uuid)";
    sql(
      `${gone} SELECT created_at, updated_at, 0, 'cinder-scheduler-7', \`binary\`, topic, 1, 0, 'nova', UUID() FROM cinder.services WHERE \`binary\` = 'cinder-scheduler' LIMIT 1`,
    );
    await runCron(cloud, service, "service-clean");
    const left = sql("SELECT host FROM cinder.services WHERE NOT deleted");
    expect(left).not.toContain("cinder-scheduler-7");
    expect(left).toContain("cinder-volume-lvm-volume-local-0@local");
    const rows = () => Number(sql("SELECT COUNT(*) FROM cinder.volumes WHERE deleted")[0]);
    await runCron(cloud, service, "purge-deleted");
    expect(rows()).toBe(1);
    backdate(cloud.infrastructure!, "cinder", 31);
    await runCron(cloud, service, "purge-deleted");
    expect(rows()).toBe(0);
  });

  test("reads images and looks at its node with no right at all, as it is started in its pods", () => {
    const { services: all } = smallCluster(["cinder"], release, keys);
    const { command, files } = workersOf(all.find(({ component }) => component === "cinder-volume-rbd")!)[0]!;
    const said = asNobody(
      environmentIn(release, "cinder"),
      command[2]!.replace("exec cinder-volume", "exec python3 /tmp/nobody/program.py"),
      { "cinder.conf": files.get("/etc/cinder/cinder.conf")!, "program.py": program },
    );
    expect(said).toContain("NoNewPrivs:\t1 CapEff:\t0000000000000000 qcow2 multipath");
  });

  test("declares which drivers several may serve at once, and speaks as the other releases do", async () => {
    const question = `from cinder.volume.drivers import lvm, nfs, rbd
from cinder.cmd import manage
print([driver.SUPPORTS_ACTIVE_ACTIVE for driver in (rbd.RBDDriver, nfs.NfsDriver, lvm.LVMVolumeDriver)])
print(sorted(manage.RPC_VERSIONS.items()), manage.OVO_VERSION)`;
    const python = join(environmentIn(release, "cinder"), "bin/python3");
    const { stdout, stderr } = await run(python, ["-c", question]);
    expect(stdout.split("\n"), stderr).toEqual([
      "[True, False, False]",
      // Where they differ, what runs must restart once more after the upgrade: decision 43 says why nothing does.
      "[('cinder-backup', '2.4'), ('cinder-scheduler', '3.12'), ('cinder-volume', '3.20')] 1.39",
      "",
    ]);
  });
});
