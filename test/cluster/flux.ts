import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "./build.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import { until } from "./processes.ts";
import { programs } from "./programs.ts";

const storage = "127.0.0.1:9790";
/** The controllers' options that docs/delivery.md recommends. */
const recommended = ["--concurrent=20", "--requeue-dependency=1s"];

/** Starts Flux's source-controller and kustomize-controller. */
export function startFlux(cluster: ControlPlane): void {
  // For each step the controller unpacks the repository again: in memory that is a fraction of its work, on a disk most.
  const TMPDIR = join(cluster.folder, "unpacked");
  const environment = { RUNTIME_NAMESPACE: "flux-system", KUBECONFIG: cluster.kubeconfig, TMPDIR };
  cluster.kubectl("create", "namespace", "flux-system");
  for (const folder of [TMPDIR, join(cluster.folder, "artifacts")]) mkdirSync(folder);
  cluster.run(
    "source-controller",
    programPath(programs.sourceController),
    [
      `--storage-path=${cluster.folder}/artifacts`,
      `--storage-addr=${storage}`,
      `--storage-adv-addr=${storage}`,
      "--events-addr=",
      "--metrics-addr=127.0.0.1:9791",
      "--health-addr=127.0.0.1:9792",
    ],
    environment,
  );
  cluster.run(
    "kustomize-controller",
    programPath(programs.kustomizeController),
    ["--events-addr=", "--metrics-addr=127.0.0.1:9793", "--health-addr=127.0.0.1:9794", ...recommended],
    environment,
  );
}

/** A Kustomization as the engine reports it. */
export interface Step {
  readonly name: string;
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
  /** The commit that it has applied completely. */
  readonly applied: string | undefined;
  /** Name of the GitRepository that it reads. */
  readonly source: string;
  /** Names of the steps that it waits for. */
  readonly after: readonly string[];
  /** Since when it has been ready. */
  readonly readySince: string;
  /** How often it has compared the cluster with what it is to apply. */
  readonly looks: number;
  /** When it first applied anything. */
  readonly began: string;
}

/** The steps of the cluster; operators' own manifests are at revisions of their own. */
export async function stepsOf(cluster: ControlPlane): Promise<Step[]> {
  const steps = (await cluster.list("kustomizations", "app.kubernetes.io/managed-by=overstack")) as Reported[];
  return steps.map(({ metadata, spec, status }) => {
    const condition = status?.conditions?.find(({ type }) => type === "Ready");
    return {
      name: metadata.name,
      ready: condition?.status === "True",
      reason: condition?.reason ?? "",
      message: condition?.message ?? "",
      applied: status?.lastAppliedRevision?.split(":").at(-1),
      source: spec.sourceRef.name,
      after: (spec.dependsOn ?? []).map(({ name }) => name),
      readySince: condition?.lastTransitionTime ?? "",
      looks: (status?.history ?? []).reduce((sum, { totalReconciliations }) => sum + totalReconciliations, 0),
      began: status?.history?.at(-1)?.firstReconciled ?? "",
    };
  });
}

interface Reported {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly dependsOn?: readonly { readonly name: string }[];
    readonly sourceRef: { readonly name: string };
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
      readonly lastTransitionTime: string;
    }[];
    readonly lastAppliedRevision?: string;
    readonly history?: readonly { readonly firstReconciled: string; readonly totalReconciliations: number }[];
  };
}

/** Tells Flux to look at its sources, or at each step, now and not at the next interval. */
export function reconcile(
  { kubectl }: ControlPlane,
  what: "gitrepositories" | "kustomizations" = "gitrepositories",
): void {
  const now = `reconcile.fluxcd.io/requestedAt=${Date.now()}`;
  kubectl("annotate", "--overwrite", "--namespace", "flux-system", what, "--all", now);
}

/** Tells each step to compare the cluster with what it is to apply; resolves when all have done so. */
export async function compare(cluster: ControlPlane): Promise<void> {
  const before = new Map((await stepsOf(cluster)).map(({ name, looks }) => [name, looks]));
  reconcile(cluster, "kustomizations");
  // Not by status.lastHandledReconcileAt: a parent that applies a step again takes the annotation away.
  await until("a look of each step", async () => {
    const waiting = (await stepsOf(cluster)).filter(({ name, looks }) => looks === before.get(name));
    if (waiting.length > 0) throw new Error(waiting.map(({ name, message }) => `${name}: ${message}`).join("\n"));
    return true;
  });
}

/** Resolves when every Kustomization has applied the commit and is Ready; throws with those that are not. */
export async function synced(cluster: ControlPlane, commit: string): Promise<Step[]> {
  const pending = (step: Step) => !step.ready || step.applied !== commit;
  try {
    return await until(
      `all Kustomizations at ${commit}`,
      async () => {
        const steps = await stepsOf(cluster);
        return steps.length > 0 && !steps.some(pending) && steps;
      },
      { processes: cluster.processes },
    );
  } catch (error) {
    const said = (await stepsOf(cluster)).filter(pending);
    const lines = said.map(({ name, reason, message, applied }) => `  ${name} ${reason} (${applied}): ${message}`);
    throw new Error(`${(error as Error).message}\n${lines.join("\n")}`);
  }
}

/** What an operator does once: applies the root of the cluster. Resolves when all is at the commit. */
export async function bootstrap(cluster: ControlPlane, fleet: Fleet, name: string, commit: string): Promise<Step[]> {
  cluster.kubectl("apply", "-f", join(fleet.folder, `clusters/${name}/flux/root.yaml`));
  return synced(cluster, commit);
}

/** A step that was tried and failed; undefined while it waits or works. */
export const failing = async (cluster: ControlPlane, name: string): Promise<Step | undefined> =>
  (await stepsOf(cluster)).find((step) => step.name === name && /Failed/.test(step.reason));
