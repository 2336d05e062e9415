// Run by the image's own shell, with the programs of Open vSwitch and OVN. Variables of a member: HOST, MEMBERS (all of them), DATABASE
// (northbound), SCHEMA (OVN_Northbound), SCHEMA_FILE, PORT, PEER_PORT, LISTEN, ELECTION_TIMER and PROBE_INTERVAL in milliseconds.

const common = `set -eu
pki="--private-key=/etc/ssl/ovn/tls.key --certificate=/etc/ssl/ovn/tls.crt --ca-cert=/etc/ssl/ovn/ca.crt"
export OVS_RUNDIR=/run/ovn OVN_RUNDIR=/run/ovn
`;

const ofMember = `${common}data=/var/lib/ovn/$DATABASE.db copy=/var/lib/ovn/$DATABASE.copy
control=/run/ovn/$DATABASE.ctl socket=/run/ovn/$DATABASE.sock
ctl() { timeout 10 ovs-appctl -t "$control" "$@"; }
databases='["_Server",{"op":"select","table":"Database","where":[],"columns":["name","cid","connected","leader"]}]'
`;

/**
 * How a member starts. One that has a file starts with it. One without asks the others, at the port of clients:
 * - one of them has the database: this member joins. Its number does not matter: pod 0 without a disk joins too;
 * - all of them are here without the database: the first one founds the cluster, or the one that has a copy to begin with. Nobody founds
 *   one while another member is silent, since that one may hold the data.
 * While it waits, a server without the database says to the others that this member is here.
 */
export const startDatabase = `${ofMember}
run() {
  printf '{"remotes":{"punix:%s":{},"pssl:%s":{"inactivity-probe":%s}},"databases":{%s}}' \\
    "$socket" "$PORT$LISTEN" "$PROBE_INTERVAL" "$1" > "/run/ovn/$DATABASE.json"
  rm -f "$control" "$socket"
  ovsdb-server --config-file="/run/ovn/$DATABASE.json" --unixctl="$control" --no-chdir -vconsole:info -vfile:off $pki &
  server=$!
}
# The leader hands over before it ends: https://docs.openvswitch.org/en/latest/ref/ovsdb.7/
server=
stop() { [ -z "$server" ] || ctl exit > /dev/null || kill "$server"; }
finish() { trap '' TERM; stop; wait "$server" || true; exit 0; }
trap finish TERM INT

peers=
for member in $MEMBERS; do [ "$member" = "$HOST" ] || peers="$peers $member"; done
own="ssl:$HOST:$PEER_PORT"

place() {
  known= silent= copies=
  for member in $peers; do
    said=$(timeout 5 ovsdb-client $pki query "ssl:$member:$PORT" "$databases" 2> /dev/null) || said=
    case "$said" in
      "") silent="$silent $member" ;;
      *"\\"$SCHEMA\\""*) known="$known ssl:$member:$PEER_PORT" ;;
      *'"Copy"'*) copies="$copies $member" ;;
    esac
  done
  [ -z "$known" ] || { echo "joins$known"; ovsdb-tool join-cluster "$data" "$SCHEMA" "$own" $known; return 0; }
  [ -z "$silent" ] || { echo "waits for$silent"; return 1; }
  return 1
}
`;

/** It answers, also while it waits for its place. */
export const isAlive = `${ofMember}ctl version > /dev/null`;

/** It has the database, and a leader. */
export const isReady = `${ofMember}
ovsdb-client --timeout=5 query "unix:$socket" "$databases" | grep -q "true"`;

export const startNorthd = `${common}
exec ovn-northd --ovnnb-db="$NORTHBOUND" --ovnsb-db="$SOUTHBOUND" $pki --n-threads="$THREADS" \\
  --unixctl=/run/ovn/northd.ctl --no-chdir -vconsole:info -vfile:off
`;

/** It is connected, and works or waits for the one that does. */
export const northdIsReady = `${common}
timeout 5 ovs-appctl -t /run/ovn/northd.ctl status | grep -Eq "active|standby"`;
