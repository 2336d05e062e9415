import { list } from "../cluster/observe.ts";
import { until } from "../cluster/processes.ts";
import type { Cluster } from "./cluster.ts";

/** Where the services of the cloud run. */
export const namespace = "openstack-services";

/** Runs a command as the cloud's administrator, in a pod that has the client of OpenStack, and returns what it prints. */
export type Client = (...command: readonly string[]) => string;

/** The spec of a pod next to the services that has what their users have: the address of Keystone, a password, the CA. */
export async function clientPod(cluster: Cluster, name: string, command: readonly string[]) {
  const jobs = (await list(cluster, "jobs")).map(({ spec }) => JSON.stringify(spec));
  const image = jobs.map((text) => /"image":"([^"]*\/openstack-client:[^"]*)"/.exec(text)?.[1]).find(Boolean);
  const env = {
    GLANCE_URL: `https://glance-api.${namespace}.svc.cluster.local:9292`,
    OS_AUTH_URL: `https://keystone-api.${namespace}.svc.cluster.local:5000/v3`,
    OS_CACERT: "/etc/ssl/internal/ca.crt",
    OS_IDENTITY_API_VERSION: "3",
    OS_INTERFACE: "internal",
    OS_PROJECT_NAME: "admin",
    OS_PROJECT_DOMAIN_NAME: "Default",
    OS_REGION_NAME: "proof",
    OS_USERNAME: "admin",
    OS_USER_DOMAIN_NAME: "Default",
    HOME: "/tmp",
  };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 0,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 42424,
      fsGroup: 42424,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name,
        image,
        command,
        env: [
          ...Object.entries(env).map(([name, value]): object => ({ name, value })),
          { name: "OS_PASSWORD", valueFrom: { secretKeyRef: { name: "keystone-admin", key: "password" } } },
        ],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [{ name: "trust", mountPath: "/etc/ssl/internal", readOnly: true }] as object[],
      },
    ],
    volumes: [
      { name: "trust", secret: { secretName: "internal-trust", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    ] as object[],
  };
}

/** Starts a client. */
export async function startClient(cluster: Cluster): Promise<Client> {
  const spec = await clientPod(cluster, "client", ["sleep", "infinity"]);
  // An instance of its own: what is of none reaches nothing.
  const metadata = { name: "client", namespace, labels: { "app.kubernetes.io/instance": "client" } };
  await cluster.apply([{ apiVersion: "v1", kind: "Pod", metadata, spec }]);
  const running = async () =>
    (await list(cluster, "pods")).find(({ metadata }) => metadata.name === "client")?.status?.phase === "Running";
  await until("the client's pod", running, { seconds: 60, processes: cluster.processes });
  return (...command) => cluster.kubectl("-n", namespace, "exec", "client", "--", ...command);
}
