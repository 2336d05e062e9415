// Run by the shells of HAProxy's and MariaDB's own images. Variables of both: MEMBERS, the host names of the members in the order in
// which they follow each other as the writer.

/** Port at which HAProxy says to the kubelet whether it works, and of its command line, which only its own pod reaches. */
export const ports = { health: 8404, commands: 9999, firstMember: 3310 } as const;

/**
 * HAProxy, which reads nothing of what it passes on. Variables: LISTEN, IDLE (seconds), MAXCONN, PRIMARY (what mariadb-operator calls its
 * primary).
 *
 * - All members begin as disabled: who is written to is said by the other container. So no proxy ever writes to two of them.
 * - While the writer does not answer, a new connection is tried again every second, at whom the other container has named by then.
 * - Whoever is silent is given up by the kernel (`tcp-ut`, keepalive), in both directions.
 * - Addresses are looked up all the time, for a member has another one when it comes back; a name server that is lost takes none away
 *   (`hold`).
 *
 * https://docs.haproxy.org/3.0/configuration.html, https://docs.haproxy.org/3.0/management.html#9.3
 */
export const startProxy = `set -eu
{
  cat << CONFIGURATION
global
  maxconn $MAXCONN
  hard-stop-after 30s
  stats socket ipv4@127.0.0.1:${ports.commands} level admin

resolvers cluster
  parse-resolv-conf
  resolve_retries 3
  timeout resolve 1s
  timeout retry 1s
  hold valid 1s
  hold nx 1h
  hold other 1h
  hold refused 1h
  hold timeout 1h

defaults
  mode tcp
  retries 15
  option redispatch 1
  option clitcpka
  option srvtcpka
  clitcpka-cnt 3
  clitcpka-idle 10s
  clitcpka-intvl 3s
  srvtcpka-cnt 3
  srvtcpka-idle 10s
  srvtcpka-intvl 3s
  timeout connect 1s
  timeout client \${IDLE}s
  timeout server \${IDLE}s
  default-server init-addr none resolvers cluster tcp-ut 10s

frontend health
  mode http
  bind $LISTEN:${ports.health}
  timeout client 5s
  http-request return status 200 if { path /alive }
  http-request return status 200 if { path /writer } { nbsrv(database) ge 1 }
  http-request return status 503

listen database
  bind $LISTEN:3306 tcp-ut 15s
CONFIGURATION
  for member in $MEMBERS; do echo "  server \${member%%.*} $member:3306 disabled"; done
  port=${ports.firstMember}
  for member in $PRIMARY $MEMBERS; do
    echo "listen member-$port"
    echo "  bind 127.0.0.1:$port"
    echo "  retries 0"
    echo "  server \${member%%.*} $member:3306"
    port=$((port + 1))
  done
} > /run/haproxy/haproxy.cfg
exec haproxy -db -f /run/haproxy/haproxy.cfg
`;

/** New connections go to other proxies first; those that are there have half a minute to end. */
export const endProxy = "sleep 5; kill -USR1 1; sleep 31";

/** It has looked at the writer within the last minute. */
export const watchIsAlive = `[ $(( $(date +%s) - $(stat -c %Y /run/haproxy/looked) )) -lt 60 ]`;

/**
 * Tells HAProxy who is written to. Variables: SERVICE (the name that clients dial, which is this pod here), USER, PASSWORD_FILE, TLS (arguments
 * of the client).
 *
 * The writer is a row in the database, which is changed only from the value that was read: of two proxies that want another one at
 * once, Galera lets one win, and all read the same. A member that commits the change has all that was committed before it, so nobody
 * reads what is old after a switch, and a part of the cluster without majority commits nothing.
 *
 * Another one is named when the writer does not answer and Galera has given it up, for a silent host after evs.suspect_timeout, 5 s. When Galera
 * still counts it, it has 8 s to answer, and to commit, each within one, and then 5 s for a last time: a disk hangs, or this proxy alone has lost its
 * way; a node that is short of processors is slow, and stays. Commits wait 6 s for another member that is lost, and a short pause moves nobody.
 * While a table is altered nobody commits, so nobody is named. A writer that gives its state to a joining member stays: mariabackup, which copies
 * it, lets it commit. The first member that is synced follows; one that comes back waits until it is needed, also one whose kubelet started it
 * again before Galera had given up what it was before: to Galera each start is another node (node_uuid), and the one before is gone when the new
 * one joins.
 *
 * Sessions at a writer that was lost end at once. Sessions at one that still answers have 3 s: it takes other proxies a second to see the change,
 * and so two writers are in use for 5 s at most. Each costs the other transactions (error 1213).
 */
