/**
 * Sets up or rotates the Fernet keys that live in Secret $SECRET, through the Kubernetes API. Runs in Keystone's own image
 * with the standard library only. `setup` leaves a Secret that has keys alone; `rotate` replaces the whole Secret at once,
 * guarded by its resourceVersion.
 */
export const fernetScript = `import base64, json, os, ssl, subprocess, urllib.error, urllib.request

account = "/var/run/secrets/kubernetes.io/serviceaccount/"
namespace = open(account + "namespace").read()
server = "https://%s:%s" % (os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"])
collection = server + "/api/v1/namespaces/" + namespace + "/secrets"
name = os.environ["SECRET"]
repository = os.environ["OS_FERNET_TOKENS__KEY_REPOSITORY"]

def call(method, url, body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + open(account + "token").read())
    request.add_header("Content-Type", "application/json")
    trust = ssl.create_default_context(cafile=account + "ca.crt")
    with urllib.request.urlopen(request, context=trust, timeout=30) as response:
        return json.load(response)

try:
    secret = call("GET", collection + "/" + name)
except urllib.error.HTTPError as error:
    if error.code != 404:
        raise
    secret = None

keys = (secret or {}).get("data") or {}
setup = os.environ["ACTION"] == "setup"
if setup and keys:
    print("the Secret has keys; nothing to do")
    raise SystemExit(0)
if not setup and not keys:
    raise SystemExit("the Secret has no keys to rotate: restore it from a backup, or let the fernet-setup Job run again")

os.makedirs(repository, mode=0o700, exist_ok=True)
for key, value in keys.items():
    with open(os.path.join(repository, key), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(base64.b64decode(value))
subprocess.run(["keystone-manage", "fernet_setup" if setup else "fernet_rotate"], check=True)

data = {}
for key in os.listdir(repository):
    with open(os.path.join(repository, key), "rb") as file:
        data[key] = base64.b64encode(file.read()).decode()
if not data:
    raise SystemExit("keystone-manage left no keys behind")

metadata = dict(name=name, labels={"app.kubernetes.io/managed-by": "overstack", "app.kubernetes.io/part-of": "openstack"})
if secret is not None:
    metadata = secret["metadata"]
body = dict(apiVersion="v1", kind="Secret", metadata=metadata, type="Opaque", data=data)
call("POST" if secret is None else "PUT", collection if secret is None else collection + "/" + name, body)
print("the Secret holds %d keys" % len(data))
`;
