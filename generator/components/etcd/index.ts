import { z } from "zod";
import { component, type DataConstraint } from "../../contract/component.ts";
import type { Context, InternalTls } from "../../contract/context.ts";
import { size, storageClass } from "../../contract/formats.ts";
import { memberEnvironment, memberHosts, members, onlyMore, portsOf } from "../../kit/members.ts";
import { labels, objectName, placed, selector, serviceHost } from "../../kit/names.ts";
import { Service } from "../../kit/objects.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { clientsOnly } from "../../kit/service.ts";
import { serviceAccount } from "../../kit/service-account.ts";
import { type Claim, claimConstraints } from "../../kit/stateful.ts";
import { certificateSecret, offered, serviceNames } from "../../kit/tls.ts";
import { joinScript } from "./join-script.ts";

const ports = { plain: 2379, encrypted: 2389 } as const;
const peerPorts = { peers: 2380, "peers-tls": 2390, metrics: 2381 } as const;
const role = "server";
const data = { name: "data", mountPath: "/var/lib/etcd" } as const;
/** Where both containers have the certificates. */
const certificates = "/etc/ssl/internal";

const options = z.strictObject({
  storage: size
    .optional()
    .describe(
      "Volume of each member. It grows by hand, after your consent, and never shrinks. Default: 8Gi, in development 2Gi.",
    ),
  storageClass: storageClass.optional().describe("StorageClass; default: the cluster's. It cannot be changed later."),
});
type EtcdContext = Context<z.output<typeof options>>;

/** Locks for services that lose data when two hold one. What a majority of members has on disk is acknowledged, nothing else. */
export default component({
  name: "etcd",
  summary: "Lock server: etcd; a lock that is held is given to nobody else, whichever member is lost.",
  group: "infrastructure",
  provides: "coordination",
  grade: "correctness",
  inherits: ["storageClass"],
  provided: ({ instance, namespace, dns, internalTls }) => {
    const host = serviceHost(instance, namespace, dns);
    const tls = internalTls !== "none";
    return {
      host,
      port: tls ? ports.encrypted : ports.plain,
      ports: clientPorts(internalTls).map(([, port]) => port),
      tls,
      members: [host],
      details: { protocol: "etcd" },
    };
  },
  options,
  roles: { server: { replicas: 3, scaling: "odd" } },
  development: { roles: { server: { replicas: 1 } } },
  images: {
    etcd: () => "quay.io/coreos/etcd:v3.6.16",
    python: () => "docker.io/library/python:3.13.5-slim-bookworm",
  },
  uid: 65532,
  data: (ctx): DataConstraint[] => [
    ...claimConstraints(ctx, "each member", volume(ctx)),
    onlyMore(
      ctx,
      role,
      "A member that is gone is still counted for the majority: make a second instance and let its users move, with the services stopped (uses: { coordination: … }).",
    ),
  ],
  certificates: (ctx) => [
    {
      secret: certificateSecret(ctx),
      dnsNames: [...serviceNames(ctx, ctx.instance), ...serviceNames(ctx, `*.${peersOf(ctx)}`)],
      // The members show it to each other, from both ends.
      usages: ["digital signature", "key encipherment", "server auth", "client auth"],
    },
  ],
  manifests: (ctx) => [
    serviceAccount(ctx, "run"),
    ...members(ctx, role, {
      service: peersOf(ctx),
      ports: peerPorts,
      template: pods(ctx),
      claims: [volume(ctx)],
    }),
    clients(ctx),
    clientsOnly(ctx, { role, ports: clientPorts(ctx.internalTls).map(([, port]) => port) }),
  ],
});

const peersOf = (ctx: EtcdContext): string => objectName(ctx, "members");
const volume = ({ options, profile }: EtcdContext): Claim => ({
  ...data,
  size: options.storage ?? (profile === "production" ? "8Gi" : "2Gi"),
  ...(options.storageClass === undefined ? {} : { storageClass: options.storageClass }),
});

const clientPorts = (internalTls: InternalTls): [name: string, port: number][] =>
  offered<[string, number]>(internalTls, { plain: ["plain", ports.plain], encrypted: ["encrypted", ports.encrypted] });

/** Clients of OpenStack know one name: behind it are the members that can answer. */
const clients = (ctx: EtcdContext) =>
  placed(
    "run",
    Service({
      metadata: { name: objectName(ctx), labels: labels(ctx) },
      spec: {
        ports: clientPorts(ctx.internalTls).map(([name, port]) => ({ name, port, protocol: "TCP", targetPort: name })),
        selector: selector(ctx, role),
      },
    }),
  );

function pods(ctx: EtcdContext) {
  const run = scratch("run", "/run/etcd", "1Mi");
  const secret = { name: "internal-tls", secret: { secretName: certificateSecret(ctx), defaultMode: 0o440 } };
  const tls = ctx.internalTls === "none" ? [] : [{ name: secret.name, mountPath: certificates, readOnly: true }];
  const count = ctx.scaling(role).replicas ?? 1;
  const hosts = memberHosts(ctx, { pods: objectName(ctx, role), service: peersOf(ctx), count });
  const memory = ctx.profile === "production" ? "512Mi" : "128Mi";
  const probe = (path: string) => ({ httpGet: { path, port: "metrics" }, timeoutSeconds: 5 });
  return podTemplate(ctx, {
    role,
    serviceAccount: objectName(ctx),
    initContainers: [
      container({
        name: "join",
        image: ctx.image("python"),
        command: ["python3", "-c", joinScript(ctx.ipFamilies.includes("IPv6"))],
        env: [
          ...memberEnvironment(ctx, { service: peersOf(ctx), hosts }),
          { name: "TLS", value: ctx.internalTls },
          { name: "TLS_DIRECTORY", value: ctx.internalTls === "none" ? "" : certificates },
          { name: "TOKEN", value: ctx.instance },
        ],
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "64Mi" } },
        volumeMounts: [data, run.mount, ...tls],
      }),
    ],
    containers: [
      container({
        name: role,
        image: ctx.image(),
        command: ["etcd", "--config-file=/run/etcd/etcd.json"],
        ports: portsOf({ ...Object.fromEntries(clientPorts(ctx.internalTls)), ...peerPorts }),
        resources: resources(ctx, role, { requests: { cpu: "100m", memory }, limits: { memory } }),
        livenessProbe: { ...probe("/livez"), failureThreshold: 6, periodSeconds: 10 },
        readinessProbe: { ...probe("/readyz"), failureThreshold: 2, periodSeconds: 5 },
        // A member that has been away for long copies everything first.
        startupProbe: { ...probe("/livez"), failureThreshold: 60, periodSeconds: 5 },
        volumeMounts: [data, run.mount, ...tls],
      }),
    ],
    volumes: [run.volume, ...(ctx.internalTls === "none" ? [] : [secret])],
  });
}
