import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Service, smallCluster } from "../../config/clusters.ts";
import type { Container } from "../../config/containers.ts";
import { run } from "../../config/environment.ts";
import { releasesOf } from "../../config/installed.ts";
import { serveKubernetes } from "../../config/kubernetes-api.ts";
import { asPodIn, place } from "../../config/place.ts";
import { rendered } from "../../family/clusters.ts";
import { podOf, renderingOf } from "../../kit/tiny.ts";
import { startCeph, withLibrary } from "./ceph.ts";

const services = {
  keystone: {},
  placement: {},
  neutron: {},
  glance: { stores: { ceph: { type: "rbd" } } },
  cinder: { backends: { ceph: { type: "rbd" } } },
  nova: { disks: { type: "rbd" } },
};
const kubernetes = { version: "1.35", nodeNetworks: ["127.0.0.0/8"] };
const compute = "nova-compute-cell1-all";
const [image, server] = ["a0a0a0a0-1111-4222-8333-444444444444", "b0b0b0b0-1111-4222-8333-444444444444"];

describe("disks of servers", () => {
  const groups = { compute: { roles: ["hypervisor"] }, gpu: { roles: ["hypervisor"] } };
  const more = (changed: object = {}) => ({
    ...{ kubernetes, nodeGroups: groups, ...changed },
    infrastructure: { mariadb: { backup: "none" }, ceph: { hosts: { s1: {}, s2: {}, s3: {}, s4: {} } } },
  });
  const keysOf = (cluster: ReturnType<typeof rendered>, group: string) => {
    const { objects } = renderingOf(cluster, `nova-compute-cell1-${group}`);
    const { volumes } = podOf(objects[`DaemonSet/nova-compute-agent-cell1-${group}`]);
    const keys = volumes.find(({ name }) => name === "volume-keys") as Keys | undefined;
    return keys!.projected.sources.map(({ secret: { name, items } }) => [name, items[0]!.path]);
  };
  type Keys = { projected: { sources: { secret: { name: string; items: { path: string }[] } }[] } };

  test("have a key for each node group, and two while its user changes, under names of their own", () => {
    const user = { credentials: { storage: { generation: 2, alsoValid: 1 } } };
    const cluster = rendered({ ...services, cinder: undefined }, more({ nodes: { "nova-compute-cell1-gpu": user } }));
    const [[first, uuid]] = keysOf(cluster, "compute") as [[string, string]];
    const changing = keysOf(cluster, "gpu");
    expect(first).toBe("nova-compute-cell1-compute-storage");
    expect(changing.map(([name]) => name)).toEqual([
      "nova-compute-cell1-gpu-storage",
      "nova-compute-cell1-gpu-storage-g2",
    ]);
    expect(new Set([uuid, ...changing.map(([, path]) => path)]).size).toBe(3);
  });
});

describe.each(releasesOf("nova"))("Nova %s", (release) => {
  test("keeps the disks of servers in a real Ceph as clones of Glance's images, and may change nothing else there", async ({
    onTestFinished,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), "overstack-disks-"));
    onTestFinished(() => rmSync(folder, { recursive: true, maxRetries: 5 }));
    chmodSync(folder, 0o755);
    const environments: Readonly<Record<string, string>> = {
      glance: await withLibrary("glance", release, folder),
      nova: await withLibrary("nova", release, folder),
    };
    const ofThisCluster = rendered(services, {
      kubernetes,
      nodeGroups: { all: { roles: ["hypervisor"] } },
      infrastructure: { mariadb: { backup: "none" }, ceph: { hosts: { s1: {}, s2: {}, s3: {}, s4: {} } } },
    });
    const ceph = await startCeph(folder, Object.values(renderingOf(ofThisCluster, "ceph").objects));
    onTestFinished(ceph.stop);

    const given = new Map(Object.entries(ceph.made));
    const changed = { services, kubernetes, infrastructure: { ceph: {} } };
    const { services: all, secrets } = smallCluster([], release, changed, given);
    const api = await serveKubernetes(secrets);
    onTestFinished(() => void api.server.close());
    let count = 0;
    const inPod = async (service: Service, container: Container): Promise<string> => {
      const root = join(folder, `pod-${count++}`);
      mkdirSync(root);
      const environment = environments[service.project] ?? environments.nova!;
      const machine = { environment, database: undefined, secrets, ports: new Map(), kubernetes: api };
      const { file, args, env } = place(root, service, container, machine);
      const [program, ...rest] = [...asPodIn(root, container.isRoot), file, ...args];
      const { code, stdout, stderr } = await run(program!, rest, { env });
      expect(code, `${container.name}: ${stderr.slice(-4000)}`).toBe(0);
      return stdout;
    };
    // Each service finds its key. That of volumes is in libvirt, too.
    for (const service of all)
      for (const job of service.containers.filter((each) => each.name.startsWith("Job/find-storage")))
        await inPod(service, job);
    /** Runs a program of the test's own in place of the pods' program: with their files, Secrets and variables. */
    const python = async (name: string, role: string, text: string): Promise<string> => {
      const service = all.find(({ instance }) => instance === name)!;
      const container = service.containers.find((each) => each.name.endsWith(`/${role}/${role}`))!;
      return inPod(service, { ...container, command: ["sh", "-c", 'exec python3 -c "$0"', text] });
    };

    const location = (await python("glance", "api", putImage)).trim().split("\n").at(-1)!;
    expect(location).toMatch(new RegExp(`^rbd://[0-9a-f-]+/images/${image}/snap$`));
    const said = JSON.parse((await python(compute, "agent", useDisk(location))).trim().split("\n").at(-1)!);

    expect(said.cloneable).toBe(true);
    // A clone, of the size that the flavor has; the snapshot of a server is a copy, since the images' pool is not Nova's to write to.
    expect(said.parent).toEqual(["images", image, "snap"]);
    expect(said.size).toBe(2 * 1024 ** 3);
    expect(said.directSnapshot).toBe("Forbidden");
    expect(said.imported).toBe(true);
    expect(said.room).toBeGreaterThan(0);
    // QEMU is told where the monitors are, and which key of libvirt's to open it with.
    const [, uuid] = /rbd_secret_uuid = (\S+)/.exec(
      [
        ...all
          .find(({ instance }) => instance === compute)!
          .containers.at(-1)!
          .files.values(),
      ].join("\n"),
    )!;
    expect(said.xml).toContain(`name="vms/${server}_disk"`);
    expect(said.xml).toMatch(/<host name="127\.0\.0\.2" port="3300"\/>/);
    expect(said.xml).toMatch(/cache="writeback"[^>]*discard="unmap"|discard="unmap"[^>]*cache="writeback"/);
    expect(said.xml).toContain(`<auth username="${compute}">`);
    expect(said.xml).toContain(`uuid="${uuid}"`);
    // A volume is opened with Cinder's user and key, whatever the disks are opened with.
    expect(said.volume).toEqual(["cinder", "11111111-2222-5333-8444-555555555555"]);
    expect(said.left).toEqual([]);
    expect(ceph.run("rbd", "ls", "vms")).toBe("");
    expect(ceph.run("rbd", "ls", "images")).toBe(image);

    expect(() => ceph.as(compute, "rbd", "create", "--size", "1M", "images/mine")).toThrow(/not permitted/);
    expect(() => ceph.as(compute, "rbd", "snap", "create", `images/${image}@mine`)).toThrow(/not permitted/);
    expect(() => ceph.as(compute, "rbd", "rm", `images/${image}`)).toThrow();
    expect(() => ceph.as(compute, "rbd", "ls", "volumes")).toThrow(/not permitted/);
    expect(() => ceph.as("cinder", "rbd", "ls", "vms")).toThrow(/not permitted/);
    expect(ceph.run("rbd", "ls", "images")).toBe(image);
  }, 1_200_000);
});

