import { giveKeys } from "../../kit/volume-keys.ts";
import { encryptsDisplays, lock, run } from "../libvirt/scripts.ts";
import { consolePage } from "./displays.ts";

/** What these programs begin with: Nova's objects, without a broker. The Job's variables say where the databases are. */
const beginning = (imports = "") => `import os, subprocess, sys
${imports}from nova import config, context, exception, objects

config.parse_args(["nova-manage"])
objects.register_all()
admin = context.get_admin_context()
`;

/**
 * Enters a cell into Nova's list, or brings what is there in line: its database and broker, with the passwords. The commands of nova-manage would
 * do the same in three calls: https://docs.openstack.org/nova/latest/cli/nova-manage.html#cells-v2-commands
 */
export const mapCell = `${beginning()}
uuid = os.environ["CELL_UUID"]
broker = os.environ.get("OS_DEFAULT__TRANSPORT_URL")
wanted = {
    "name": os.environ["CELL"],
    "database_connection": os.environ["OS_DATABASE__CONNECTION"],
    "transport_url": "none:///" if broker is None else broker + os.environ["CELL_BROKER"],
}
for other in objects.CellMappingList.get_all(admin):
    same = [key for key, value in wanted.items() if getattr(other, key) == value]
    if other.uuid != uuid and same:
        sys.exit("the cell %s (%s) has the same %s" % (other.name, other.uuid, " and ".join(same)))
try:
    cell = objects.CellMapping.get_by_uuid(admin, uuid)
except exception.CellMappingNotFound:
    objects.CellMapping(admin, uuid=uuid, **wanted).create()
    print("the cell %s is new" % wanted["name"])
else:
    changed = [key for key, value in wanted.items() if getattr(cell, key) != value]
    for key in changed:
        setattr(cell, key, wanted[key])
    if changed:
        cell.save()
    print("the cell %s: %s" % (cell.name, "new " + " and ".join(changed) if changed else "nothing new"))
`;

/**
 * Says before any pod rolls what would not start afterwards: Nova refuses to start beside a compute host of a release that is too old, dead
 * ones included, and does not say which one it is. Then it asks \`nova-status upgrade check\`, whose warnings refuse nothing.
 */
export const upgradeCheck = `${beginning("import sqlalchemy as sa\n")}
from nova.db.main import api as main
from nova.objects import service

oldest = service.SERVICE_VERSION_ALIASES[service.OLDEST_SUPPORTED_SERVICE_VERSION]
columns = [sa.column(name) for name in ("host", "version", "binary", "deleted", "forced_down")]
host, version, binary, deleted, forced_down = columns
old = (
    sa.select(host, version)
    .select_from(sa.table("services", *columns))
    .where(binary == "nova-compute", deleted == 0, forced_down == sa.false(), version < oldest)
)
cells = [cell for cell in objects.CellMappingList.get_all(admin) if not cell.is_cell0()]
hosts, silent = [], []
for cell in cells:
    try:
        with context.target_cell(admin, cell) as there, main.get_engine(context=there).connect() as connection:
            hosts += ["%s in %s (version %s)" % (row.host, cell.name, row.version) for row in connection.execute(old)]
    except Exception as error:
        print("the cell %s does not answer: %s" % (cell.name, error))
        silent.append(cell.name)
if hosts:
    sys.exit(
        "Nova would not start beside compute hosts older than %s: %s.\\n"
        "Bring them to that release first. Of a host that is gone for good: openstack compute service delete ID, "
        "or openstack compute service set --down HOST nova-compute."
        % (service.OLDEST_SUPPORTED_SERVICE_VERSION, ", ".join(hosts))
    )
if not cells:
    print("no cell is mapped yet: there is nothing to upgrade")
    sys.exit(0)
code = subprocess.run(["nova-status", "upgrade", "check"]).returncode
if code == 255 and silent:
    # It ends so where a cell does not answer. Its own Job waits for that cell.
    print("not checked, because of " + ", ".join(silent))
    sys.exit(0)
sys.exit(code if code > 1 else 0)
`;

/** Finds hosts that are new, in each cell by itself: one that does not answer keeps no other from being asked. */
export const discoverHosts = `${beginning()}
failed = []
for cell in objects.CellMappingList.get_all(admin):
    if cell.is_cell0():
        continue
    command = ["nova-manage", "cell_v2", "discover_hosts", "--cell_uuid", cell.uuid]
    try:
        code = subprocess.run(command, timeout=120).returncode
    except subprocess.TimeoutExpired:
        code = "no answer"
    if code != 0:
        failed.append("%s: %s" % (cell.name, code))
if failed:
    sys.exit("; ".join(failed))
`;

