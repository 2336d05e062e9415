import type { Placed } from "../../../contract/kubernetes.ts";
import { cron } from "../../../kit/cron.ts";
import { callApi } from "../../../kit/secret-script.ts";
import { apiAccount } from "../../../kit/service-account.ts";
import { certificateSecret, speaksHttps } from "../../../kit/tls.ts";
import { gatewayLabels, port, type StoreContext } from "./store.ts";

// A gateway reads its certificate when it starts, and Rook does not restart it for a new one: https://github.com/rook/rook/issues/14069.
// Ceph 20.2.4 has no word for it: https://github.com/ceph/ceph/pull/66290.

/** Name of the cron. */
export const renewing = "renew-certificate";

const folder = "/etc/ssl/gateway";

/**
 * Replaces gateways that show another certificate than the Secret holds: one at each run, by an eviction, which the disruption budget may
 * refuse. The cron is given the certificate without its key.
 */
export const renewal = (ctx: StoreContext): Placed[] =>
  speaksHttps(ctx)
    ? [
        ...apiAccount(ctx, "run", renewing, [
          { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
          { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
        ]),
        cron(ctx, renewing, {
          callsKubernetes: true,
          command: ["python3", `/etc/${ctx.project}/${renewalFile}`],
          connections: [],
          environment: [
            { name: "GATEWAY_PORT", value: String(port) },
            {
              name: "GATEWAYS",
              value: Object.entries(gatewayLabels(ctx.instance))
                .map((pair) => pair.join("="))
                .join(","),
            },
            { name: "CERTIFICATE", value: `${folder}/tls.crt` },
          ],
          mounts: [{ name: "certificate", mountPath: folder, readOnly: true }],
          volumes: [
            {
              name: "certificate",
              secret: {
                defaultMode: 0o440,
                items: [{ key: "tls.crt", path: "tls.crt" }],
                secretName: certificateSecret(ctx),
              },
            },
          ],
        }),
      ]
    : [];

export const renewalFile = "renew-certificate.py";

/** Runs in any image with Python, with the standard library only. */
export const renewalProgram = `import json, os, ssl, urllib.parse, urllib.request

account = "/var/run/secrets/kubernetes.io/serviceaccount/"
namespace = open(account + "namespace").read()
server = "https://%s:%s/api/v1/namespaces/%s/pods" % (
    os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"], namespace)

${callApi}
end = "-----END CERTIFICATE-----"
first = open(os.environ["CERTIFICATE"]).read().split(end)[0] + end
wanted = ssl.PEM_cert_to_DER_cert(first.strip())

pods = call("GET", server + "?" + urllib.parse.urlencode({"labelSelector": os.environ["GATEWAYS"]}))["items"]
for pod in sorted(pods, key=lambda each: each["metadata"]["name"]):
    name, address = pod["metadata"]["name"], pod.get("status", {}).get("podIP")
    if address is None or "deletionTimestamp" in pod["metadata"]:
        continue
    try:
        shown = ssl.get_server_certificate((address, int(os.environ["GATEWAY_PORT"])), timeout=10)
    except OSError as error:
        print("%s does not answer: %s" % (name, error))
        continue
    if ssl.PEM_cert_to_DER_cert(shown) == wanted:
        print(name + " shows the certificate that it should")
        continue
    print(name + " shows another certificate: it is replaced")
    eviction = dict(apiVersion="policy/v1", kind="Eviction", metadata=dict(name=name, namespace=namespace))
    call("POST", server + "/" + name + "/eviction", eviction)
    break
`;
