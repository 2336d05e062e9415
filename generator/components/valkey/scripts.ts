// Run by the image's own shell, with valkey-cli. Variables: HOST, MEMBERS (all of them), PASSWORD, QUORUM, SET, MEMORY, KEEPING,
// TLS_DIRECTORY, which is empty where the inside is plain, and while the password rotates ALSO_PASSWORD.

/** Every command line that asks a server or a Sentinel. */
const common = `set -eu
export VALKEYCLI_AUTH="$PASSWORD" REDISCLI_AUTH="$PASSWORD"
tls=
[ -z "$TLS_DIRECTORY" ] || tls="--tls --cacert $TLS_DIRECTORY/ca.crt"
cli() { timeout 3 valkey-cli $tls "$@" 2> /dev/null; }
`;

/**
 * What the Sentinels of the others say, by the first that answers; asked for some seconds, for they may be starting too. While plain
 * text gives way to TLS, or comes back, members of the two kinds do not understand each other, and would wait for each other for ever:
 * so the first one of the new kind begins anew. It takes locks when a second one copies from it, and then the old ones are too few to.
 */
const whoIsPrimary = `primary() {
  for member in $MEMBERS; do
    [ "$member" != "$HOST" ] || continue
    found=$(cli -h "$member" -p 26379 sentinel get-master-addr-by-name "$SET" | head -n 1) || true
    case " $MEMBERS " in *" \${found:--} "*) echo "$found"; return 0 ;; esac
  done
  return 1
}
# Nobody is told the password who cannot show that he may know it.
speaks_otherwise() {
  otherwise="--tls --insecure"
  [ -z "$tls" ] || otherwise=
  said=$(env -u VALKEYCLI_AUTH -u REDISCLI_AUTH timeout 3 valkey-cli $otherwise -h "$1" -p 26379 ping 2> /dev/null) || true
  [ -n "$said" ]
}
find_primary() {
  for attempt in 1 2 3 4 5; do
    primary && return 0
    [ "$MEMBERS" != "$HOST" ] || break
    sleep 1
  done
  for member in $MEMBERS; do
    [ "$member" != "$HOST" ] && speaks_otherwise "$member" || continue
    echo "$HOST"
    return 0
  done
  # Nobody knows: all of them start for the first time, or all have been away.
  echo "\${MEMBERS%% *}"
}
`;

/** cert-manager renews certificates; neither program looks at the files by itself. */
const onRenewal = (action: string): string => `if [ -n "$TLS_DIRECTORY" ]; then
  (
    known=$(cksum < "$TLS_DIRECTORY/tls.crt")
    while sleep 60; do
      now=$(cksum < "$TLS_DIRECTORY/tls.crt")
      [ "$now" = "$known" ] || { ${action}; known=$now; }
    done
  ) &
fi
`;

/** Whoever knows the password may do all; while it rotates there are two: https://valkey.io/topics/acl/ */
const users = `  echo "user default on >$PASSWORD \${ALSO_PASSWORD:+>$ALSO_PASSWORD }~* &* +@all"
`;

const tlsLines = (port: number): string => `  if [ -n "$TLS_DIRECTORY" ]; then
    echo "port 0"
    echo "tls-port ${port}"
    echo "tls-cert-file $TLS_DIRECTORY/tls.crt"
    echo "tls-key-file $TLS_DIRECTORY/tls.key"
    echo "tls-ca-cert-file $TLS_DIRECTORY/ca.crt"
    echo "tls-auth-clients no"
    echo "tls-replication yes"
  else
    echo "port ${port}"
  fi
`;

/**
 * A member whose memory is lost must not go on as the primary: all would copy its emptiness, and every lock would be free. So it
 * waits until the others have chosen another. What it wrote to its own disk survives a crash of the program alone.
 * https://valkey.io/topics/replication/#safety-of-replication-when-primary-has-persistence-turned-off
 */
export const startServer = `${common}${whoIsPrimary}
of=$(find_primary)
if [ "$of" = "$HOST" ] && [ ! -e /data/appendonlydir ]; then
  for second in $(seq 20); do
    now=$(primary) || break
    [ "$now" = "$HOST" ] || { of=$now; break; }
    sleep 1
  done
fi
umask 077
{
${tlsLines(6379)}  echo "dir /data"
  echo "appendonly yes"
  echo "save \\"\\""
  echo "maxmemory $MEMORY"
  echo "maxmemory-policy noeviction"
${users}  echo "masterauth $PASSWORD"
  echo "replica-announce-ip $HOST"
  # Without replicas it takes no locks: they need not wait for others to copy with them.
  echo "repl-diskless-sync-delay 0"
  # A primary that is cut off from the others soon takes no more locks.
  echo "min-replicas-to-write $KEEPING"
  echo "min-replicas-max-lag 10"
  [ "$of" = "$HOST" ] || echo "replicaof $of 6379"
} > /data/server.conf
${onRenewal('cli -p 6379 config set tls-cert-file "$TLS_DIRECTORY/tls.crt" tls-key-file "$TLS_DIRECTORY/tls.key"')}exec valkey-server /data/server.conf
`;

/**
 * A Sentinel forgets all but its name when it restarts, and learns from the others. The name is always the same one: a new one would
 * be counted beside the old one, which is gone. https://valkey.io/topics/sentinel/#adding-or-removing-sentinels
 */
export const startSentinel = `${common}${whoIsPrimary}
of=$(find_primary)
umask 077
{
${tlsLines(26379)}  echo "dir /tmp"
${users}  echo "sentinel sentinel-pass $PASSWORD"
  echo "sentinel myid $(echo "$HOST" | sha1sum | cut -c 1-40)"
  echo "sentinel resolve-hostnames yes"
  echo "sentinel announce-hostnames yes"
  echo "sentinel announce-ip $HOST"
  echo "sentinel announce-port 26379"
  echo "sentinel monitor $SET $of 6379 $QUORUM"
  echo "sentinel auth-pass $SET $PASSWORD"
  echo "sentinel down-after-milliseconds $SET 5000"
  echo "sentinel failover-timeout $SET 15000"
} > /tmp/sentinel.conf
${onRenewal("kill $$")}exec valkey-server /tmp/sentinel.conf --sentinel
`;

/**
 * A primary that is told to end hands over first: the others would notice only after seconds. Its own Sentinel is ending too. One that has
 * just started is not asked before it has met others: it counts from zero, and what it decides would be taken back by those who have
 * counted further. https://valkey.io/topics/sentinel/#configuration-epochs
 */
export const handOver = `${common}
[ "$(cli -p 6379 role | head -n 1)" = master ] || exit 0
for member in $MEMBERS; do
  [ "$member" != "$HOST" ] || continue
  case "$(cli -h "$member" -p 26379 sentinel ckquorum "$SET")" in OK*) ;; *) continue ;; esac
  [ "$(cli -h "$member" -p 26379 sentinel failover "$SET")" = OK ] || continue
  for second in $(seq 10); do
    found=$(cli -h "$member" -p 26379 sentinel get-master-addr-by-name "$SET" | head -n 1)
    [ "$found" = "$HOST" ] || exit 0
    sleep 1
  done
done
`;

/** It answers, and has what the primary has. */
export const isReady = `${common}
cli -p 6379 info replication | grep -Eq "^(role:master|master_link_status:up)"
`;

/** It answers, be it with a refusal. */
export const isAlive = (port: number): string => `${common}
[ -n "$(cli -p ${port} ping)" ]
`;
