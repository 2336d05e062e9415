import { z } from "zod";
import type { Ini } from "../contract/configuration.ts";
import { hosts, port } from "../contract/formats.ts";
import { connectionKind, osloVariable } from "./connection-kind.ts";

/** The same in all releases: services that disagree on queue arguments refuse each other's queues (PRECONDITION_FAILED). */
const options: Ini = {
  oslo_messaging_notifications: { driver: "messagingv2", retry: 3 },
  oslo_messaging_rabbit: {
    heartbeat_timeout_threshold: 30,
    kombu_failover_strategy: "shuffle",
    rabbit_quorum_queue: true,
    rabbit_transient_quorum_queue: true,
  },
};

/** A virtual host and its user, at a RabbitMQ. */
export default connectionKind({
  title: "a message broker",
  place: "virtual host",
  move: "Messages that wait in the old one stay there.",
  users: true,
  uses: "Named RabbitMQ instance, or an external broker.",
  external: z
    .strictObject({
      hosts: hosts("rabbitmq-1.example.org"),
      port: port.default(5672).describe("TCP port."),
      vhost: z.string().optional().describe("Virtual host. Default: the name of the instance."),
    })
    .describe("A broker that exists already."),
  reach: ({ hosts, port, vhost }) => ({ members: hosts, port, name: vhost }),
  environment: ({ need, members, port, name, account }) => {
    // Every member by name, each with its credentials: oslo.messaging does not carry them over from one host to the next.
    const servers = members.map((host) => `${account.name}:$(MESSAGING_PASSWORD)@${host}:${port}`);
    return {
      // A URL names every broker: one more of them is one longer value, not one more variable.
      literals: {},
      secrets: { MESSAGING_PASSWORD: "password" },
      composed: { [osloVariable(need.group, "transport_url")]: `rabbit://${servers.join(",")}/${name}` },
    };
  },
  options: ({ tls }, { ca, release }) => ({
    ...options,
    oslo_messaging_rabbit: {
      ...options.oslo_messaging_rabbit,
      ...(tls
        ? {
            ssl: true,
            ssl_ca_file: ca,
            // oslo.messaging 18 (2026.2) checks the broker's name by itself, 16.1.2 (2025.1) when asked, 17 looks at the CA alone.
            ...(release === "2025.1" ? { ssl_enforce_hostname_verification: true } : {}),
          }
        : // Said aloud: a layer can change an option of the base, and not take it away.
          { ssl: false }),
    },
  }),
  /** Deleting a virtual host deletes its queues: it is retained. */
  objects: ({ instance, namespace, name, accounts }) => {
    const apiVersion = "rabbitmq.com/v1beta1";
    const at = { rabbitmqClusterReference: { name: instance!, namespace } };
    return [
      { apiVersion, kind: "Vhost", spec: { name, defaultQueueType: "quorum", deletionPolicy: "retain", ...at } },
      ...accounts.flatMap((account) => [
        { apiVersion, kind: "User", account, spec: { importCredentialsSecret: { name: account.secret }, ...at } },
        {
          apiVersion,
          kind: "Permission",
          account,
          spec: { user: account.name, vhost: name, permissions: { configure: ".*", read: ".*", write: ".*" }, ...at },
        },
      ]),
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
          ...at,
        },
      },
    ];
  },
  secrets: ({ accounts, instance: provider }, { instance }) =>
    accounts.map(({ name, secret }) => ({
      name: secret,
      keys: { username: "username", password: "password" },
      known: { username: name },
      purpose: `${instance}'s account at the broker ${provider ?? "outside"}; the username is ${name}`,
      // The topology operator's webhook refuses a User whose Secret is missing or lacks this label.
      ...(provider === undefined ? {} : { labels: { "rabbitmq.com/topology-operator": "true" } }),
    })),
});
