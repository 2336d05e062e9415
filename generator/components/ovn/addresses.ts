/**
 * A client tries one server after the other, 8 s each and as many between two when all have been away for a while, and takes in what it has
 * heard of a name at the next try of any. An address that holds for less than the tries of all servers would never be used, and those of pods
 * hold for 5 to 30 s: it would not come back (https://github.com/openvswitch/ovs/blob/v3.5.0/lib/dns-resolve.c).
 * For a program in whose container /run/ovn can be written; $HOLDS are seconds.
 */
export const holdAddresses = `export OVS_UNBOUND_CONF=/run/ovn/unbound.conf
printf 'server:\\n  cache-min-ttl: %s\\n  cache-max-negative-ttl: 1\\n' "$HOLDS" > "$OVS_UNBOUND_CONF"
`;
/** Seconds that an address of a server holds, of so many. */
export const holds = (servers: number): number => 16 * servers;