/**
 * Removes the records of conductors and schedulers that have been silent for a day: replicas that there are no longer. None of
 * nova-compute: its record takes the host's mapping and its resource provider along.
 */
export const removeGoneServices = `${beginning("from datetime import timedelta\nfrom oslo_utils import timeutils\n")}
yesterday = timeutils.utcnow() - timedelta(days=1)
for binary in ("nova-conductor", "nova-scheduler"):
    for service in objects.ServiceList.get_by_binary(admin, binary, include_disabled=True):
        seen = service.last_seen_up or service.updated_at or service.created_at
        if timeutils.normalize_time(seen) < yesterday:
            print("removed: %s %s" % (service.binary, service.host))
            service.destroy()
`;

/**
 * Takes rows of what was deleted a month ago out of the tables of one cell, with what the API's database has of it. Exit codes: 1 of
 * the first says that it moved rows, 3 of the second that there were none
 * (https://docs.openstack.org/nova/latest/cli/nova-manage.html#db-archive-deleted-rows).
 */
export const archiveDeleted = `before=$(date -u -d "30 days ago" +%F)
code=0
nova-manage db archive_deleted_rows --until-complete --before "$before" || code=$?
[ "$code" -lt 2 ] || exit "$code"
code=0
nova-manage db purge --before "$before" || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 3 ]`;

/** Folder of the node with all that the compute service keeps: disks of servers, and \`compute_id\`, by which Nova knows the host. */
export const state = "/var/lib/nova";

/**
 * Starts the compute service, once on each node: two of them would both be the host, and each would clean up after the other. The lock is a
 * file of the node, so it is seen from all clusters and namespaces.
 *
 * It measures the room for disks of servers (`instances_path`), and makes that folder with the first server alone: before that a node would have
 * no inventory, and get no server.
 *
 * Where libvirt does not answer while it starts, the service gives up, and ends as long after as a graceful end may take: three minutes, in
 * which its connections to the broker say that all is well. On a node that is new both begin at once.
 *
 * Other hosts send servers to a name, since a certificate of all hosts of a group cannot have their addresses. CoreDNS names what is behind a Service by its
 * address, with dashes: https://github.com/kubernetes/dns/blob/master/docs/specification.md calls that an identifier that the system assigns.
 *
 * A libvirt that was started before displays were encrypted would show those of new servers to anybody. Its pods are replaced by hand, later.
 */
export const startCompute = `exec 9>${state}/overstack.lock
flock --wait 30 9 || { echo "another nova-compute works on this node and holds ${state}/overstack.lock: a node is in one cell of one cloud" >&2; exit 1; }
mkdir -p ${state}/instances
until python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("${run}/libvirt-sock")' 2>/dev/null; do
  echo "waiting for libvirt at ${run}/libvirt-sock" >&2
  sleep 5
done
python3 - <<'END' || exit 1
${giveKeys}END
grep --quiet --line-regexp ${encryptsDisplays} ${lock} || {
  echo "libvirt of this node was started by an earlier version: servers get no display, until its pod and then this one are replaced" >&2
  export OS_VNC__ENABLED=false
}
name=$(echo "$OS_DEFAULT__MY_IP" | tr .: -)
export OS_LIBVIRT__LIVE_MIGRATION_INBOUND_ADDR="$name.$HOSTS"
python3 -c 'import socket, sys; socket.getaddrinfo(sys.argv[1], None)' "$name.$HOSTS" 2>/dev/null ||
  echo "the cluster has no address of $name.$HOSTS: no server can be migrated live to this host until it has (docs/compute.md)" >&2
exec nova-compute
`;

/** Asks a console proxy for its page, as a browser would; its port is the argument. What is asked is this pod, whatever its certificate says. */
export const askPage = `import http.client, os, ssl, sys

port = int(sys.argv[1])
if os.environ.get("OS_DEFAULT__SSL_ONLY"):
    server = http.client.HTTPSConnection("localhost", port, timeout=10, context=ssl._create_unverified_context())
else:
    server = http.client.HTTPConnection("localhost", port, timeout=10)
server.request("GET", "${consolePage}")
answer = server.getresponse()
if answer.status != 200:
    sys.exit("${consolePage}: %s %s" % (answer.status, answer.reason))
`;
