/**
 * Tells by the connections of a program to its broker, or another `server`, whether it works: `ready` while one of its processes has one; `alive`
 * unless the broker accepts connections, and no process has one or a process does not notice that the broker closed its own.
 * A broker closes the connection of a client that sends no heartbeats (https://www.rabbitmq.com/docs/heartbeats), so processes
 * whose threads or event loop hang are found without their help; and nothing is restarted because the broker is away.
 *
 * Arguments: `ready` or `alive`, and the environment variable with the transport URL. Standard library only.
 */
export const probeOf = (server: string): string => `import os, re, socket, sys

ESTABLISHED, CLOSED_BY_PEER = "01", "08"
servers = re.findall(r"@(\\[[^\\]]+\\]|[^:,/@]+):([0-9]+)", os.environ[sys.argv[2]])
ports = {int(port) for _, port in servers}

def sockets(state):
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as lines:
            for fields in list(map(str.split, lines))[1:]:
                if fields[3] == state and int(fields[2].rsplit(":", 1)[1], 16) in ports:
                    found.add("socket:[%s]" % fields[9])
    return found

def holders(wanted):
    """Processes of this container that hold one of these sockets; on the host's network there are those of others, too."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            held = {os.readlink("/proc/%s/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%s/fd" % pid)}
        except OSError:
            continue
        if held & wanted:
            found.append(pid)
    return found

def accepts(host, port):
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
        return True
    except OSError:
        return False

connected = holders(sockets(ESTABLISHED))
if sys.argv[1] == "ready":
    sys.exit(None if connected else "no process is connected to the ${server}")
hung = holders(sockets(CLOSED_BY_PEER))
if (hung or not connected) and any(accepts(*server) for server in servers):
    sys.exit("hung: process %s" % ", ".join(hung) if hung else "the ${server} accepts connections, and no process has one")
`;

/** The probe of a program that works by its broker. */
export const workerProbe = probeOf("broker");
