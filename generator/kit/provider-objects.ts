import type { Account, Connection } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import type { KubernetesObject, Placed } from "../contract/kubernetes.ts";
import { keepAnnotations, labels, objectName, placed } from "./names.ts";

/**
 * Database, user and grant at a MariaDB instance. The provider's name stands in theirs: references are immutable, so a
 * service that moves to another provider gets new objects beside the old ones. `cleanupPolicy: Skip`, because the
 * operator's default drops the database with the object.
 */
export function databaseObjects(ctx: Context, connection: Connection): Placed[] {
  const role = roleAt(ctx, connection);
  const common = {
    mariaDbRef: { name: connection.instance!, namespace: connection.namespace },
    cleanupPolicy: "Skip",
    requeueInterval: "10m0s",
    retryInterval: "10s",
  };
  const object = (kind: string, spec: object, account?: Account): Placed =>
    placed("expand", {
      apiVersion: "k8s.mariadb.com/v1alpha1",
      kind,
      metadata: {
        name: objectName(ctx, `${role}${account?.mark ?? ""}`),
        labels: labels(ctx, "database"),
        ...kept(account),
      },
      spec: { ...common, ...spec, ...(account?.leaving ? { cleanupPolicy: "Delete" } : {}) },
    } satisfies KubernetesObject);
  return [
    object("Database", { name: connection.name, characterSet: "utf8mb3", collate: "utf8mb3_general_ci" }),
    ...connection.accounts.flatMap((account) => [
      // The operator's default of 10 connections is less than one replica opens; 0 leaves the limit to the server.
      object(
        "User",
        {
          name: account.name,
          host: "%",
          passwordSecretKeyRef: { name: account.secret, key: "password" },
          maxUserConnections: 0,
        },
        account,
      ),
      object(
        "Grant",
        { username: account.name, host: "%", database: connection.name, table: "*", privileges: ["ALL PRIVILEGES"] },
        account,
      ),
    ]),
  ];
}

/**
 * What stands between the component and the suffix. The dot ends the provider's name: without it, `placement` at
 * `mariadb-two` and `placement-two` at `mariadb` would have the same objects.
 */
const roleAt = ({ component }: Context, { need, instance }: Connection): string =>
  `${need.name === component ? "" : `${need.name.replaceAll("_", "-")}-`}${instance!}.${need.kind}`;

/** Objects stay when they leave Git, unless that is what they are to do. */
const kept = (account: Account | undefined): { annotations?: Record<string, string> } =>
  account?.leaving ? {} : { annotations: { ...keepAnnotations } };

/** Virtual host, user and permission at a RabbitMQ instance. Deleting a vhost deletes its queues: it is retained. */
export function messagingObjects(ctx: Context, connection: Connection): Placed[] {
  const role = roleAt(ctx, connection);
  const rabbitmqClusterReference = { name: connection.instance!, namespace: connection.namespace };
  const object = (kind: string, spec: object, account?: Account): Placed =>
    placed("expand", {
      apiVersion: "rabbitmq.com/v1beta1",
      kind,
      metadata: {
        name: objectName(ctx, `${role}${account?.mark ?? ""}`),
        labels: labels(ctx, "messaging"),
        ...kept(account),
      },
      spec: { ...spec, rabbitmqClusterReference },
    } satisfies KubernetesObject);
  return [
    object("Vhost", { name: connection.name, defaultQueueType: "quorum", deletionPolicy: "retain" }),
    ...connection.accounts.flatMap((account) => [
      object("User", { importCredentialsSecret: { name: account.secret } }, account),
      object(
        "Permission",
        { user: account.name, vhost: connection.name, permissions: { configure: ".*", read: ".*", write: ".*" } },
        account,
      ),
    ]),
    // Nobody may be reading: notifications that nobody fetched for a day are dropped, queues that nobody uses for a week go.
    object("Policy", {
      name: "expiry",
      vhost: connection.name,
      pattern: "^notifications\\.",
      applyTo: "queues",
      priority: 1,
      definition: { "message-ttl": 86_400_000 },
    }),
  ];
}
