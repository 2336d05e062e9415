import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { Release } from "../../generator/contract/release.ts";
import { programPath } from "../cluster/build.ts";
import { collectedDefinitions, installDefinitions } from "../cluster/definitions.ts";
import { type Fleet, makeFleet, serveGit } from "../cluster/fleet.ts";
import { bootstrap, reconcile, startFlux, synced } from "../cluster/flux.ts";
import { programs } from "../cluster/programs.ts";
import { sandbox } from "../cluster/sandbox.ts";
import { certManagerObjects, serveCharts } from "./charts.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { allImages, pauseImage } from "./images.ts";
import { operatorPrograms } from "./operators.ts";
import { keepPods } from "./pods.ts";
import { sharedVolume } from "./storage.ts";

/** A cloud, and the repository that it comes from. */
export interface Cloud {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  /** From the push to the last ready step. */
  readonly seconds: number;
  /** What runs, with versions, as a sentence. */
  versions(): string;
  /** Commits what was edited; resolves when all of it is applied and ready. */
  deliver(): Promise<void>;
  stop(): Promise<void>;
}

/** The cloud's cluster.yaml. */
export const file = "clusters/proof/cluster.yaml";

/** What a cloud is made of. */
export interface Plan {
  readonly name: string;
  readonly release: Release;
  /** Its cluster.yaml, with who can open its Secrets. */
  readonly file: (recipient: string) => string;
  /** Starts what is outside of the cluster and gives its Secrets; what is returned ends it. */
  readonly outside?: (cluster: Cluster, fleet: Fleet) => Promise<() => void>;
  /** What else somebody does while the cloud comes up; ends before the cloud is ready. */
  readonly meanwhile?: (cluster: Cluster) => Promise<void>;
}

let current: { readonly cloud: Cloud; readonly name: string } | undefined;

/** The cloud that runs, if it is the one of this name, or a new one: to make one takes minutes. */
export async function currentCloud(plan: Plan): Promise<Cloud> {
  if (current !== undefined && current.name !== plan.name) await current.cloud.stop();
  current ??= { cloud: await startCloud(plan), name: plan.name };
  return current.cloud;
}

/** From an empty cluster and one push to a cloud that is ready. */
async function startCloud(plan: Plan): Promise<Cloud> {
  const cluster = await startCluster({
    archives: await allImages(),
    pauseImage,
    storage: { classes: ["local"], perHost: 6, size: "1Ti" },
  });
  let endOutside = () => {};
  const stop = async () => {
    await cluster.stop();
    endOutside();
  };
  try {
    await cluster.apply(sharedVolume("shared", join(sandbox, "shared"), "2Gi"));
    const identity = await generateX25519Identity();
    const root = serveGit(cluster);
    serveCharts(root);
    const fleet = makeFleet(root, { proof: plan.file(await identityToRecipient(identity)) });
    // Those of operators come with them.
    const engines = /\.(?:fluxcd|cert-manager)\.io$/;
    const definitions = collectedDefinitions().filter(({ spec }) => engines.test(`.${spec.group}`));
    installDefinitions(cluster.kubectl, definitions);
    startFlux(cluster);
    startHelmController(cluster);
    installCertManager(cluster);
    const key = join(cluster.folder, "proof.agekey");
    writeFileSync(key, `${identity}\n`, { mode: 0o600 });
    // As an operator has it: a value of a Secret that is there is replaced by whoever can open it.
    process.env.SOPS_AGE_KEY_FILE = key;
    cluster.kubectl("-n", "flux-system", "create", "secret", "generic", "sops-age", `--from-file=proof.agekey=${key}`);
    fleet.overstack("secrets", "create", "proof");
    endOutside = (await plan.outside?.(cluster, fleet)) ?? endOutside;
    const began = performance.now();
    await Promise.all([bootstrap(cluster, fleet, "proof", fleet.push()), plan.meanwhile?.(cluster)]);
    return {
      cluster,
      fleet,
      seconds: (performance.now() - began) / 1000,
      versions: () => [`OpenStack ${releaseOf(fleet)} from PyPI`, ...versionsOf(cluster)].join(", "),
      async deliver() {
        const commit = fleet.push();
        reconcile(cluster);
        await synced(cluster, commit);
      },
      async stop() {
        current = undefined;
        await stop();
      },
    };
  } catch (error) {
    await keepPods(cluster, "pods of a cloud that did not start");
    await stop();
    throw error;
  }
}

/** What the cloud's cluster.yaml says. */
const releaseOf = (fleet: Fleet) => /^release: "(.*)"$/m.exec(readFileSync(join(fleet.folder, file), "utf8"))![1];

function versionsOf(cluster: Cluster): string[] {
  const within = (pod: string, ...command: string[]) =>
    /\d+\.\d+\.\d+/.exec(cluster.kubectl("-n", "openstack-infrastructure", "exec", pod, "--", ...command))?.[0];
  const { mariadbOperator, rabbitmqClusterOperator, rabbitmqTopologyOperator, certManager } = operatorPrograms;
  return [
    `Kubernetes ${programs.apiServer.version.slice(1)}`,
    `Flux's kustomize-controller ${programs.kustomizeController.version.slice(1)}`,
    `MariaDB ${within("mariadb-0", "mariadbd", "--version")} by mariadb-operator ${mariadbOperator.version.slice(1)}`,
    `RabbitMQ ${within("rabbitmq-server-0", "rabbitmqctl", "version")} by its operators ${rabbitmqClusterOperator.version.slice(1)} and ${rabbitmqTopologyOperator.version.slice(1)}`,
    `memcached ${within("memcached-server-0", "memcached", "--version")}`,
    `cert-manager ${certManager.version.slice(1)}`,
  ];
}

function installCertManager(cluster: Cluster): void {
  cluster.kubectl("create", "namespace", "cert-manager");
  cluster.kubectl("apply", "--server-side", "-f", "-", `\n${certManagerObjects()}`);
}

function startHelmController(cluster: Cluster): void {
  cluster.run(
    "helm-controller",
    programPath(operatorPrograms.helmController),
    ["--events-addr=", "--metrics-addr=127.0.0.1:9795", "--health-addr=127.0.0.1:9796", "--requeue-dependency=1s"],
    { RUNTIME_NAMESPACE: "flux-system", KUBECONFIG: cluster.kubeconfig },
  );
}
