/**
 * Decides how a member of etcd starts, and writes its configuration: etcd's image has no shell. Runs before every start, in any image
 * with Python, with the standard library only.
 *
 * A member with a volume starts with what lies there. One whose volume is empty asks the others, on the port of peers, which
 * etcd serves without a majority (/members):
 * - they know it and it has served clients: its volume is lost. It is removed and added, and starts as a new one. With its old
 *   identity it could vote against what it has agreed to before;
 * - they know it and it has never served: it belongs to the founders, or was added a moment ago;
 * - they do not know it: the cluster grows, and it is added. https://etcd.io/docs/v3.6/op-guide/runtime-configuration/
 * - all of them stand here with empty volumes: they found the cluster. Nobody founds one while another member is silent, since that
 *   one may hold the data.
 */
export const joinScript = (
  ipv6: boolean,
): string => `import http.server, json, os, ssl, sys, threading, time, urllib.error, urllib.request

POD, HOST, MEMBERS, TLS = (os.environ[name] for name in ("POD", "HOST", "MEMBERS", "TLS"))
members = MEMBERS.split()
directory, data = os.environ["TLS_DIRECTORY"], "/var/lib/etcd/data"
certificate, key, ca = (directory + "/" + name for name in ("tls.crt", "tls.key", "ca.crt"))
plain, secure = TLS != "required", TLS != "none"
empty = "this member has no data yet"

def urls(host, plain_port, secure_port):
    return (["https://%s:%d" % (host, secure_port)] if secure else []) + (["http://%s:%d" % (host, plain_port)] if plain else [])

def peer_url(host):
    """Where the others find a member: encrypted only when none of them is plain any more."""
    return urls(host, 2380, 2390)[-1]

trust = None
if secure:
    trust = ssl.create_default_context(cafile=ca)
    trust.load_cert_chain(certificate, key)

def ask(url, body=None):
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=5, context=trust if url.startswith("https") else None) as answer:
        return json.loads(answer.read())

def first(addresses, path, body=None):
    """The answer of the first address that has one; otherwise the last error is raised."""
    error = OSError("nobody was asked")
    for address in addresses:
        try:
            return ask(address + path, body)
        except urllib.error.HTTPError as refused:
            error = OSError("%s%s: %s" % (address, path, refused.read()[:300].decode(errors="replace")))
        except (OSError, ValueError) as failed:
            error = OSError("%s%s: %s" % (address, path, failed))
    raise error

others = [host for host in members if host != HOST]

def change(path, body):
    """By the members that serve clients, which takes a majority."""
    return first([url for host in others for url in urls(host, 2379, 2389)], "/v3/cluster/member/" + path, body)

def look():
    """What each of the others says: a list of members, that it is empty too, or nothing."""
    found = {}
    for host in others:
        try:
            found[host] = first(urls(host, 2380, 2390), "/members")
        except OSError as error:
            print(error, flush=True)
    return found

class Empty(http.server.BaseHTTPRequestHandler):
    """Says to the others that this member is here, and empty."""
    def do_GET(self):
        body = json.dumps(empty).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

${
  ipv6
    ? `class Server(http.server.ThreadingHTTPServer):
    """At IPv6 addresses, and on Linux at those of IPv4 too."""
    address_family = http.server.socket.AF_INET6

