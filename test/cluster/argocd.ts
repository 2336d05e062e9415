import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { packaged } from "../tools/kustomize.ts";
import { programPath } from "./build.ts";
import { type ControlPlane, inCluster } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { until } from "./processes.ts";
import { programs } from "./programs.ts";

const redis = "127.0.0.1:6379";
const repoServer = "127.0.0.1:8081";

/** The settings that docs/delivery.md asks for: without them a parent does not wait for its Applications. */
function documentedSettings(): object {
  const text = /```yaml argocd-cm\n(.*?)```/s.exec(readFileSync("docs/delivery.md", "utf8"))?.[1];
  if (text === undefined) throw new Error("docs/delivery.md says no settings of Argo CD");
  return (parse(text) as { data: object }).data;
}

/** What changes all the time and comes from no repository; Argo CD's own manifests leave it out too. */
const unwatched = [
  { apiGroups: ["", "discovery.k8s.io"], kinds: ["Endpoints", "EndpointSlice"] },
  { apiGroups: ["coordination.k8s.io"], kinds: ["Lease"] },
];

/** Starts Argo CD: its controller, its repository server, and the cache between them. */
export async function startArgo(cluster: ControlPlane): Promise<void> {
  const configMap = (name: string, data: object = {}) => object("ConfigMap", name, { data });
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } },
    configMap("argocd-cm", { ...documentedSettings(), "resource.exclusions": JSON.stringify(unwatched) }),
    configMap("argocd-rbac-cm"),
    configMap("argocd-cmd-params-cm"),
    object("Secret", "argocd-secret", { stringData: { "server.secretkey": "overstack-test" } }),
  ];
  await cluster.apply(objects);

  const environment = { ...inCluster, ...toolsIn(cluster), ARGOCD_GPG_ENABLED: "false" };
  cluster.run("redis", programPath(programs.redis), [redis]);
  cluster.run(
    "argocd-repo-server",
    programPath(programs.argocd),
    ["--redis", redis, "--disable-tls", "--client-ca-path="],
    {
      ...environment,
      ARGOCD_BINARY_NAME: "argocd-repo-server",
    },
  );
  const connected = ["--redis", redis, "--repo-server", repoServer, "--repo-server-plaintext"];
  cluster.run("argocd-application-controller", programPath(programs.argocd), connected, {
    ...environment,
    ARGOCD_BINARY_NAME: "argocd-application-controller",
  });
}

/** What the repository server calls and where it works: a folder of the run, under the names that it knows. */
function toolsIn(cluster: ControlPlane): Record<string, string> {
  const folder = join(cluster.folder, "argocd");
  mkdirSync(folder);
  symlinkSync(programPath(programs.kustomize), join(folder, "kustomize"));
  symlinkSync(packaged("helm")!, join(folder, "helm"));
  // Asked about every commit, also where no signature is wanted.
  writeFileSync(join(folder, "git-verify-wrapper.sh"), "#!/bin/sh\n", { mode: 0o755 });
  return { PATH: [folder, process.env.PATH].join(delimiter), TMPDIR: folder, HOME: folder };
}

const object = (kind: string, name: string, data: object): object => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "argocd", labels: { "app.kubernetes.io/part-of": "argocd" } },
  ...data,
});

/** Argo CD takes it away when it has looked; set again before that, it is as if it had not been set again. */
const refreshAnnotation = "argocd.argoproj.io/refresh";

/** An Application as the engine reports it. */
export interface Application {
  readonly name: string;
  readonly sync: string;
  readonly health: string;
  /** The branch, tag or commit that it is to follow. */
  readonly follows: string;
  /** The revision that it was last compared with. */
  readonly revision: string | undefined;
  /** Phase of its last sync, or of the one that runs. */
  readonly phase: string;
  /** What the last sync, the comparison and the objects say that went wrong. */
  readonly message: string;
  /** It was told to look at the repository, and has not done so yet. */
  readonly refreshing: boolean;
  /** Source of the fleet's repository, not of an operator. */
  readonly fleet: boolean;
  readonly wave: number;
  /** When it was created. */
  readonly began: string;
  /** Since when it has been as healthy as it is. */
  readonly healthySince: string;
}

