import { displayFiles } from "../nova/displays.ts";
import { migrationFiles } from "../nova/migration.ts";

/** Folder of the node that both ends see: its sockets, and what is known of servers that run. */
export const run = "/run/libvirt";

/** The file that one libvirt of a node holds. The word in it says that what it starts shows displays to the cell's console proxies alone. */
export const lock = `${run}/overstack.lock`;
export const encryptsDisplays = "encrypts-displays";

/**
 * Folder of the node with the certificate that displays show, under the names that QEMU knows: a machine outlives the pod that it was started
 * in, and the folders of that pod.
 */
export const shown = "/var/lib/libvirt/displays";

/** The same with the certificate that machines show when they move. */
export const moved = "/var/lib/libvirt/migration";

/** Where the identity of the host lies. */
const identity = "/var/lib/libvirt/host-uuid";

const inWords = ({ ca, certificate, key }: Readonly<Record<"ca" | "certificate" | "key", string>>): string =>
  [ca, certificate, key].join(" ");

/**
 * Lays certificates out for machines, in whose name each file is read. That for migrations is read at each one. That of a display is read when the machine
 * starts. It may run for years, so each time that the certificate is another one, machines are told to read it again
 * (https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#command-QMP-ui.display-reload); libvirt has a command for that from 10.2 on.
 * libvirt as a client reads its own at each connection; as a server it is told.
 */
const certificates = `given() { cat "$@" | sha256sum; }
lay() {
  to=$1
  shift
  mkdir -p "$to"
  for each in "$@"; do
    install -o 42424 -g 42424 -m 0400 "\${each% *}" "$to/.new" && mv "$to/.new" "$to/\${each#* }" || return 1
  done
}
lay_displays() {
  lay ${shown} "${displayFiles.ca} ca-cert.pem" "${displayFiles.certificate} server-cert.pem" "${displayFiles.key} server-key.pem"
}
lay_migrations() {
  lay ${moved} "${migrationFiles.machines.ca} ca-cert.pem" \\
    "${migrationFiles.machines.certificate} server-cert.pem" "${migrationFiles.machines.key} server-key.pem" \\
    "${migrationFiles.machines.certificate} client-cert.pem" "${migrationFiles.machines.key} client-key.pem"
}
tell() {
  libvirt=$(given ${inWords(migrationFiles.libvirt)})
  migrations=$(given ${inWords(migrationFiles.machines)})
  while sleep 60; do
    now=$(given ${inWords(migrationFiles.machines)})
    if [ "$now" != "$migrations" ] && lay_migrations; then migrations=$now; fi
    now=$(given ${inWords(migrationFiles.libvirt)})
    if [ "$now" != "$libvirt" ] && virt-admin --quiet --connect libvirtd:///system server-update-tls libvirtd >/dev/null; then libvirt=$now; fi
    now=$(given ${inWords(displayFiles)})
    [ "$now" != "$(cat ${shown}/.told 2>/dev/null)" ] || continue
    lay_displays || continue
    machines=$(virsh --quiet --connect qemu:///system list --name) || continue
    for machine in $machines; do
      virsh --quiet --connect qemu:///system qemu-monitor-command "$machine" '{"execute":"display-reload","arguments":{"type":"vnc","tls-certs":true}}' >/dev/null ||
        echo "$machine goes on with the certificate that it has for its display, if it has one" >&2
    done
    echo "$now" >${shown}/.told
  done
}
`;

/**
 * Starts libvirtd so that what it starts outlives the pod. A container runtime ends all processes in the control groups of a container, and the
 * kubelet those in the groups of a pod. So libvirtd runs in a group of its own beside theirs, in every hierarchy that the node has: a machine
 * of a user is never in the pod's, not even before its first instruction, and no systemd is asked for it. From within a namespace of
 * control groups nobody may be moved out of it (https://man7.org/linux/man-pages/man7/cgroup_namespaces.7.html): where the pod has one of its
 * own, whose first process is above its root, the move is made in the node's.
 *
 * libvirt takes two hosts for one where they have the same identity. That of the hardware is the same on hosts that were made as copies.
 *
 * The shell stays in the pod. Its end, however it comes, ends libvirtd (PR_SET_PDEATHSIG), and machines go on. A lock keeps a second
 * libvirt away; libvirtd holds it too, and gives no file on to machines. The file with its number would lie in /run otherwise, where it may
 * not write.
 */
export const startLibvirt = `set -eu
${certificates}exec 9>>${lock}
flock --wait 30 9 || { echo "another libvirt works on this node and holds ${lock}: a node serves one cloud" >&2; exit 1; }
if virsh --quiet --connect qemu:///system uri >/dev/null 2>&1; then
  echo "a libvirt of the node itself answers at ${run}/libvirt-sock: stop and disable it first" >&2
  exit 1
fi
mkdir -p /etc/libvirt/qemu /etc/libvirt/secrets
cp /etc/overstack/libvirtd.conf /etc/overstack/qemu.conf /etc/libvirt/
# Who may use /dev/kvm is a group of the node, with a number of its own.
if [ -c /dev/kvm ]; then echo "group = \\"+$(stat -c %g /dev/kvm)\\"" >>/etc/libvirt/qemu.conf; fi
# At the node's address, and at no other that it has.
echo "listen_addr = \\"$ADDRESS\\"" >>/etc/libvirt/libvirtd.conf
echo "migration_address = \\"$ADDRESS\\"" >>/etc/libvirt/qemu.conf
[ -s ${identity} ] || cat /proc/sys/kernel/random/uuid >${identity}
echo "host_uuid = \\"$(cat ${identity})\\"" >>/etc/libvirt/libvirtd.conf
lay_displays
lay_migrations
echo ${encryptsDisplays} >${lock}
outside=
if grep --quiet ':/\\.\\.' /proc/1/cgroup; then outside="nsenter --target 1 --cgroup"; fi
leave() {
  while read -r _ place type _; do
    case $type in cgroup | cgroup2) ;; *) continue ;; esac
    group=$place/overstack.libvirt
    mkdir -p "$group"
    # In the older form of control groups a new one has no processors and no memory.
    for file in cpuset.cpus cpuset.mems; do
      if [ "$type" = cgroup ] && [ -f "$group/$file" ]; then cat "$place/$file" >"$group/$file"; fi
    done
    $outside sh -c 'echo $PPID >"$0/cgroup.procs"' "$group"
  done </proc/mounts
  # The kernel spares the pods of the node when memory is short. A machine is not to inherit that.
  echo 0 >/proc/self/oom_score_adj
  # A volume on Ceph takes a connection to each of its servers: a thousand files are few.
  ulimit -n "$(ulimit -H -n)"
}
(leave && exec setpriv --pdeathsig TERM libvirtd --listen --config /etc/libvirt/libvirtd.conf --pid-file ${run}/libvirtd.pid) &
libvirtd=$!
tell 9>&- &
tells=$!
trap 'kill -TERM $libvirtd' TERM INT
code=0
while kill -0 $libvirtd 2>/dev/null; do wait $libvirtd && code=0 || code=$?; done
kill $tells
exit $code
`;

/** Whether it answers. */
export const answers = ["virsh", "--quiet", "--connect", "qemu:///system", "uri"];
