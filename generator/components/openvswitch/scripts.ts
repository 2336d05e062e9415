// Run by the image's own shell, with the programs of Open vSwitch. All of them find each other by these files of the node; Nova and
// Neutron know the first one.

/** Directory of the node where the programs find each other. */
export const runDirectory = "/run/openvswitch";
/** Where the database answers. */
export const databaseSocket = `${runDirectory}/db.sock`;

const control = { database: `${runDirectory}/ovsdb-server.ctl`, switch: `${runDirectory}/ovs-vswitchd.ctl` } as const;
export type Program = keyof typeof control;

/** Asks a program for something, and gives up after a while. It is one small process, without a shell. */
export const ask = (program: Program, ...words: readonly string[]): string[] => [
  ...["ovs-appctl", "--timeout=10", "--target", control[program]],
  ...words,
];

/** A second one would take the socket of the first away before it finds out. */
const alone = (question: string): string => `set -eu
if ${question} > /dev/null 2>&1; then
  echo "Open vSwitch runs on this node already. If it is the node's own, write existing: true in cluster.yaml" >&2
  exit 1
fi
`;

/**
 * The database of a node is made once and kept: what is plugged in there is in it. The schema of a newer Open vSwitch comes with its start
 * (https://docs.openvswitch.org/en/stable/ref/ovsdb-tool.1/).
 */
export const startDatabase = `${alone(`ovsdb-client --timeout=10 list-dbs unix:${databaseSocket}`)}data=/etc/openvswitch/conf.db schema=/usr/share/openvswitch/vswitch.ovsschema
if [ ! -e "$data" ]; then
  rm -f "$data.new"
  ovsdb-tool create "$data.new" "$schema"
  mv "$data.new" "$data"
elif [ "$(ovsdb-tool needs-conversion "$data" "$schema")" = yes ]; then
  ovsdb-tool convert "$data" "$schema"
fi
exec ovsdb-server "$data" --remote=punix:${databaseSocket} --unixctl=${control.database} --no-chdir -vconsole:info -vfile:off
`;

/**
 * One switch works on a node, by a lock in the database; a second one waits. Its memory stays where it is: packets do not wait for a disk.
 * https://docs.openvswitch.org/en/stable/ref/ovs-vswitchd.8/
 */
export const startSwitch = `${alone(ask("switch", "version").join(" "))}export OVS_RUNDIR=${runDirectory}
until ovs-vsctl --db=unix:${databaseSocket} --timeout=10 --no-wait init; do sleep 1; done
exec ovs-vswitchd unix:${databaseSocket} --unixctl=${control.switch} --mlockall --no-chdir -vconsole:info -vfile:off
`;