/** All Applications. */
export const applicationsOf = async (cluster: ControlPlane): Promise<Application[]> =>
  ((await cluster.list("applications.argoproj.io")) as Reported[]).map(({ metadata, spec, status = {} }) => ({
    name: metadata.name,
    follows: spec.source.targetRevision,
    sync: status.sync?.status ?? "",
    health: status.health?.status ?? "",
    revision: status.sync?.revision,
    phase: status.operationState?.phase ?? "",
    message: [
      status.operationState?.message,
      ...(status.operationState?.syncResult?.resources ?? []).flatMap(({ kind, name, message, hookPhase, status }) =>
        status === "SyncFailed" || hookPhase === "Failed" || hookPhase === "Running"
          ? [`${kind}/${name}: ${message}`]
          : [],
      ),
      ...(status.conditions ?? []).map(({ type, message }) => `${type}: ${message}`),
    ].join("\n"),
    refreshing: metadata.annotations?.[refreshAnnotation] !== undefined,
    fleet: spec.source.repoURL === "https://git.example.org/fleet.git",
    wave: Number(metadata.annotations?.["argocd.argoproj.io/sync-wave"] ?? 0),
    began: metadata.creationTimestamp,
    healthySince: status.health?.lastTransitionTime ?? "",
  }));

interface Reported {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly source: { readonly repoURL: string; readonly targetRevision: string } };
  readonly status?: {
    readonly sync?: { readonly status: string; readonly revision?: string };
    readonly health?: { readonly status?: string; readonly lastTransitionTime?: string };
    readonly operationState?: {
      readonly phase: string;
      readonly message?: string;
      readonly syncResult?: {
        readonly resources?: readonly {
          readonly kind: string;
          readonly name: string;
          readonly message?: string;
          readonly hookPhase?: string;
          readonly status?: string;
        }[];
      };
    };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  };
}

/** What it was last told to do fails. */
export const hasFailed = ({ message, phase }: Application): boolean =>
  /failed|unsuccessful|error/i.test(message) || phase === "Failed";

/** Tells Argo CD to look at the repository now, as its webhook does. */
export function refresh({ kubectl }: ControlPlane): void {
  kubectl(
    ...["annotate", "--overwrite", "--namespace", "argocd", "applications.argoproj.io", "--all"],
    `${refreshAnnotation}=normal`,
  );
}

/** The same; resolves when it has looked and compared all. */
export async function compare(cluster: ControlPlane): Promise<void> {
  refresh(cluster);
  const looked = async () => !(await applicationsOf(cluster)).some(({ refreshing }) => refreshing);
  await until("a look at each Application", looked);
}

/** Ends all syncs that run, as `argocd app terminate-op` does. */
export async function terminate(cluster: ControlPlane): Promise<void> {
  const running = async () => (await applicationsOf(cluster)).filter(({ phase }) => phase === "Running");
  // One that has ended by itself meanwhile would be Terminating for ever: nobody looks after it any more.
  const path = "/status/operationState/phase";
  const patch = JSON.stringify([
    { op: "test", path, value: "Running" },
    { op: "replace", path, value: "Terminating" },
  ]);
  for (const { name } of await running())
    try {
      cluster.kubectl("-n", "argocd", "patch", "applications.argoproj.io", name, "--type=json", "--patch", patch);
    } catch (error) {
      if ((await running()).some((application) => application.name === name)) throw error;
    }
}

/** Resolves when every Application is Synced and Healthy, those of the fleet at the commit; throws with those that are not. */
export async function synced(cluster: ControlPlane, commit: string): Promise<Application[]> {
  const pending = ({ sync, health, phase, revision, fleet, refreshing }: Application) =>
    refreshing ||
    sync !== "Synced" ||
    health !== "Healthy" ||
    // One that found everything there had nothing to sync.
    !["Succeeded", ""].includes(phase) ||
    (fleet && revision !== commit);
  try {
    return await until(
      `all Applications at ${commit}`,
      async () => {
        const applications = await applicationsOf(cluster);
        return applications.length > 0 && !applications.some(pending) && applications;
      },
      { processes: cluster.processes },
    );
  } catch (error) {
    const said = (await applicationsOf(cluster))
      .filter(pending)
      .map(({ name, sync, health, phase, revision, message }) =>
        [`  ${name} ${sync} ${health} ${phase} (${revision}):`, message].join(" "),
      );
    throw new Error(`${(error as Error).message}\n${said.join("\n")}`);
  }
}

/** What an operator does once: applies the root of the cluster. Resolves when all is at the commit. */
export async function bootstrap(
  cluster: ControlPlane,
  fleet: Fleet,
  name: string,
  commit: string,
): Promise<Application[]> {
  cluster.kubectl("apply", "-f", join(fleet.folder, `clusters/${name}/argocd/root.yaml`));
  return synced(cluster, commit);
}
