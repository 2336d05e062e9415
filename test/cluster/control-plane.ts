import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packaged } from "../tools/kustomize.ts";
import { type Api, apiBehind } from "./api.ts";
import { programPath } from "./build.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";
import { type Process, start, until } from "./processes.ts";
import { programs } from "./programs.ts";
import { access, addresses, authority, sandbox, serving } from "./sandbox.ts";

/** A Kubernetes API with its controllers and scheduler; nodes and pods are kwok's (nodes.ts). */
export interface ControlPlane extends Api {
  readonly folder: string;
  readonly kubeconfig: string;
  /** Behind it is the API, without a question for who asks. */
  readonly socket: string;
  readonly kubectl: Kubectl;
  /** Starts a further program of the cluster, ended by `stop`, the last one first. */
  run(name: string, file: string, args: readonly string[], environment?: Record<string, string>): Process;
  /** Ends one program of it. */
  end(name: string): Promise<void>;
  readonly processes: readonly Process[];
  /** Goes before a command that runs where the API does. */
  readonly enter: readonly string[];
  stop(): Promise<void>;
}

/** Arguments in which a cluster with kwok's nodes differs from one with real hosts. */
export interface Arguments {
  readonly apiServer: readonly string[];
  readonly controllerManager: readonly string[];
  /** Of all programs. */
  readonly environment?: Readonly<Record<string, string>>;
}

const withoutHosts: Arguments = {
  // Operators' manifests register webhooks, behind which no process runs here.
  apiServer: ["--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook"],
  // On a busy machine kwok's heartbeats come late; pods of a node that was NotReady would never be Ready again.
  controllerManager: ["--node-monitor-grace-period=1h", "--kube-api-qps=200", "--kube-api-burst=400"],
  // Several clusters share few processors: memory for time, of which it takes a fifth less.
  environment: { GOGC: "400" },
};

/** Where a program in a pod finds its access to the API: Argo CD names the cluster that it runs in no other way. */
const accountFolder = "/run/secrets/kubernetes.io/serviceaccount";
/** Of a program that takes itself for one in a pod. */
export const inCluster = { KUBERNETES_SERVICE_HOST: "kubernetes.default.svc", KUBERNETES_SERVICE_PORT: "443" };

/** The data of an etcd that holds nothing but the definitions of all custom resources. */
export const definitionsInstalled = `${sandbox}/definitions`;

/** Starts etcd, the API server, the controller manager and the scheduler; resolves when the API answers. */
export async function startControlPlane(own: Arguments = withoutHosts): Promise<ControlPlane> {
  const folder = mkdtempSync(join(sandbox, "cluster-"));
  const host = startHost();
  const kubeconfig = writeAccess(folder, host);
  if (existsSync(definitionsInstalled)) cpSync(definitionsInstalled, `${folder}/etcd`, { recursive: true });
  const kubectl = kubectlFor(kubeconfig, host.enter);
  const socket = join(folder, "api.sock");
  const api = apiBehind(socket);
  const processes: Process[] = [];
  const run: ControlPlane["run"] = (name, file, args, environment = {}) => {
    const [entered, ...rest] = [...host.enter, file, ...args] as [string, ...string[]];
    const process = start(name, entered, rest, { folder, environment: { ...own.environment, ...environment } });
    processes.push(process);
    return process;
  };
  const end = async (name: string) => {
    const index = processes.findIndex((process) => process.name === name);
    if (index === -1) throw new Error(`${name} does not run`);
    await processes.splice(index, 1)[0]!.stop();
  };

  run("etcd", programPath(programs.etcd), [`--data-dir=${folder}/etcd`, "--unsafe-no-fsync", "--log-level=error"]);
  run("kube-apiserver", programPath(programs.apiServer), [
    "--etcd-servers=http://127.0.0.1:2379",
    `--bind-address=${addresses.api}`,
    "--secure-port=443",
    `--tls-cert-file=${serving.certificate}`,
    `--tls-private-key-file=${serving.key}`,
    `--token-auth-file=${folder}/tokens.csv`,
    "--authorization-mode=RBAC",
    "--allow-privileged",
    `--service-account-issuer=${access.server}`,
    `--service-account-key-file=${sandbox}/accounts.key`,
    `--service-account-signing-key-file=${sandbox}/accounts.key`,
    "--service-cluster-ip-range=198.19.0.0/16",
    ...own.apiServer,
  ]);
  run("kubectl-proxy", packaged("kubectl")!, ["--kubeconfig", kubeconfig, "proxy", `--unix-socket=${socket}`]);
  await until("the API", async () => (await api.read("/readyz")) === "ok", { processes });
  const connected = ["--kubeconfig", kubeconfig, "--leader-elect=false"];
  run("kube-controller-manager", programPath(programs.controllerManager), [
    ...connected,
    `--service-account-private-key-file=${sandbox}/accounts.key`,
    `--root-ca-file=${authority}`,
    ...own.controllerManager,
  ]);
  run("kube-scheduler", programPath(programs.scheduler), connected);

  return {
    ...api,
    folder,
    socket,
    kubeconfig,
    kubectl,
    processes,
    enter: host.enter,
    run,
    end,
    async stop() {
      for (const process of processes.splice(0).reverse()) await process.stop();
      host.stop();
    },
  };
}

/** What is a machine of its own to the programs of a cluster, so that several clusters run on the same ports. */
interface Host {
  /** Goes before a command that runs there. */
  readonly enter: readonly string[];
  stop(): void;
}

function startHost(): Host {
  const holder = spawn("unshare", ["--net", "--mount", "sleep", "infinity"], { stdio: "ignore" });
  const enter = ["nsenter", "--net", "--mount", `--target=${holder.pid}`];
  const run = (...command: string[]) => execFileSync(enter[0]!, [...enter.slice(1), ...command], { stdio: "pipe" });
  while (readlinkSync(`/proc/${holder.pid}/ns/net`) === readlinkSync("/proc/self/ns/net"))
    execFileSync("sleep", ["0.01"]);
  run("ip", "link", "set", "lo", "up");
  for (const address of Object.values(addresses)) run("ip", "address", "add", `${address}/32`, "dev", "lo");
  return { enter, stop: () => holder.kill("SIGKILL") };
}

function writeAccess(folder: string, { enter }: Host): string {
  writeFileSync(join(folder, "tokens.csv"), `${access.token},admin,admin,system:masters\n`);
  const account = join(folder, "account");
  mkdirSync(account);
  writeFileSync(join(account, "token"), access.token);
  writeFileSync(join(account, "namespace"), "argocd");
  copyFileSync(authority, join(account, "ca.crt"));
  mkdirSync(accountFolder, { recursive: true });
  execFileSync(enter[0]!, [...enter.slice(1), "mount", "--bind", account, accountFolder]);
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [{ name: "test", cluster: { server: access.server, "certificate-authority": authority } }],
      users: [{ name: "admin", user: { token: access.token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    }),
  );
  return kubeconfig;
}
