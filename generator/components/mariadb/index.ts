import { component, type DataConstraint } from "../../contract/component.ts";
import { serverOf } from "../../contract/destination.ts";
import type { RequiredSecret } from "../../contract/secret.ts";
import { error, warning } from "../../issues/issue.ts";
import { serviceHost } from "../../kit/names.ts";
import { isInside } from "../../kit/s3.ts";
import { clientsOnly } from "../../kit/service.ts";
import { volumeConstraints } from "../../kit/volume-constraints.ts";
import { mariadbOperator, mariadbOperatorImage } from "../../operators/mariadb-operator.ts";
import { backup, s3Secrets, s3Targets } from "./backup.ts";
import { options, podSelector, port, serverRole as role, storageOf } from "./options.ts";
import { isProxied, proxies, proxySecrets, proxyService } from "./proxy.ts";
import { server } from "./server.ts";
import { certificates } from "./tls.ts";

/** SQL database. Several members replicate synchronously (Galera); clients write to one of them at a time. */
export default component({
  name: "mariadb",
  summary: "Database: MariaDB with Galera, one writer at a time, run by mariadb-operator.",
  group: "infrastructure",
  provides: "database",
  inherits: ["backup", "storageClass"],
  provided: ({ instance, namespace, dns, replicas, internalTls, options: { proxy } }) => {
    if (isProxied(proxy, replicas) === "used") {
      const host = serviceHost(proxyService(instance), namespace, dns);
      return { host, port, tls: internalTls !== "none", members: [host] };
    }
    // A single server has no -primary Service; -secondary, which is for reads, must never be used for OpenStack:
    // https://github.com/mariadb-operator/mariadb-operator/blob/main/docs/high_availability.md#kubernetes-services
    const host = serviceHost(replicas > 1 ? `${instance}-primary` : instance, namespace, dns);
    return { host, port, tls: internalTls !== "none", members: [host] };
  },
  options,
  check: ({ instance, profile, options: { backup } }) => [
    ...(backup === undefined && profile === "production"
      ? [
          error(
            "no-backup",
            `${instance} has no backup`,
            "Name a target: backup: { target: { s3: … } }, or say backup: none.",
            { path: [] },
          ),
        ]
      : []),
    ...s3Targets(backup, undefined).flatMap((target) =>
      isInside(target) && profile === "production"
        ? [
            warning(
              "backup-in-the-cluster",
              `${instance}: its backups would lie in this cluster, at ${target.endpoint}: what destroys the one destroys the other`,
              "Name a store elsewhere: one of another cluster, for example.",
              { path: ["backup", "target", "s3", "endpoint"] },
            ),
          ]
        : [],
    ),
  ],
  roles: { server: { replicas: 3, scaling: "odd" }, proxy: { replicas: 3, scaling: "free", beside: true } },
  development: { roles: { server: { replicas: 1 } } },
  operators: [mariadbOperator.name],
  // The agent of each member, and what sets a member up.
  callsKubernetes: true,
  outside: ({ backup, restore }) => s3Targets(backup, restore).map(({ endpoint }) => serverOf(endpoint)),
  images: {
    mariadb: () => "docker.io/library/mariadb:11.8.5",
    operator: () => mariadbOperatorImage,
    proxy: () => "docker.io/library/haproxy:3.0.12",
  },
  uid: 999,
  data: (ctx): DataConstraint[] => [
    ...volumeConstraints("each member", storageOf(ctx), ctx.options.storageClass ?? ctx.storageClass),
    {
      key: "form",
      value: ctx.scaling(role).replicas === 1 ? "single" : "galera",
      shown: ctx.scaling(role).replicas === 1 ? "a single server" : "a Galera cluster",
      rule: "keep",
      what: "the form of the database",
      consequence:
        "A single server and a cluster are set up differently: take a backup first, and restore it into a new instance if the operator refuses.",
    },
  ],
  secrets: (ctx): RequiredSecret[] => [
    { name: `${ctx.instance}-root`, keys: { password: "password" }, purpose: "root password of the database" },
    ...proxySecrets(ctx),
    ...s3Secrets(ctx),
  ],
  certificates,
  manifests: (ctx) => [
    server(ctx),
    clientsOnly(ctx, {
      role,
      ports: [port],
      podLabels: podSelector(ctx),
      operator: { namespace: mariadbOperator.namespace, ports: [port, 5555] },
    }),
    ...proxies(ctx),
    ...backup(ctx),
  ],
});
