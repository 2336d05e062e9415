import type { IContainer } from "kubernetes-models/v1/Container";
import type { IVolume } from "kubernetes-models/v1/Volume";

/**
 * Waits for the pods of $COMPONENTS in $NAMESPACE that were told to end before it looked: they finish the requests that they
 * have with the old code. Runs in any image with Python, with the standard library only.
 *
 * A pod's deletionTimestamp is when it must have ended at the latest (the request to delete it, and its grace period):
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/. 15 s later nobody waits for it: the
 * kubelet of a silent host never says that it has ended. The clock is the API server's own, which wrote the timestamp.
 */
export const waitForOldPodsScript = `import http.client, json, os, ssl, time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

account = "/var/run/secrets/kubernetes.io/serviceaccount/"
host, port = os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
selector = "app.kubernetes.io/name in (%s)" % os.environ["COMPONENTS"]
path = "/api/v1/namespaces/%s/pods?%s" % (os.environ["NAMESPACE"], urlencode({"labelSelector": selector}))

def ending():
    """Pods that were told to end and have not: uid -> name, seconds that each may still take."""
    trust = ssl.create_default_context(cafile=account + "ca.crt")
    connection = http.client.HTTPSConnection(host, port, context=trust, timeout=10)
    try:
        with open(account + "token") as token:
            connection.request("GET", path, headers={"Authorization": "Bearer " + token.read().strip()})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise OSError("the API says %d: %s" % (response.status, body[:200].decode(errors="replace")))
    now = parsedate_to_datetime(response.headers["Date"])
    found = {}
    for pod in json.loads(body)["items"]:
        metadata = pod["metadata"]
        if "deletionTimestamp" not in metadata or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        end = datetime.fromisoformat(metadata["deletionTimestamp"].replace("Z", "+00:00")) + timedelta(seconds=15)
        if end > now:
            found[metadata["uid"]] = metadata["name"], (end - now).total_seconds()
    return found

def look(tries):
    for left in range(tries, 0, -1):
        try:
            return ending()
        except (OSError, http.client.HTTPException) as error:
            print("cannot look:", error, flush=True)
            if left == 1:
                raise
            time.sleep(2)

old = look(30)
until = time.monotonic() + max((seconds for _, seconds in old.values()), default=0)
while old and time.monotonic() < until:
    print("old pods:", ", ".join(sorted(name for name, _ in old.values())), flush=True)
    time.sleep(2)
    try:
        now = ending()
    except (OSError, http.client.HTTPException) as error:
        print("cannot look:", error, flush=True)
        continue
    old = {uid: now[uid] for uid in old if uid in now}
print("the wait is over:", "the hosts of these are silent: " + ", ".join(sorted(n for n, _ in old.values())) if old else "no old pod is left")
`;

/** Seconds that the wait may take at most: the longest grace period of a service, and 15. A law holds all of them to it. */
export const longestWait = 900;

const volume = "pods-reader";

/** Container that begins a Job of the phase contract: the old code of the components has ended when it has. */
export const oldPodsContainer = (image: string, components: readonly string[]): IContainer => ({
  name: "wait-for-old-pods",
  image,
  command: ["python3", "-c", waitForOldPodsScript],
  env: [
    { name: "COMPONENTS", value: components.join(",") },
    { name: "NAMESPACE", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } } },
  ],
  volumeMounts: [{ name: volume, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true }],
});

/** Its access to the API; no other container of the pod has it. */
export const podsReaderVolume: IVolume = {
  name: volume,
  projected: {
    defaultMode: 0o440,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3600, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    ],
  },
};
