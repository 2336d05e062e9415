import * as argo from "./argocd.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Fleet } from "./fleet.ts";
import * as fluxcd from "./flux.ts";
import { list } from "./observe.ts";

/** What the engine applies by itself: a Kustomization of Flux, an Application of Argo CD. */
export interface Unit {
  readonly name: string;
  /** The commit that it has applied. */
  readonly applied: string | undefined;
  /** What it reads of the repository: a branch or a tag. */
  readonly follows: string | undefined;
  readonly ready: boolean;
  /** Busy with a commit, whose Jobs and pods it waits for. */
  readonly working: boolean;
  /** What it was last told to do was tried and failed. */
  readonly failed: boolean;
  readonly message: string;
}

/** Of an instance, in their order. */
export type Phase = "expand" | "run" | "contract";

/** What the scenarios that both engines go through ask of one. */
export interface Engine {
  readonly name: "Flux" | "Argo CD";
  /** Services change one after the other on every commit, not at the first installation only. */
  readonly ordered: boolean;
  /** It waits for a majority of an infrastructure's members, not for all. */
  readonly majority: boolean;
  /** Starts it as docs/delivery.md says. */
  start(cluster: ControlPlane): void | Promise<void>;
  /** A cluster.yaml of Flux as this engine needs it. */
  clusterOf(text: string): string;
  /** What an operator does once: applies the root of the cluster. Resolves when all is at the commit. */
  bootstrap(cluster: ControlPlane, fleet: Fleet, name: string, commit: string): Promise<unknown>;
  /** Tells it to look at the repository now, as a webhook does. */
  fetch(cluster: ControlPlane): void;
  /** Tells it to compare the cluster with what it has fetched, now and not at the next interval. */
  startCompare(cluster: ControlPlane): void;
  /** The same; resolves when all is compared, which some of it must wait for when not all is ready. */
  compare(cluster: ControlPlane): Promise<void>;
  /** Of one that goes on with what it once began: ends that, as its operator would; it then waits for the next commit. */
  terminate?(cluster: ControlPlane): Promise<void>;
  /** Resolves when all is applied at the commit and ready; throws with what is not. */
  synced(cluster: ControlPlane, commit: string): Promise<unknown>;
  /** Units that are fed from the fleet's repository. */
  units(cluster: ControlPlane): Promise<Unit[]>;
  /** Name of the unit that holds a phase of an instance of the cluster. */
  unitOf(cluster: string, instance: string, phase: Phase): string;
  /** Name of the unit that says what an instance waits for before it begins. */
  waitingFor(cluster: string, instance: string): string;
  /** An object as its messages name it. */
  named(kind: string, namespace: string, name: string): string;
  /** Of one that names what a unit waits for when its time is up only: makes that seconds in Git; returns what takes it back. */
  hasten?(fleet: Fleet, cluster: string, unit: string): () => void;
}

export const flux: Engine = {
  name: "Flux",
  ordered: true,
  majority: true,
  start: fluxcd.startFlux,
  clusterOf: (text) => text,
  bootstrap: fluxcd.bootstrap,
  fetch: (cluster) => fluxcd.reconcile(cluster),
  startCompare: (cluster) => fluxcd.reconcile(cluster, "kustomizations"),
  compare: fluxcd.compare,
  synced: fluxcd.synced,
  async units(cluster) {
    const repositories = await list(cluster, "gitrepositories");
    const sources = new Map(repositories.map(({ metadata, spec }) => [metadata.name, spec?.ref]));
    return (await fluxcd.stepsOf(cluster)).map((step) => {
      const { branch, tag } = (sources.get(step.source) ?? {}) as { branch?: string; tag?: string };
      const { reason } = step;
      return { ...step, follows: tag ?? branch, working: reason === "Progressing", failed: /Failed/.test(reason) };
    });
  },
  unitOf: (cluster, instance, phase) => `${cluster}-${instance}-${phase}`,
  waitingFor: (cluster, instance) => `${cluster}-${instance}-expand`,
  named: (kind, namespace, name) => `${kind}/${namespace}/${name}`,
  hasten(fleet, cluster, unit) {
    const step = `clusters/${cluster}/flux/steps/${unit.slice(cluster.length + 1)}.yaml`;
    fleet.edit(step, "timeout: 30m0s", "timeout: 10s");
    return () => fleet.edit(step, "timeout: 10s", "timeout: 30m0s");
  },
};

export const argocd: Engine = {
  name: "Argo CD",
  ordered: false,
  majority: false,
  start: argo.startArgo,
  // Nothing unpacks charts here: operators that come as charts are there already.
  clusterOf: (text) =>
    text
      .replace("delivery: {", "delivery: { engine: argocd,")
      .concat("operators: { envoy-gateway: existing, mariadb-operator: existing }\n"),
  bootstrap: argo.bootstrap,
  fetch: argo.refresh,
  startCompare: argo.refresh,
  compare: argo.compare,
  terminate: argo.terminate,
  synced: argo.synced,
  units: async (cluster) =>
    (await argo.applicationsOf(cluster))
      .filter(({ fleet }) => fleet)
      .map((application) => ({
        ...application,
        applied: application.sync === "Synced" ? application.revision : undefined,
        ready: application.health === "Healthy",
        working: application.phase === "Running",
        failed: argo.hasFailed(application),
      })),
  unitOf: (cluster, instance) => `${cluster}-${instance}`,
  waitingFor: (cluster) => `${cluster}-applications`,
  named: (kind, _, name) => `${kind}/${name}`,
};
