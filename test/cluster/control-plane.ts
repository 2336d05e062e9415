import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "./build.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";
import { type Process, start, until } from "./processes.ts";
import { programs } from "./programs.ts";
import { addresses, authority, sandbox, serving } from "./sandbox.ts";

/** A Kubernetes API with its controllers and scheduler; nodes and pods are kwok's (nodes.ts). */
export interface ControlPlane {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  /** Starts a further program of the cluster, ended by `stop`, the last one first. */
  run(name: string, file: string, args: readonly string[], environment?: Record<string, string>): Process;
  /** Ends one program of it. */
  end(name: string): Promise<void>;
  readonly processes: readonly Process[];
  stop(): Promise<void>;
}

const server = "https://kubernetes.default.svc";
const token = "overstack-test";
/** Where a program in a pod finds its access to the API: Argo CD names the cluster that it runs in no other way. */
const accountFolder = "/run/secrets/kubernetes.io/serviceaccount";
/** Of a program that takes itself for one in a pod. */
export const inCluster = { KUBERNETES_SERVICE_HOST: "kubernetes.default.svc", KUBERNETES_SERVICE_PORT: "443" };

/** Starts etcd, the API server, the controller manager and the scheduler; resolves when the API answers. */
export async function startControlPlane(): Promise<ControlPlane> {
  const folder = mkdtempSync(join(sandbox, "cluster-"));
  const kubeconfig = writeAccess(folder);
  const kubectl = kubectlFor(kubeconfig);
  const processes: Process[] = [];
  const run: ControlPlane["run"] = (name, file, args, environment = {}) => {
    const process = start(name, file, args, { folder, environment });
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
    `--service-account-issuer=${server}`,
    `--service-account-key-file=${sandbox}/accounts.key`,
    `--service-account-signing-key-file=${sandbox}/accounts.key`,
    "--service-cluster-ip-range=198.19.0.0/16",
  ]);
  await until("the API", () => kubectl("get", "--raw", "/readyz") === "ok", { processes });
  const access = ["--kubeconfig", kubeconfig, "--leader-elect=false"];
  run("kube-controller-manager", programPath(programs.controllerManager), [
    ...access,
    `--service-account-private-key-file=${sandbox}/accounts.key`,
    `--root-ca-file=${authority}`,
    "--use-service-account-credentials=false",
  ]);
  run("kube-scheduler", programPath(programs.scheduler), access);

  return {
    folder,
    kubeconfig,
    kubectl,
    processes,
    run,
    end,
    async stop() {
      for (const process of processes.splice(0).reverse()) await process.stop();
    },
  };
}

function writeAccess(folder: string): string {
  writeFileSync(join(folder, "tokens.csv"), `${token},admin,admin,system:masters\n`);
  mkdirSync(accountFolder, { recursive: true });
  writeFileSync(join(accountFolder, "token"), token);
  writeFileSync(join(accountFolder, "namespace"), "argocd");
  copyFileSync(authority, join(accountFolder, "ca.crt"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [{ name: "test", cluster: { server, "certificate-authority": authority } }],
      users: [{ name: "admin", user: { token } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    }),
  );
  return kubeconfig;
}