export const watchWriter = `set -u
patience=8 last=5 drain=3
table=overstack.writer
bounded="SET STATEMENT max_statement_time = 2 FOR"
names=()
declare -A ports leaving
port=${ports.firstMember}
for member in $MEMBERS; do
  name=\${member%%.*}
  names+=("$name")
  ports[$name]=$((++port))
done

# Rows of a statement at a port of HAProxy: seconds, port, statement.
sql() {
  MYSQL_PWD=$(< "$PASSWORD_FILE") timeout --kill-after=1 "$1" mariadb --no-defaults $TLS --protocol=TCP --host="\${host:-localhost}" --port="$2" --user="$USER" \\
    --batch --skip-column-names --execute="$3" 2> /run/haproxy/error
}
haproxy() { (exec 3<> /dev/tcp/127.0.0.1/${ports.commands} && echo "$1" >&3 && cat <&3) 2> /dev/null; }
say() { echo "$(date -u +%FT%TZ) $*"; }

status="SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME"
question="SELECT ($status = 'WSREP_CLUSTER_STATUS'), ($status = 'WSREP_LOCAL_STATE'),
  (SELECT GROUP_CONCAT(CONCAT(node_name, '=', node_uuid)) FROM mysql.wsrep_cluster_members), (SELECT member FROM $table)"
# What a member says: its part of the cluster, its state (4 is synced, 2 a donor), whom it counts as name=node, and who is the writer.
# The second word is how long it may take, seconds.
ask() {
  local answer
  named=
  answer=$(sql "\${2:-1}" "\${ports[$1]}" "$question") || return 1
  IFS=$'\\t' read -r part state members named <<< "$answer"
  [ "$part" = Primary ]
}
# Each third time it commits, in so many seconds: a look does not see a disk that hangs.
commits() {
  [ -n "$since" ] || [ $((++rounds % 3)) -eq 0 ] || return 0
  sql "\${2:-1}" "\${ports[$1]}" "$bounded UPDATE overstack.beat SET number = number + 1"
}
# The member that was asked last counts the writer, and as the node that answered here before, if it did.
counts_writer() { case ",$members" in *",$writer=$node"*) ;; *) return 1 ;; esac; }
remember_node() { node=",$members"; node=\${node##*",$writer="}; node=\${node%%,*}; }

# Nobody has been named yet: whom the operator calls its primary, so that clients that do not know this proxy write there too.
name_first() {
  local first
  first=$(sql 2 ${ports.firstMember} "SELECT @@wsrep_node_name") && [ -n "\${ports[$first]:-}" ] || return 0
  sql 20 "\${ports[$first]}" "CREATE TABLE IF NOT EXISTS $table (id TINYINT PRIMARY KEY, member VARCHAR(255) NOT NULL);
    CREATE TABLE IF NOT EXISTS overstack.beat (id TINYINT PRIMARY KEY, number BIGINT NOT NULL);
    INSERT IGNORE INTO overstack.beat VALUES (1, 0); INSERT IGNORE INTO $table VALUES (1, '$first')" && say "$first is the first writer"
}

# Clients compare names: the first connections wait until the writer shows a certificate with the name of this proxy.
begin() { ! host=$SERVICE sql 1 "\${ports[$named]}" "SELECT 1" > /dev/null || follow "$named" 0; }

# From now on new connections go to $1; the second word is how long sessions at the others may last, seconds.
follow() {
  local name commands="set server database/$1 state ready"
  for name in "\${names[@]}"; do
    [ "$name" != "$1" ] || continue
    commands="$commands; set server database/$name state maint"
    [ "$name" != "$writer" ] || leaving[$name]=$((SECONDS + $2))
  done
  haproxy "$commands" > /dev/null || return 0
  unset "leaving[$1]"
  say "the writer is $1, it was \${writer:-not known}"
  writer=$1 node= since=
  end_sessions
}
# Ends sessions at a member. One that still waits for its answer is tried elsewhere by HAProxy, and would hang for ever if it were ended
# (seen with 3.0.11: "shutdown sessions server" leaves it without a time-out). 8 is the state of a connection that stands.
cut() {
  local pointer commands= count=0
  for pointer in $(haproxy "show sess" | sed -nE "s/^(0x[0-9a-f]+): .* be=database srv=$1 .* scb=\\[8,.*/\\1/p"); do
    commands="$commands; shutdown session $pointer"
    [ $((++count % 200)) -ne 0 ] || { haproxy "\${commands#; }"; commands=; }
  done > /dev/null
  [ -z "$commands" ] || haproxy "\${commands#; }" > /dev/null
}
end_sessions() {
  local name
  for name in "\${!leaving[@]}"; do
    [ $SECONDS -ge "\${leaving[$name]}" ] && cut "$name" && unset "leaving[$name]"
  done
}

# Another writer, if there is a reason and somebody who can: how long a member that Galera counts may take, the states that will do, and
# how long sessions may last at a writer that Galera counts.
elect() {
  local candidate wanted grace=0
  [ -n "$since" ] || since=$SECONDS
  for wanted in $2; do
    for candidate in "\${names[@]}"; do
      [ "$candidate" != "$writer" ] && ask "$candidate" && [ "$state" = "$wanted" ] || continue
      if [ "$named" = "$writer" ] && counts_writer; then
        [ $((SECONDS - since)) -ge "$1" ] || return
        # Short of processors, this pod or the writer may need more than a second for everything.
        if ask "$writer" $last && commits "$writer" $last; then
          since=
          return
        fi
        ask "$candidate" || continue
      fi
      if [ "$named" = "$writer" ] || [ -z "\${ports[$named]:-}" ]; then
        sql 3 "\${ports[$candidate]}" "$bounded UPDATE $table SET member = '$candidate' WHERE member = '$named'" || continue
        ask "$candidate" || continue
      fi
      if [ -n "\${ports[$named]:-}" ] && [ "$named" != "$writer" ]; then
        ! counts_writer || grace=\${3:-0}
        follow "$named" "$grace"
        return
      fi
    done
  done
}

writer= node= since= rounds=0
while :; do
  touch /run/haproxy/looked
  end_sessions
  pause=1
  if [ -z "$writer" ]; then
    for name in "\${names[@]}"; do
      if ask "$name"; then
        if [ "$named" = NULL ]; then name_first; elif [ -n "\${ports[$named]:-}" ]; then begin; else elect 0 4; fi
        break
      fi
      # Table 'overstack.writer' doesn't exist.
      ! grep -q "ERROR 1146" /run/haproxy/error || name_first
    done
  elif ask "$writer"; then
    remember_node
    if [ "$named" != "$writer" ]; then
      if [ -n "\${ports[$named]:-}" ]; then follow "$named" $drain; else elect 0 4 $drain; fi
    elif commits "$writer"; then
      since=
      haproxy "set server database/$writer state ready" > /dev/null
    else
      elect $patience 4
    fi
  elif ! grep -q "ERROR 1040" /run/haproxy/error; then
    # It says more than "too many connections", or nothing.
    pause=0.3
    elect $patience "4 2"
  fi
  sleep $pause
done
`;
