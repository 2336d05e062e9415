import { databaseSocket, runDirectory } from "../openvswitch/scripts.ts";
import { holdAddresses } from "../ovn/addresses.ts";

// Run by the image's own shell, with the programs of Open vSwitch and OVN. Variables: NODE; ADDRESS, the node's in Kubernetes;
// TUNNEL_NETWORK, where tunnels have addresses of their own; BRIDGES, a word for each physical network with its
// bridge and its interface; DATAPATH, how packets pass; OPTIONS, what OVN is told of this chassis; PKI, what the controller shows to the
// Southbound database; HOLDS, seconds.

const control = "/run/ovn/ovn-controller.ctl";

const prepare = `set -eu
export OVS_RUNDIR=${runDirectory} OVN_RUNDIR=/run/ovn
vsctl() { ovs-vsctl --db=unix:${databaseSocket} --timeout=30 --no-wait "$@"; }
refuse() { echo "$1" >&2; exit 1; }
until known=$(vsctl --if-exists get Open_vSwitch . external-ids:system-id); do sleep 1; done
`;

/** The chassis is the node. Under another name the old one would stay in the database, with the address of the tunnels. */
const nameOfChassis = `known=$(echo "$known" | tr -d '"')
if [ -n "$known" ] && [ "$known" != "$NODE" ]; then
  refuse "Open vSwitch of this node is the chassis $known, and the node is called $NODE. Where $known is gone for good: ovs-vsctl remove Open_vSwitch . external-ids system-id"
fi
`;

/**
 * What goes into a bridge loses its own addresses. So an interface with addresses stays where it is: with that of the node, the node would
 * be gone. Its routes say whether it has IPv4 addresses; of IPv6 ones those that every interface has do not count (scope 20).
 */
const bridges = `has_address() {
  cut -f 1 /proc/net/route | grep -qxF "$1" && return 0
  while read -r _ _ _ scope _ name; do
    [ "$name" != "$1" ] || [ "$scope" = 20 ] || return 0
  done < /proc/net/if_inet6
  return 1
}
mark=overstack-physical-network wanted=
for each in $BRIDGES; do
  network=\${each%%=*} interface=\${each##*=} bridge=\${each#*=}
  bridge=\${bridge%=*} wanted="$wanted $bridge "
  at=$(vsctl iface-to-br "$interface" 2> /dev/null) || at=
  if [ -z "$at" ]; then
    [ -e "/sys/class/net/$interface" ] || refuse "$NODE has no interface $interface, which would lead to $network"
    ! has_address "$interface" || refuse "$interface of $NODE has an address and would lose it in a bridge: let another interface lead to $network"
  elif [ "$at" != "$bridge" ]; then
    vsctl del-port "$at" "$interface"
  fi
  vsctl --may-exist add-br "$bridge" -- set Bridge "$bridge" "datapath_type=$DATAPATH" "external-ids:$mark=$network" -- \\
    --may-exist add-port "$bridge" "$interface"
done
for bridge in $(vsctl list-br); do
  case "$wanted" in *" $bridge "*) continue ;; esac
  [ -z "$(vsctl --if-exists get Bridge "$bridge" "external-ids:$mark")" ] || vsctl del-br "$bridge"
done
`;

/** Where the other nodes send packets to. */
const endOfTunnels = `if [ -n "\${TUNNEL_NETWORK:-}" ]; then
  ADDRESS=$(ip -oneline address show to "$TUNNEL_NETWORK" | { read -r _ _ _ found _ || :; echo "\${found%%/*}"; })
  [ -n "$ADDRESS" ] || refuse "$NODE has no address in $TUNNEL_NETWORK, the tunnelNetwork"
fi
`;

/** In one step, with what is said no longer. */
const chassis = `set -- remove Open_vSwitch . external-ids ovn-cms-options ovn-bridge-mappings
for option in "system-id=$NODE" "hostname=$NODE" "ovn-encap-ip=$ADDRESS" $OPTIONS; do
  set -- "$@" -- set Open_vSwitch . "external-ids:\${option%%=*}=\\"\${option#*=}\\""
done
vsctl "$@"
`;

/** Tells OVN about the node, in the node's own database, and starts the controller. Nothing here waits for the switch. */
export const startController = `${prepare}${nameOfChassis}${bridges}${endOfTunnels}${chassis}${holdAddresses}exec ovn-controller unix:${databaseSocket} $PKI --unixctl=${control} --no-chdir -vconsole:info -vfile:off
`;

/** It leaves the flows, and its chassis in the database: packets pass while there is no controller. */
export const leave = ["ovs-appctl", "--timeout=20", "--target", control, "exit", "--restart"];

/** It answers; while it computes a large network anew it does not. */
export const isAlive = ["ovs-appctl", "--timeout=10", "--target", control, "version"];

/** It has the Southbound database. */
export const isReady = [
  "sh",
  "-c",
  `ovs-appctl --timeout=10 --target ${control} connection-status | grep -qx connected`,
];
