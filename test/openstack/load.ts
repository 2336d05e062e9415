import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { list } from "../cluster/observe.ts";
import { until } from "../cluster/processes.ts";
import { sandbox } from "../cluster/sandbox.ts";
import { clientPod, namespace } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { rabbitmq } from "./infrastructure.ts";
import { sharedVolume } from "./storage.ts";

/** A request of a user to an API, or a message of a service through the broker. */
export interface Request {
  readonly what: "version" | "token" | "project" | "image" | "upload" | "call" | "notification";
  /** Name of the host that it was sent from. */
  readonly host: string;
  /** When it was sent: seconds since 1970. */
  readonly at: number;
  /** Until it was answered, or given up. */
  readonly seconds: number;
  /** Why it failed; null when it was acknowledged. */
  readonly error: string | null;
  /** Of what it has made. */
  readonly name: string | null;
}

/** Users and services at work on every host. None of them tries again. */
export interface Load {
  /** All that was sent and has ended so far, the earliest first. */
  requests(): Request[];
  /** Names of the notifications that were received. */
  received(): Set<string>;
  /** Copies its logs to those of the run, in a folder of this name. */
  keepLogs(name: string): void;
  stop(): Promise<void>;
}

/** In memory of this machine, mounted by the load's pods: what a host has written stays when it is lost. */
const folder = join(sandbox, "load");
const scripts = join(import.meta.dirname, "load");
const program = (name: string) => readFileSync(join(scripts, name), "utf8");
const volume = "load";
const mounts = [
  { name: volume, mountPath: "/load" },
  { name: "programs", mountPath: "/programs", readOnly: true },
];
const volumes = [
  { name: volume, persistentVolumeClaim: { claimName: volume } },
  { name: "programs", configMap: { name: "load" } },
];
const host = { name: "HOST", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } };

/** Starts a user on each host, and a service that sends messages and one that gets them. Resolves when all of them work. */
export async function startLoad(cluster: Cluster): Promise<Load> {
  // Logs of an earlier load would count as this one's.
  if (existsSync(folder)) for (const log of readdirSync(folder)) rmSync(join(folder, log));
  await cluster.apply([
    ...sharedVolume(volume, folder, "1Gi"),
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: volume, namespace },
      spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } }, storageClassName: volume },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "load", namespace },
      data: { "api.py": program("api.py"), "messages.py": program("messages.py") },
    },
    onEveryHost("load-users", await users(cluster)),
    onEveryHost("load-messages", await services(cluster)),
  ]);
  const load: Load = {
    requests: () =>
      linesOf(/\.(?:user|client)$/)
        .map(([host, line]) => ({ host, ...JSON.parse(line) }) as Request)
        .sort((a, b) => a.at - b.at),
    received: () => new Set(linesOf(/\.server$/).map(([, line]) => line)),
    keepLogs: (name) => cpSync(folder, join(process.env.OVERSTACK_LOGS!, name), { recursive: true }),
    async stop() {
      cluster.kubectl("-n", namespace, "delete", "daemonset", "load-users", "load-messages");
      const ended = async () => (await list(cluster, "pods", "app=load")).length === 0;
      await until("the end of the load", ended, { seconds: 60 });
    },
  };
  const working = () => {
    const done = new Set(
      load.requests().flatMap(({ what, host, error }) => (error === null ? [`${what} ${host}`] : [])),
    );
    return done.size === 7 * cluster.hosts.length && load.received().size > 0;
  };
  await until("all users and services at work", working, { seconds: 180, processes: cluster.processes });
  return load;
}

/** Lines of the logs whose name ends so, with the host that wrote them. */
function linesOf(end: RegExp): [host: string, line: string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => end.test(name))
    .flatMap((name) =>
      readFileSync(join(folder, name), "utf8")
        .split("\n")
        // The last one is empty, or being written.
        .slice(0, -1)
        .map((line): [string, string] => [name.replace(/\.\w+$/, ""), line]),
    );
}

/** Network policies hold an instance that has none of its own to nothing, and let clients of the broker in by label. */
const reaching = { "app.kubernetes.io/instance": "load", "overstack.io/client-of-rabbitmq": "true" };

const onEveryHost = (name: string, spec: object): object => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: { name } },
    template: { metadata: { labels: { name, app: "load", ...reaching } }, spec },
  },
});

async function users(cluster: Cluster): Promise<object> {
  const pod = await clientPod(cluster, "user", ["sh", "-c", 'exec python /programs/api.py "/load/$HOST.user"']);
  const [container] = pod.containers;
  return {
    ...pod,
    containers: [
      { ...container, env: [host, ...container!.env], volumeMounts: [...container!.volumeMounts, ...mounts] },
    ],
    volumes: [...pod.volumes, ...volumes],
  };
}

/** An account that may read notifications; that of an earlier load is still there. */
function addConsumer(cluster: Cluster): void {
  const pod = "rabbitmq-server-0";
  const rabbitmqctl = (...command: readonly string[]) =>
    cluster.kubectl(
      ...["-n", "openstack-infrastructure", "exec", pod, "-c", "rabbitmq", "--"],
      ...["rabbitmqctl", ...command],
    );
  const users: { readonly user: string }[] = rabbitmq(cluster, pod, "list_users");
  if (!users.some(({ user }) => user === "load")) rabbitmqctl("add_user", "load", "load");
  rabbitmqctl("set_permissions", "-p", "notifications", "load", ".*", ".*", ".*");
}

/** Pods like Glance's, which has a broker: its files, its environment, its account. */
async function services(cluster: Cluster): Promise<object> {
  addConsumer(cluster);
  const glance = (await list(cluster, "deployments")).find(({ metadata }) => metadata.name === "glance-api")!;
  const { spec } = (glance.spec as { template: { spec: GlancePod } }).template;
  const [api] = spec.containers;
  const container = (part: string) => ({
    name: part,
    image: api!.image,
    command: ["sh", "-c", `exec python /programs/messages.py ${part} "/load/$HOST.${part}"`],
    env: [host, ...api!.env],
    envFrom: api!.envFrom,
    securityContext: api!.securityContext,
    volumeMounts: [...api!.volumeMounts, ...mounts],
  });
  const { securityContext, serviceAccountName, enableServiceLinks, automountServiceAccountToken } = spec;
  return {
    ...{ securityContext, serviceAccountName, enableServiceLinks, automountServiceAccountToken },
    containers: [container("server"), container("client")],
    terminationGracePeriodSeconds: 0,
    volumes: [...spec.volumes, ...volumes],
  };
}

interface GlancePod {
  readonly containers: readonly {
    readonly image: string;
    readonly env: readonly object[];
    readonly envFrom: readonly object[];
    readonly securityContext: object;
    readonly volumeMounts: readonly object[];
  }[];
  readonly volumes: readonly object[];
  readonly securityContext: object;
  readonly serviceAccountName: string;
  readonly enableServiceLinks: boolean;
  readonly automountServiceAccountToken: boolean;
}
