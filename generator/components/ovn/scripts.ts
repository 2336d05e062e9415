import { holdAddresses } from "./addresses.ts";

// Run by the image's own shell, with the programs of Open vSwitch and OVN. Variables of a member: HOST, MEMBERS (all of them), DATABASE
// (northbound), SCHEMA (OVN_Northbound), SCHEMA_FILE, PORT, PEER_PORT, LISTEN, ELECTION_TIMER and PROBE_INTERVAL in milliseconds.

const common = `set -eu
pki="--private-key=/etc/ssl/ovn/tls.key --certificate=/etc/ssl/ovn/tls.crt --ca-cert=/etc/ssl/ovn/ca.crt"
export OVS_RUNDIR=/run/ovn OVN_RUNDIR=/run/ovn
`;

/** A database that is still joining its cluster has no schema: https://docs.openvswitch.org/en/stable/ref/ovsdb-server.5/ */
const ofMember = `${common}control=/run/ovn/$DATABASE.ctl socket=/run/ovn/$DATABASE.sock
ctl() { timeout 10 ovs-appctl -t "$control" "$@"; }
what='["_Server",{"op":"select","table":"Database","where":[["name","!=","_Server"],["schema","!=",["set",[]]]],"columns":["name","cid","connected"]}]'
`;

/**
 * How a member starts. One that has a file starts with it. One without asks the others, at the port of clients:
 * - one of them has the database: this member joins. Its number does not matter: member 0 without a disk joins too;
 * - all of them are here without the database: the first one founds the cluster, if none was founded before, or the one that has a copy
 *   to begin with. Nobody founds one while another member is silent, since that one may hold the data.
 * One that is joining has no data yet, and may give up: it counts as silent.
 * While it waits, a server with a database that is called Empty or Copy says to the others what this member has.
 * https://docs.openvswitch.org/en/stable/ref/ovsdb.7/
 */
const findPlace = `data=/var/lib/ovn/$DATABASE.db copy=/var/lib/ovn/$DATABASE.copy
own="ssl:$HOST:$PEER_PORT"
settings() {
  printf '{"remotes":{"punix:%s":{},"pssl:%s":{"inactivity-probe":%s}},"databases":{"%s":{}}}' \\
    "$socket" "$PORT$LISTEN" "$PROBE_INTERVAL" "$1" > "/run/ovn/$DATABASE.json"
  rm -f "$control" "$socket"
}
serve="ovsdb-server --config-file=/run/ovn/$DATABASE.json --unixctl=$control --no-chdir -vconsole:info -vfile:off $pki"

waiting= told=
hush() { [ -z "$waiting" ] || { kill "$waiting"; wait "$waiting" || true; waiting=; }; }
tell() {
  says=Empty
  [ ! -e "$copy" ] || says=Copy
  [ "$says" != "$told" ] || return 0
  hush
  rm -f "/run/ovn/$DATABASE.waiting"
  printf '{"name":"%s","version":"1.0.0","tables":{}}' "$says" > "/run/ovn/$DATABASE.schema"
  ovsdb-tool create "/run/ovn/$DATABASE.waiting" "/run/ovn/$DATABASE.schema"
  settings "/run/ovn/$DATABASE.waiting"
  $serve -vconsole:warn &
  waiting=$! told=$says
}

ask() { timeout 5 ovsdb-client $pki query "ssl:$1:$PORT" "$what" 2> /dev/null || true; }
begin() {
  rm -f "$data.new"
  ovsdb-tool "$@" && mv "$data.new" "$data"
}
place() {
  known= silent= copies= clusters=
  for member in $MEMBERS; do
    [ "$member" != "$HOST" ] || { [ "$told" = Empty ] || copies="$copies $HOST"; continue; }
    said=$(ask "$member")
    case "$said" in
      *'"uuid"'*)
        known="$known ssl:$member:$PEER_PORT"
        cluster=$(echo "$said" | sed 's/.*"uuid","\\([-0-9a-f]*\\)".*/\\1/')
        case "$clusters" in *"$cluster"*) ;; *) clusters="$clusters $cluster" ;; esac ;;
      *'"Copy"'*) copies="$copies $member" ;;
      *'"Empty"'*) ;;
      *) silent="$silent $member" ;;
    esac
  done
  set -- $clusters
  if [ $# -gt 1 ]; then
    echo "the others are of different clusters:$clusters"
  elif [ $# = 1 ]; then
    echo "joins cluster $1 by$known"
    begin --cid="$1" join-cluster "$data.new" "$SCHEMA" "$own" $known && return 0
  elif [ -n "$silent" ]; then
    echo "waits for$silent"
  elif [ -n "$copies" ]; then
    set -- $copies
    [ "$1" = "$HOST" ] || { echo "waits for $1, which has a copy"; return 1; }
    echo "founds a cluster with its copy"
    begin --election-timer="$ELECTION_TIMER" create-cluster "$data.new" "$copy" "$own" && mv "$copy" "$copy.taken" && return 0
  elif [ -e /etc/ovn/founded ]; then
    echo "waits for a copy: a cluster was founded before, and no member has its data"
  elif [ "\${MEMBERS%% *}" = "$HOST" ]; then
    echo "founds a cluster"
    begin --election-timer="$ELECTION_TIMER" create-cluster "$data.new" "$SCHEMA_FILE" "$own" && return 0
  else
    echo "waits for \${MEMBERS%% *} to found a cluster"
  fi
  return 1
}
trap 'exit 0' TERM
while [ ! -e "$data" ]; do
  tell
  place || { sleep 2 & wait $!; }
done
hush
trap - TERM
`;

