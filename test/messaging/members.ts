import { readFileSync } from "node:fs";
import { join } from "node:path";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { brokerDefinitions } from "../config/accounts.ts";
import { containersOf } from "../config/containers.ts";
import { type MemberContainer, namespace, type Pod } from "../coordination/members.ts";
import { production } from "../coordination/production.ts";
import { release } from "./programs.ts";

/** The brokers of a production cluster and a service that uses them, as generated. */
export interface Generated {
  readonly broker: (index: number) => Pod;
  readonly service: (index: number) => Pod;
}

const count = 3;
const tls = "/etc/ssl/internal";
const probes = { ready: [], stop: [] };
const domain = `${namespace}.svc.cluster.local`;
const hostOf = (index: number) => `rabbitmq-server-${index}.rabbitmq-nodes.${domain}`;

export function generate(): Generated {
  const { model, renders } = production({}, `release: "${release}"`, "services: { heat: {} }");
  const known = new Map(requiredSecrets(model).map((secret) => [secret.name, secret.known ?? {}]));
  const value = (secret: string, key: string) => known.get(secret)?.[key] ?? `${secret}-${key}`;
  const heat = renders.get("heat")!;
  const { objects } = renders.get("rabbitmq")!.run;
  const { rabbitmq } = objects.find(({ kind }) => kind === "RabbitmqCluster")!.spec as {
    rabbitmq: { additionalConfig: string; advancedConfig: string };
  };
  const definitions = brokerDefinitions([...objects, ...heat.expand.objects, ...heat.run.objects], value);
  const engine = containersOf(heat, value).find(({ name }) => name === "Deployment/engine/engine")!;
  const conf = [...engine.files].flatMap(([path, text]) => (path.endsWith(".conf") ? [text] : []));
  const section = conf.map((text) => text.split(/^(?=\[)/m).find((part) => part.startsWith("[oslo_messaging_rabbit]")));
  return {
    broker: (index) => brokerPod(index, rabbitmq, definitions),
    service: (index) => ({
      name: `service-${index}`,
      host: `service-${index}.pods`,
      user: 999,
      first: [],
      claims: [],
      containers: [
        {
          name: "service",
          command: ["python3", "/programs/service.py", `service-${index}`],
          environment: {
            OS_DEFAULT__TRANSPORT_URL: engine.environment.OS_DEFAULT__TRANSPORT_URL!,
            PYTHONDONTWRITEBYTECODE: "1",
          },
          mounts: { "/programs": "programs", [tls]: "internal-tls" },
          probes,
        },
      ],
      itself: [`service-${index}.pods`],
      files: {
        "programs/service.conf": section.join("\n"),
        "programs/service.py": readFileSync(join(import.meta.dirname, "service.py"), "utf8"),
      },
    }),
  };
}

/**
 * What the operator makes of the generated object, with members that are named in place of those that it finds:
 * https://github.com/rabbitmq/cluster-operator/blob/v2.20.0/internal/resource/configmap.go
 */
function brokerPod(
  index: number,
  { additionalConfig, advancedConfig }: { additionalConfig: string; advancedConfig: string },
  definitions: object,
): Pod {
  const members = Array.from({ length: count }, (_, other) => `rabbit@${hostOf(other)}`);
  const conf = [
    "queue_master_locator = min-masters",
    "cluster_partition_handling = pause_minority",
    "cluster_formation.peer_discovery_backend = classic_config",
    ...members.map((member, number) => `cluster_formation.classic_config.nodes.${number + 1} = ${member}`),
    `cluster_formation.target_cluster_size_hint = ${count}`,
    "listeners.tcp = none",
    "listeners.ssl.default = 5671",
    `ssl_options.cacertfile = ${tls}/ca.crt`,
    `ssl_options.certfile = ${tls}/tls.crt`,
    `ssl_options.keyfile = ${tls}/tls.key`,
    ...(index === 0 ? ["load_definitions = /etc/rabbitmq/definitions.json"] : []),
    additionalConfig,
    "disk_free_limit.absolute = 50MB",
  ];
  const broker: MemberContainer = {
    name: "rabbitmq",
    command: [
      "sh",
      "-c",
      "umask 077; printf of-this-test-alone > $HOME/.erlang.cookie; exec /usr/lib/rabbitmq/bin/rabbitmq-server",
    ],
    environment: {
      HOME: "/var/lib/rabbitmq",
      LANG: "C.UTF-8",
      RABBITMQ_ADVANCED_CONFIG_FILE: "/etc/rabbitmq/advanced.config",
      RABBITMQ_CONFIG_FILE: "/etc/rabbitmq/rabbitmq.conf",
      RABBITMQ_ENABLED_PLUGINS_FILE: "/etc/rabbitmq/enabled_plugins",
      RABBITMQ_LOGS: "-",
      RABBITMQ_NODENAME: members[index]!,
      RABBITMQ_USE_LONGNAME: "true",
    },
    mounts: { "/etc/rabbitmq": "configuration", "/var/lib/rabbitmq": "persistence", [tls]: "internal-tls" },
    probes,
  };
  return {
    name: `rabbitmq-server-${index}`,
    host: hostOf(index),
    user: 999,
    first: [],
    containers: [broker],
    claims: ["persistence"],
    itself: [hostOf(index)],
    files: {
      "configuration/advanced.config": advancedConfig,
      "configuration/definitions.json": JSON.stringify(definitions),
      "configuration/enabled_plugins": "[].\n",
      "configuration/rabbitmq.conf": `${conf.join("\n")}\n`,
    },
  };
}
