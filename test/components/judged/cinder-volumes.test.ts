import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { smallCluster } from "../../config/clusters.ts";
import { run } from "../../config/environment.ts";
import { environmentIn, releasesOf } from "../../config/installed.ts";
import { workersOf } from "../../config/small-cloud.ts";

const ceph = { type: "rbd", monitors: ["127.0.0.1"], secret: "cinder-ceph" };
const keys = { services: { keystone: {}, cinder: { backends: { ceph } } } };

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

describe.each(releasesOf("cinder"))("Cinder %s", (release) => {
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
    const question = `from cinder import objects
objects.register_all()
from cinder.volume.drivers import lvm, nfs, rbd
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
