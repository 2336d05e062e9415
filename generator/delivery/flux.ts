import { clusterFile, clusterFolder } from "../base/layout.ts";
import { ownerLabels } from "../contract/kubernetes.ts";
import { type Release, releases, upgradesFrom } from "../contract/release.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { header, toYaml } from "../kustomize/yaml.ts";
import type { Model } from "../model/model.ts";
import { resourceOf } from "../operators/index.ts";
import { fluxNamespace as namespace, operatorObjects } from "./flux-operators.ts";
import { engineName, type HealthCheck, type Step } from "./graph.ts";
import { foldersOf, inRepository } from "./place.ts";

type Files = Map<string, string>;

/**
 * Flux objects of a cluster. The root, read from the branch, holds the sources and one Kustomization for all the others;
 * those are read at the pinned ref where there is one, so that a base change reaches a cluster when its pin moves.
 */
export function writeFlux(model: Model, steps: readonly Step[]): Files {
  const { spec } = model;
  const root = `${clusterFolder(spec.name)}/flux`;
  const source = clusterFile(spec.name);
  const pinned = spec.delivery.ref === undefined ? spec.name : `${spec.name}-pinned`;
  const documents = (...objects: object[]): string => header(source) + objects.map(toYaml).join("---\n");
  const directory = (resources: readonly string[]): string =>
    documents({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources });

  const files: Files = new Map();
  files.set(`${root}/kustomization.yaml`, directory(["root.yaml"]));
  files.set(
    `${root}/root.yaml`,
    documents(
      gitRepository(model, spec.name, { branch: spec.delivery.branch }),
      ...(spec.delivery.ref === undefined ? [] : [gitRepository(model, pinned, spec.delivery.ref)]),
      // Do not wait: a waiting root could not apply the commit that fixes its children.
      kustomization(model, spec.name, { path: root, source: spec.name, after: [] }),
      kustomization(model, `${spec.name}-steps`, { path: `${root}/steps`, source: pinned, after: [] }),
    ),
  );
  for (const step of steps) {
    const name = engineName(model, step.name);
    files.set(
      `${root}/steps/${step.name}.yaml`,
      documents(
        kustomization(model, name, {
          path: step.path,
          source: pinned,
          after: step.after.map((before) => engineName(model, before)),
          health: step.health,
          suspend: step.suspend,
          timeout: step.timeout,
          decryptionKey: step.decryptionKey,
        }),
      ),
    );
    if (step.operator === undefined) continue;
    files.set(`${step.path}/kustomization.yaml`, directory([`${step.operator.name}.yaml`]));
    files.set(`${step.path}/${step.operator.name}.yaml`, documents(...operatorObjects(model, step.operator)));
  }
  files.set(`${root}/steps/kustomization.yaml`, directory(steps.map(({ name }) => `${name}.yaml`).sort()));
  return files;
}

/**
 * For each step the controller unpacks what the source holds: of a fleet, this cluster's part is enough. The commit that
 * upgrades is read by what the commit before it wrote here, so bases that an upgrade leads to are held too. What lies at a
 * pin was written at another time, perhaps for another release: there all bases are held.
 */
function ownFiles({ spec, instances }: Pick<Model, "spec" | "instances">, isPin: boolean): string {
  const { name } = spec;
  const only = (folder: string, parts: readonly string[]): string[] => [
    `!/${folder}`,
    `/${folder}/*`,
    ...parts.map((part) => `!/${folder}/${part}`),
  ];
  const folders = foldersOf(spec);
  const above = folders.flatMap((_, depth) => only(folders.slice(0, depth + 1).join("/"), []));
  const at = (folder: string) => inRepository(spec, folder);
  const bases = isPin ? [`!/${at("bases")}`] : only(at("bases"), releasesOf(spec.release, instances));
  return ["/*", ...above, ...bases, ...only(at("clusters"), [name]), ...only(at("overlays"), [name]), ""].join("\n");
}

/** The releases that its instances run, and those that an upgrade leads to. */
function releasesOf(release: Release, instances: Model["instances"]): string[] {
  const used = [release, ...instances.map(({ spec }) => spec.release)];
  const held = new Set(used.flatMap((each) => [each, ...upgradesFrom(each)]));
  return releases.filter((each) => held.has(each));
}

