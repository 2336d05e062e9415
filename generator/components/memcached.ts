import { z } from "zod";
import { component } from "../contract/component.ts";
import { integer } from "../contract/formats.ts";
import { memberHosts } from "../kit/members.ts";
import { labels, objectName, placed, selector, serviceHost } from "../kit/names.ts";
import { Service, StatefulSet } from "../kit/objects.ts";
import { container, podTemplate, resources } from "../kit/pod.ts";
import { clientsOnly } from "../kit/service.ts";
import { serviceAccount } from "../kit/service-account.ts";
import { disruptionBudget } from "../kit/workload.ts";

const port = 11211;
const role = "server";

/**
 * Cache of tokens and catalogue. Clients list every server by name: behind one address, servers that know nothing of each
 * other would serve stale tokens. Losing one loses a part of the cache, never data. Always plain: see decision 11.
 */
export default component({
  name: "memcached",
  summary: "Cache: independent servers that each client lists by name.",
  group: "infrastructure",
  provides: "cache",
  provided: ({ instance, namespace, dns, replicas }) => ({
    host: serviceHost(instance, namespace, dns),
    port,
    tls: false,
    members: memberHosts({ namespace, dns }, { pods: statefulSet(instance), service: instance, count: replicas }),
  }),
  options: z.strictObject({
    memory: integer(16, 65536).default(256).describe("Cache per server, MiB."),
    maxConnections: integer(64, 65536).default(4096).describe("Client connections per server."),
  }),
  roles: { server: { replicas: 3, scaling: "free", listed: true } },
  development: { roles: { server: { replicas: 1 } } },
  images: { memcached: () => "docker.io/library/memcached:1.6.39-alpine" },
  uid: 11211,
  manifests: (ctx) => {
    const memory = `${ctx.options.memory + 64}Mi`;
    return [
      serviceAccount(ctx, "run"),
      placed(
        "run",
        StatefulSet({
          metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
          spec: {
            podManagementPolicy: "Parallel",
            replicas: ctx.scaling(role).replicas,
            selector: { matchLabels: selector(ctx, role) },
            serviceName: objectName(ctx),
            template: podTemplate(ctx, {
              role,
              serviceAccount: objectName(ctx),
              containers: [
                container({
                  name: role,
                  image: ctx.image(),
                  args: [
                    "memcached",
                    `--memory-limit=${ctx.options.memory}`,
                    `--conn-limit=${ctx.options.maxConnections}`,
                  ],
                  ports: [{ containerPort: port, name: "memcached", protocol: "TCP" }],
                  resources: resources(ctx, role, { requests: { cpu: "50m", memory }, limits: { memory } }),
                  livenessProbe: {
                    tcpSocket: { port: "memcached" },
                    failureThreshold: 3,
                    periodSeconds: 10,
                    timeoutSeconds: 5,
                  },
                  readinessProbe: { tcpSocket: { port: "memcached" }, periodSeconds: 5, timeoutSeconds: 3 },
                }),
              ],
            }),
          },
        }),
      ),
      placed(
        "run",
        Service({
          metadata: { name: objectName(ctx), labels: labels(ctx) },
          // Names resolve also while a server is not ready: clients decide themselves whom to leave out.
          spec: {
            clusterIP: "None",
            ports: [{ name: "memcached", port, protocol: "TCP", targetPort: "memcached" }],
            publishNotReadyAddresses: true,
            selector: selector(ctx, role),
          },
        }),
      ),
      disruptionBudget(ctx, role),
      clientsOnly(ctx, { role, ports: [port] }),
    ];
  },
});

const statefulSet = (instance: string): string => instance.replace(/^memcached/, "memcached-server");