/** What the API does with an upload: the store that is configured keeps it. */
const putImage = `import io
from oslo_config import cfg
from glance.common import config, wsgi
import glance_store

config.parse_args([])
wsgi.initialize_multi_store()
content = io.BytesIO(b"image" * 200000)
said = glance_store.multi_backend.add_with_multihash(
    cfg.CONF, "${image}", content, 1000000, "ceph", "sha512")
print(said[0])
`;

/** What the compute service does with the disk of one server, by its own driver. The Image API is the test's. */
const useDisk = (location: string): string => `import nova.cmd.compute
import json
from nova import config, exception, objects
config.parse_args(["nova-compute"], configure_db=False, init_rpc=False)
objects.register_all()
import nova.conf
from nova.virt.libvirt import config as vconfig, imagebackend
from nova.virt.libvirt.volume import net

assert nova.conf.CONF.libvirt.images_type == "rbd"
image = {"id": "${image}", "disk_format": "raw", "locations": [{"url": "${location}", "metadata": {}}]}
class Images:
    def get(self, *args, **kwargs):
        return image
imagebackend.IMAGE_API = Images()
instance = objects.Instance(uuid="${server}")
mapping = {"bus": "virtio", "dev": "vda", "type": "disk"}
disk = imagebackend.Backend(True).backend()(instance=instance, disk_name="disk", disk_info_mapping=mapping)
said = {"cloneable": disk.driver.is_cloneable(image["locations"][0], image)}
disk.create_image(lambda target: disk.clone(None, image["id"]), "/tmp/base", 2 * 1024 ** 3)
said["parent"] = [*disk.driver.parent_info(disk.rbd_name)][:3]
said["size"] = disk.get_disk_size(None)
modes = dict(each.split("=") for each in nova.conf.CONF.libvirt.disk_cachemodes)
said["xml"] = disk.libvirt_info(modes["network"], {}).to_xml()
try:
    disk.direct_snapshot(None, "snapshot", "raw", "c0c0c0c0-1111-4222-8333-444444444444", image["id"])
except exception.Forbidden as error:
    said["directSnapshot"] = type(error).__name__
with open("/tmp/disk.config", "wb") as file:
    file.truncate(1 << 20)
drive = imagebackend.Backend(True).backend()(instance=instance, disk_name="disk.config", disk_info_mapping=mapping)
drive.import_file(instance, "/tmp/disk.config", "disk.config")
said["imported"] = drive.exists()
said["room"] = disk.driver.get_pool_info()["free"]
volume = vconfig.LibvirtConfigGuestDisk()
net.LibvirtNetVolumeDriver(None)._set_auth_config_rbd(volume, {
    "auth_enabled": True, "auth_username": "cinder", "secret_type": "ceph", "secret_uuid": "11111111-2222-5333-8444-555555555555"})
said["volume"] = [volume.auth_username, volume.auth_secret_uuid]
disk.driver.cleanup_volumes(lambda name: name.startswith(instance.uuid))
said["left"] = [each.rbd_name for each in (disk, drive) if each.exists()]
print(json.dumps(said))
`;