/**
 * What a member does beside its server:
 * - a member that has joined with an empty disk is counted beside what it was before, which is gone: it has that one removed at once;
 * - a member that is joining a cluster that no other has any more looks for its place again, as if it had begun now;
 * - the leader brings the schema of a newer OVN, and the election timer that is asked for; it can be doubled at a time.
 */
const tend = `kicked() {
  echo "$status" | sed -n "s/^ *\\([0-9a-f]*\\) ([0-9a-f]* at $own)\\(.*\\)/\\1\\2/p" | while read -r id rest; do
    case "$rest" in *"(self)"*) continue ;; esac
    echo "removes $id, which this member was before"
    ctl cluster/kick "$SCHEMA" "$id" || true
  done
}
left() {
  cluster=$(echo "$status" | sed -n 's/^Cluster ID: .*(\\(.*\\))$/\\1/p')
  for member in $MEMBERS; do
    [ "$member" != "$HOST" ] || continue
    case "$(ask "$member")" in "" | *"$cluster"*) return 1 ;; esac
  done
  echo "looks for its place again: no member has the cluster $cluster any more"
  rm -f "$data"
  ctl exit
}
schema() {
  have=$(ovsdb-client --timeout=10 get-schema-version "unix:$socket" "$SCHEMA") || return 0
  wanted=$(ovsdb-tool schema-version "$SCHEMA_FILE")
  ovsdb-tool compare-versions "$have" '<' "$wanted" || return 0
  echo "brings the schema from $have to $wanted"
  ovsdb-client --timeout=300 convert "unix:$socket" "$SCHEMA_FILE" || true
}
timer() {
  now=$(echo "$status" | sed -n 's/^Election timer: //p')
  [ "$now" != "$ELECTION_TIMER" ] || return 0
  to=$((now * 2))
  [ "$to" -lt "$ELECTION_TIMER" ] || to=$ELECTION_TIMER
  ctl cluster/change-election-timer "$SCHEMA" "$to" || true
}
tend() {
  pause=1 seconds=0
  while sleep "$pause" && kill -0 $$ 2> /dev/null; do
    status=$(ctl cluster/status "$SCHEMA" 2> /dev/null) || continue
    seconds=$((seconds + 1))
    case "$status" in
      *"Status: cluster member"*) pause=30 ;;
      *"Status: joining cluster"*) [ $((seconds % 10)) -gt 0 ] || left || true; continue ;;
      *) continue ;;
    esac
    kicked
    case "$status" in *"Role: leader"*) schema && timer ;; esac
  done
}
tend &
`;

export const startDatabase = `${ofMember}${findPlace}${tend}settings "$data"
exec $serve
`;