type Ref = { readonly branch: string } | NonNullable<ClusterSpec["delivery"]["ref"]>;

const gitRepository = ({ spec, instances }: Model, name: string, ref: Ref): object => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name, namespace },
  spec: {
    ignore: ownFiles({ spec, instances }, !("branch" in ref)),
    interval: "1m0s",
    ref,
    ...(spec.delivery.secret === undefined ? {} : { secretRef: { name: spec.delivery.secret } }),
    timeout: "1m0s",
    url: spec.delivery.repository,
    // Of a pin too it is the commit that has to be signed: a tag without a message cannot be.
    ...(spec.delivery.verify === undefined
      ? {}
      : { verify: { mode: "HEAD", secretRef: { name: spec.delivery.verify.secret } } }),
  },
});

interface Parts {
  readonly path: string;
  readonly source: string;
  readonly after: readonly string[];
  readonly health?: readonly HealthCheck[];
  readonly suspend?: boolean;
  /** Seconds. */
  readonly timeout?: number;
  readonly decryptionKey?: string | undefined;
}

function kustomization(
  { spec }: Model,
  name: string,
  { path, source, after, health = [], suspend = false, timeout = 1800, decryptionKey }: Parts,
): object {
  const kinds = new Set(health.map(({ kind }) => kind));
  const expressions = [
    ...healthExpressions.filter(({ kind }) => kinds.has(kind)),
    ...health.flatMap(({ apiVersion, kind }) => {
      const current = resourceOf({ apiVersion, kind })?.current;
      return current === undefined ? [] : [{ apiVersion, kind, current }];
    }),
  ];
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: {
      name,
      namespace,
      labels: ownerLabels(spec.name),
    },
    spec: {
      ...(decryptionKey === undefined ? {} : { decryption: { provider: "sops", secretRef: { name: decryptionKey } } }),
      ...(after.length === 0 ? {} : { dependsOn: after.map((before) => ({ name: before })) }),
      ...(expressions.length === 0 ? {} : { healthCheckExprs: expressions }),
      ...(health.length === 0 ? {} : { healthChecks: health }),
      interval: "1h0m0s",
      path: `./${inRepository(spec, path)}`,
      prune: true,
      retryInterval: "1m0s",
      sourceRef: { kind: "GitRepository", name: source },
      ...(suspend ? { suspend } : {}),
      timeout: duration(timeout),
    },
  };
}

/** Seconds as Go writes a duration, rounded up to minutes: `30m0s`, `2h5m0s`. */
function duration(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${hours === 0 ? "" : `${hours}h`}${minutes - hours * 60}m0s`;
}

/**
 * Nine tenths of the nodes have the new pod and it serves, or all but one do: a dead node holds nothing back. Where a commit
 * replaces no pods the old ones count as well. Fields that are zero are not there.
 */
const daemonSetIsCurrent = (() => {
  const nodes = "status.desiredNumberScheduled";
  const most = (field: string) => {
    const count = `(has(status.${field}) ? status.${field} : 0)`;
    return `(${count} * 10 >= ${nodes} * 9 || (${nodes} > 1 && ${count} + 1 >= ${nodes}))`;
  };
  return [
    "has(status.observedGeneration) && status.observedGeneration == metadata.generation",
    `(spec.updateStrategy.type == 'OnDelete' || ${most("updatedNumberScheduled")})`,
    most("numberAvailable"),
  ].join(" && ");
})();

/**
 * Health that survives a lost pod. A rollout is done when no old pod is left and half of the new ones serve: of two, one;
 * a quorum is there when a majority of its members is ready. Without an expression Flux waits for every single pod:
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#health-check-expressions
 */
const healthExpressions = [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    current: `has(status.observedGeneration) && status.observedGeneration == metadata.generation && has(status.updatedReplicas) && status.updatedReplicas >= spec.replicas && status.replicas == status.updatedReplicas && has(status.availableReplicas) && status.availableReplicas * 2 >= spec.replicas`,
  },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    current: "has(status.readyReplicas) && status.readyReplicas * 2 > spec.replicas",
  },
  {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    current: daemonSetIsCurrent,
  },
];