`
    : ""
}def say_empty():
    servers = []
    for port, encrypted in ((2390, True), (2380, False)):
        if secure if encrypted else plain:
            server = ${ipv6 ? "Server" : "http.server.ThreadingHTTPServer"}(("", port), Empty)
            if encrypted:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate, key)
                server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.append(server)
    return servers

def names(listed):
    """The members of a list, as etcd wants them at its start; there, who has not started yet has no name."""
    return ",".join(sorted("%s=%s" % (m.get("name") or url.split("/")[2].split(".")[0], url) for m in listed for url in m["peerURLs"]))

def entry(host, listed):
    own = {"http://%s:2380" % host, "https://%s:2390" % host}
    return next((m for m in listed if own & set(m["peerURLs"])), None)

def has_served(host, listed):
    return bool((entry(host, listed) or {}).get("clientURLs"))

def join():
    """(state, initial cluster) when it is known how to start, or None."""
    answers = look()
    lists = [answer for answer in answers.values() if answer != empty]
    if not lists:
        if len(answers) < len(others):
            print("waiting for", ", ".join(sorted(set(others) - set(answers))), flush=True)
            return None
        return "new", ",".join("%s=%s" % (host.split(".")[0], peer_url(host)) for host in members)
    listed = max((listed for listed in lists if entry(HOST, listed) is not None), key=len, default=None)
    lost = any(has_served(HOST, listed) for listed in lists)
    if listed is not None and not lost:
        return "new" if all(m.get("name") for m in listed) else "existing", names(listed)
    # One after the other: who starts must know all that were added.
    if not all(any(has_served(host, listed) for listed in lists) for host in members[:members.index(HOST)]):
        print("members with lower numbers come first", flush=True)
        return None
    if lost:
        print("the volume of this member is lost: it starts as a new one", flush=True)
        change("remove", {"ID": str(entry(HOST, listed)["id"])})
    return "existing", names(change("add", {"peerURLs": [peer_url(HOST)]})["members"])

def wait_for_place():
    servers = say_empty()
    while True:
        try:
            found = join()
        except OSError as error:
            print("not yet:", error, flush=True)
            found = None
        if found is not None:
            break
        time.sleep(2)
    # Whoever has not seen this member yet does so now.
    if found[0] == "new" and others:
        time.sleep(6)
    for server in servers:
        server.shutdown()
        server.server_close()
    return found

def announce():
    """Tells the others a new address, where encryption was switched; true when they know it."""
    for attempt in range(10):
        try:
            own = next((m for m in change("list", {})["members"] if m.get("name") == POD), None)
            if own is None or own["peerURLs"] == [peer_url(HOST)]:
                return True
            change("update", {"ID": own["ID"], "peerURLs": [peer_url(HOST)]})
            return True
        except OSError as error:
            print("not yet:", error, flush=True)
            time.sleep(2)
    return False

if os.path.isdir(data + "/member"):
    state, cluster = "existing", "%s=%s" % (POD, peer_url(HOST))
    # Nobody heard the new address: it is still found at the old one. Who is plain again has announced that while it took both kinds.
    plain_peers = (secure and not announce()) or plain
else:
    state, cluster = wait_for_place()
    plain_peers = plain

listen = "${ipv6 ? "[::]" : "0.0.0.0"}"
tls = {"cert-file": certificate, "key-file": key}
# etcd would look for names of the caller's address, which a cluster need not have: the CA is what is checked.
peers = dict(tls, **{"trusted-ca-file": ca, "client-cert-auth": True, "skip-client-san-verification": True})
settings = {
    "name": POD, "data-dir": data,
    "listen-client-urls": ",".join(urls(listen, 2379, 2389)),
    "advertise-client-urls": urls(HOST, 2379, 2389)[0],
    "listen-peer-urls": ",".join((["https://%s:2390" % listen] if secure else []) + (["http://%s:2380" % listen] if plain_peers else [])),
    "initial-advertise-peer-urls": peer_url(HOST),
    "listen-metrics-urls": "http://%s:2381" % listen,
    "initial-cluster": cluster, "initial-cluster-state": state, "initial-cluster-token": os.environ["TOKEN"],
    # In a file it is off where nothing is said, and clients of OpenStack speak to nothing else.
    "enable-grpc-gateway": True,
    "strict-reconfig-check": True,
    "auto-compaction-mode": "periodic", "auto-compaction-retention": "1h",
    **({"client-transport-security": tls, "peer-transport-security": peers} if secure else {}),
}
with open("/run/etcd/etcd.json", "w") as file:
    json.dump(settings, file, indent=1)
print("starts:", state, cluster, flush=True)
`;
