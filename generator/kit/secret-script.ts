/** Python that asks the Kubernetes API as the pod's own account, whose folder is in `account`. It needs json, ssl and urllib.request. */
export const callApi = `def call(method, url, body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + open(account + "token").read())
    request.add_header("Content-Type", "application/json")
    trust = ssl.create_default_context(cafile=account + "ca.crt")
    with urllib.request.urlopen(request, context=trust, timeout=30) as response:
        return json.load(response)
`;

/** What a program of its own does between reading its Secret and writing it. */
interface SecretProgram {
  /** Lines of Python that set further variables. */
  readonly variables?: string;
  /**
   * Python that finds in `secret` what the API has (None: nothing yet), in `keys` its values in base64, and leaves the new ones in
   * `data`. It ends the program where there is nothing to do. `call(method, url)` asks the API.
   */
  readonly body: string;
}

/**
 * A program that makes Secret $SECRET of its own namespace through the Kubernetes API, or replaces it as a whole, guarded by its
 * resourceVersion. Runs in any image with Python, with the standard library only.
 */
export const secretScript = ({ variables = "", body }: SecretProgram): string =>
  `import base64, json, os, ssl, subprocess, urllib.error, urllib.request

account = "/var/run/secrets/kubernetes.io/serviceaccount/"
namespace = open(account + "namespace").read()
server = "https://%s:%s" % (os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"])
collection = server + "/api/v1/namespaces/" + namespace + "/secrets"
name = os.environ["SECRET"]
${variables}
${callApi}
try:
    secret = call("GET", collection + "/" + name)
except urllib.error.HTTPError as error:
    if error.code != 404:
        raise
    secret = None

keys = (secret or {}).get("data") or {}
${body}
metadata = dict(name=name, labels={"app.kubernetes.io/managed-by": "overstack", "app.kubernetes.io/part-of": "openstack"})
if secret is not None:
    metadata = secret["metadata"]
body = dict(apiVersion="v1", kind="Secret", metadata=metadata, type="Opaque", data=data)
call("POST" if secret is None else "PUT", collection if secret is None else collection + "/" + name, body)
print("the Secret holds %d keys" % len(data))
`;
