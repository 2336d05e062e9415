import { z } from "zod";
import type { Ini } from "../contract/configuration.ts";
import type { Need } from "../contract/connection.ts";
import { hosts, port } from "../contract/formats.ts";
import {
  byAuthority,
  connectionKind,
  each,
  encrypts,
  osloVariable,
  outsideTls,
  type ProviderObject,
} from "./connection-kind.ts";

/**
 * The same in all releases: services that disagree on arguments cannot use each other's queues (PRECONDITION_FAILED,
 * https://www.rabbitmq.com/docs/queues#property-equivalence).
 */
const options = {
  // A client that hears nothing is gone after a third of it, when it sends the next heartbeat, and the whole of it (TCP_USER_TIMEOUT).
  heartbeat_timeout_threshold: 12,
  rabbit_quorum_queue: true,
  rabbit_transient_quorum_queue: true,
};

/** Without it a service sends no notifications, whatever it is connected to. */
const sending: Ini = { oslo_messaging_notifications: { driver: "messagingv2", retry: 3 } };

const apiVersion = "rabbitmq.com/v1beta1";

/** Deleting a virtual host deletes its queues: it is retained. */
const place = (name: string, rabbitmqClusterReference: object): readonly ProviderObject[] => [
  {
    apiVersion,
    kind: "Vhost",
    spec: { name, defaultQueueType: "quorum", deletionPolicy: "retain", rabbitmqClusterReference },
  },
  {
    apiVersion,
    kind: "Policy",
    spec: {
      name: "expiry",
      vhost: name,
      pattern: "^notifications\\.",
      applyTo: "queues",
      priority: 1,
      // Nobody may be reading: notifications that nobody fetched for a day are dropped.
      definition: { "message-ttl": 86_400_000 },
      rabbitmqClusterReference,
    },
  },
];

/**
 * What a user may do, as patterns of names of exchanges and queues. Who sends declares the exchange and the queues
 * `<topic>.<priority>` too, and binds them, which takes reading the exchange. Of the queues only a consumer may read.
 * https://www.rabbitmq.com/docs/access-control#authorisation
 */
const permissions = ({ from, access = "write" }: Need): object => ({
  configure: ".*",
  read: from === "provider" && access === "write" ? `^(?!.*\\.(${priorities.join("|")})$).*$` : ".*",
  write: ".*",
});

/** Priorities of notifications (https://docs.openstack.org/oslo.messaging/latest/reference/notifier.html). */
const priorities = ["audit", "debug", "info", "warn", "error", "critical", "sample"];

/** A virtual host and its user, at a RabbitMQ. */
export default connectionKind({
  title: "a message broker",
  place: "virtual host",
  move: "Messages that wait in the old one stay there.",
  users: true,
  encrypts: byAuthority,
  uses: "Named RabbitMQ instance, or an external broker.",
  external: z
    .strictObject({
      hosts: hosts("rabbitmq-1.example.org"),
      port: port.optional().describe("TCP port. Default: 5671 with TLS, else 5672."),
      tls: outsideTls,
      vhost: z.string().optional().describe("Virtual host and user. Default: the name of the instance."),
      vhosts: each("virtual host and user"),
    })
    .describe("A broker that exists already."),
  naming: { one: "vhost", each: "vhosts" },
  reach: ({ hosts, port, tls }) => ({ members: hosts, port: port ?? (encrypts(tls) ? 5671 : 5672) }),
  environment: ({ need, members, port, name, account, distinction }) => {
    const words = ["messaging", ...(distinction === "" ? [] : [distinction]), "password"];
    const password = words.join("_").replaceAll("-", "_").toUpperCase();
    // Each server with its credentials: oslo.messaging does not carry them over from one host to the next.
    const servers = members.map((host) => `${account.name}:$(${password})@${host}:${port}`);
    return {
      // One more server outside is one longer value, not one more variable.
      literals: {},
      secrets: { [password]: "password" },
      composed: { [osloVariable(need.group, "transport_url")]: `rabbit://${servers.join(",")}/${name}` },
    };
  },
  options: ({ need, tls }, { ca, release }) => ({
    ...(need.use === "notifications" && need.access !== "read" ? sending : {}),
    oslo_messaging_rabbit: {
      ...options,
      ...(tls
        ? {
            ssl: true,
            ssl_ca_file: ca,
            // oslo.messaging 18 (2026.2) checks the broker's name by itself, 16.1.2 (2025.1) when asked, 17 looks at the CA alone.
            ...(release === "2025.1" ? { ssl_enforce_hostname_verification: true } : {}),
          }
        : // Written explicitly: a later layer can override an option but cannot remove it.
          { ssl: false }),
    },
  }),
  shared: ({ name, instance, namespace }) => place(name, { name: instance, namespace }),
  objects: ({ need, instance, namespace, name, accounts }) => {
    const rabbitmqClusterReference = { name: instance!, namespace };
    return [
      ...(need.from === "provider" ? [] : place(name, rabbitmqClusterReference)),
      ...accounts.flatMap((account) => [
        {
          apiVersion,
          kind: "User",
          account,
          spec: { importCredentialsSecret: { name: account.secret }, rabbitmqClusterReference },
        },
        {
          apiVersion,
          kind: "Permission",
          account,
          spec: { user: account.name, vhost: name, permissions: permissions(need), rabbitmqClusterReference },
        },
      ]),
    ];
  },
  secrets: ({ accounts, instance: provider }, { instance }) =>
    accounts.map(({ name, secret }) => ({
      name: secret,
      keys: { username: "username", password: "password" },
      known: { username: name },
      purpose: `${instance}'s account at the broker ${provider ?? "outside"}; the username is ${name}`,
      // The topology operator's webhook refuses a User whose Secret is missing or lacks this label:
      // https://github.com/rabbitmq/messaging-topology-operator/blob/main/internal/webhook/v1beta1/label_validation.go
      ...(provider === undefined ? {} : { labels: { "rabbitmq.com/topology-operator": "true" } }),
    })),
});
