import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import { databaseStatements } from "../config/accounts.ts";
import { containersOf } from "../config/containers.ts";
import { type MemberContainer, namespace, type Pod } from "../coordination/members.ts";
import { production } from "../coordination/production.ts";

/** The value of a Secret. */
const value = (secret: string, key: string) => `${secret}-${key}`;
/** How a member starts: it founds the cluster; its clock can be set. */
export interface Start {
  readonly founds?: boolean;
  readonly clock?: boolean;
}
/** A Galera cluster with its proxies, as generated for a production cluster. */
export interface Generated {
  /** By number. */
  readonly member: (index: number, how?: Start) => Pod;
  readonly proxy: (index: number) => Pod;
  /** Name of the Service that clients dial, without its namespace. */
  readonly service: string;
  /** What oslo.db is given. */
  readonly url: string;
  /** Databases, users and grants, as mariadb-operator makes them. */
  readonly statements: string;
  /** Options of oslo.db. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** By how much the clock of a member is wrong. */
export const clockFile = "/tmp/clock";

const count = 3;
const host = (index: number) => `mariadb-${index}.mariadb-internal.${namespace}.svc.cluster.local`;

export function generate(): Generated {
  const { renders } = production({}, "services: { keystone: {} }");
  const render = renders.get("mariadb")!;
  const { objects } = render.run;
  const of = (kind: string) => objects.find((object) => object.kind === kind)!.spec;
  const server = of("MariaDB") as { myCnf: string; galera: { providerOptions: Readonly<Record<string, string>> } };
  const pod = (of("Deployment") as { template: { spec: IPodSpec } }).template.spec;
  const started = containersOf(render);
  const containers = pod.containers.map(({ name, volumeMounts = [], lifecycle }): MemberContainer => {
    const { command, environment } = started.find((item) => item.name === `Deployment/proxy/${name}`)!;
    const mounts = Object.fromEntries(volumeMounts.map((mount) => [mount.mountPath, mount.name]));
    return { name, command, environment, mounts, probes: { ready: [], stop: lifecycle?.preStop?.exec?.command ?? [] } };
  });
  const client = renders.get("keystone")!;
  const keystone = containersOf(client, value).find(({ name }) => name === "Deployment/api/api")!;
  const service = keystone.environment.DATABASE_HOST!;
  return {
    service: service.split(".")[0]!,
    url: keystone.environment.OS_DATABASE__CONNECTION!,
    statements: databaseStatements([...objects, ...client.expand.objects], value),
    options: optionsIn([...keystone.files].find(([path]) => path.endsWith("/keystone.conf"))![1]),
    member: (index, how = {}) => memberPod(index, server, how),
    proxy: (index) => ({
      name: `mariadb-proxy-${index}`,
      host: `mariadb-proxy-${index}.pods`,
      user: pod.securityContext!.runAsUser!,
      first: [],
      containers,
      claims: [],
      itself: pod.hostAliases!.flatMap(({ hostnames = [] }) => hostnames),
      files: { "password/password": value("mariadb-proxy", "password") },
    }),
  };
}

/** The section `database` of a file of oslo.config. */
function optionsIn(text: string): Readonly<Record<string, unknown>> {
  const section = text.split(/^(?=\[)/m).find((part) => part.startsWith("[database]\n"))!;
  const entries = section.split("\n").flatMap((line): [string, unknown][] => {
    const [, name, said] = /^(\w+) = (.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, /^-?\d+$/.test(said!) ? Number(said) : said]];
  });
  return Object.fromEntries(entries);
}

/**
 * The time of day is what a file says, looked at each second; what measures a time span is not touched, as when somebody sets the clock:
 * https://github.com/wolfcw/libfaketime/blob/v0.9.10/README
 */
const ownClock = {
  LD_PRELOAD: "/usr/$LIB/faketime/libfaketimeMT.so.1",
  FAKETIME_TIMESTAMP_FILE: clockFile,
  FAKETIME_CACHE_DURATION: "1",
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
};

/** What mariadb-operator makes of the generated object: https://github.com/mariadb-operator/mariadb-operator/blob/v25.10.4/pkg/galera/config/config.go */
function memberPod(
  index: number,
  { myCnf, galera }: { myCnf: string; galera: { providerOptions: Readonly<Record<string, string>> } },
  { founds = false, clock = false }: Start,
): Pod {
  const written = myCnf
    .split("\n")
    .slice(1)
    .filter((line) => line !== "" && !/buffer_pool/.test(line))
    .map((line) => `--${line.replace(" = ", "=").replaceAll(/_(?=.*=)/g, "-")}`);
  const provider = Object.entries({ ...galera.providerOptions, "gcache.size": "32M" }).map((pair) => pair.join("="));
  const others = Array.from({ length: count }, (_, other) => host(other));
  const tls = "/etc/ssl/internal";
  const environment = { DATA: "/var/lib/mysql", ...(clock ? ownClock : {}) };
  const mounts = { "/var/lib/mysql": "storage", "/tmp": "tmp", [tls]: "internal-tls" };
  const install = `[ -d $DATA/mysql ] ||
  mariadb-install-db --no-defaults --datadir=$DATA --auth-root-authentication-method=normal --skip-test-db`;
  const probes = { ready: [], stop: [] };
  return {
    name: `mariadb-${index}`,
    host: host(index),
    user: 999,
    claims: ["storage"],
    first: index === 0 ? [{ name: "install", command: ["sh", "-c", install], environment, mounts, probes }] : [],
    containers: [
      {
        name: "mariadb",
        command: [
          // The operator gives the address of the pod.
          ...["sh", "-c", `exec "$@" --wsrep-node-address="$(getent hosts ${host(index)} | cut -d ' ' -f 1)"`, "start"],
          ...["mariadbd", "--no-defaults", "--datadir=/var/lib/mysql", "--bind-address=*", "--socket=/tmp/mysqld.sock"],
          ...["--pid-file=/tmp/pid", "--innodb-buffer-pool-size=64M", "--skip-name-resolve"],
          ...[`--ssl-ca=${tls}/ca.crt`, `--ssl-cert=${tls}/tls.crt`, `--ssl-key=${tls}/tls.key`],
          ...written,
          ...["--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so", "--wsrep-sst-method=rsync"],
          `--wsrep-node-name=mariadb-${index}`,
          ...[`--wsrep-cluster-address=gcomm://${others.join(",")}`, `--wsrep-provider-options=${provider.join(";")}`],
          ...(founds ? ["--wsrep-new-cluster"] : []),
        ],
        environment,
        mounts,
        probes,
      },
    ],
  };
}