/**
 * A relay has a member of the Southbound database, any of $SOUTHBOUND, and looks itself whether it answers.
 * https://docs.openvswitch.org/en/stable/ref/ovsdb-server.1/
 */
export const startRelay = `${ofMember}${holdAddresses}printf '{"remotes":{"punix:%s":{},"pssl:%s":{"inactivity-probe":%s}},"databases":{"%s":{"service-model":"relay","source":{"%s":{"inactivity-probe":10000}}}}}' \\
  "$socket" "$PORT$LISTEN" "$PROBE_INTERVAL" "$SCHEMA" "$SOUTHBOUND" > /run/ovn/relay.json
rm -f "$control" "$socket"
exec ovsdb-server --config-file=/run/ovn/relay.json --unixctl="$control" --no-chdir -vconsole:info -vfile:off $pki
`;

/** The leader hands over before it ends; killed, the others would notice only after the election timer. */
export const handOver = `${ofMember}ctl exit`;

/** It answers, also while it waits for its place. */
export const isAlive = `${ofMember}ctl version > /dev/null`;

/** It is a member of a cluster that has a leader. */
export const isReady = `${ofMember}
case "$(ovsdb-client --timeout=5 query "unix:$socket" "$what")" in *'"connected":true'*"$SCHEMA"*) ;; *) exit 1 ;; esac`;

/**
 * Before northd: waits until both databases are founded and have a leader. northd looks itself whether its members answer, by an interval
 * that lies in the database that it reads: https://www.ovn.org/support/dist-docs/ovn-nb.5.html
 */
export const prepareNorthd = `${common}
until ovn-nbctl --db="$NORTHBOUND" $pki --timeout=20 --no-wait set NB_Global . "options:northd_probe_interval=$PROBE_INTERVAL" &&
  ovn-sbctl --db="$SOUTHBOUND" $pki --timeout=20 init; do
  sleep 2
done
`;

/** The lock that lets one of them work belongs to its connection: https://www.ovn.org/support/dist-docs/ovn-northd.8.html */
export const startNorthd = `${common}
exec ovn-northd --ovnnb-db="$NORTHBOUND" --ovnsb-db="$SOUTHBOUND" $pki --n-threads="$THREADS" \\
  --unixctl=/run/ovn/northd.ctl --no-chdir -vconsole:info -vfile:off
`;

/** It is connected, and works or waits for the one that does. */
export const northdIsReady = `${common}
timeout 5 ovs-appctl -t /run/ovn/northd.ctl status | grep -Eq "active|standby"`;

/** Where the copies lie. */
export const copiesDirectory = "/var/backups";

/**
 * Makes a copy of the Northbound database, as the member that leads has it: a snapshot, so its rows belong together
 * (https://docs.openvswitch.org/en/stable/ref/ovsdb-client.1/). It is read again before it counts: of a file that was cut off ovsdb-tool reads
 * what is whole, and the database that northd was started with has its row of NB_Global. Copies go by age alone, and none while there is no younger one.
 * HOLD_SECONDS: nothing is done but that the volume is mounted so long, for who restores.
 */
export const copyNorthbound = `${common}cd ${copiesDirectory}
if [ "$HOLD_SECONDS" -gt 0 ]; then
  ls -l
  exec sleep "$HOLD_SECONDS"
fi
copies() { find . -maxdepth 1 -name 'northbound-*.gz' "$@"; }
[ -z "$(copies -mmin "-$RETENTION_MINUTES")" ] || copies -mmin "+$RETENTION_MINUTES" -print -delete

new=northbound.new
rm -f "$new" "$new.gz"
ovsdb-client --timeout=300 $pki backup "$NORTHBOUND" OVN_Northbound > "$new"
read='["OVN_Northbound",{"op":"select","table":"NB_Global","where":[],"columns":["_uuid"]}]'
case "$(ovsdb-tool query "$new" "$read")" in
  *'"uuid"'*) ;;
  *) echo "the copy is not whole" >&2; exit 1 ;;
esac
gzip "$new"
sync "$new.gz"
copy=northbound-$(date -u +%Y-%m-%dT%H-%M-%SZ).gz
mv "$new.gz" "$copy"
ls -l "$copy"
`;
