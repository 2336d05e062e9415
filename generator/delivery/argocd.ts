import { mirrored } from "../base/image.ts";
import { clusterFile, clusterFolder, overlayFolder } from "../base/layout.ts";
import { ownerLabels } from "../contract/kubernetes.ts";
import { header, toYaml } from "../kustomize/yaml.ts";
import type { Model } from "../model/model.ts";
import { order } from "../model/order.ts";
import { resources } from "../operators/index.ts";
import type { Operator } from "../operators/operator.ts";
import { engineName, type Step } from "./graph.ts";
import { patchesOf, siteOf } from "./installation.ts";
import { inRepository } from "./place.ts";

const namespace = "argocd";
const server = "https://kubernetes.default.svc";
type Files = Map<string, string>;

/**
 * Argo CD objects of a cluster: a project, a root that follows the branch, and one Application for each instance. Phases
 * are waves inside an Application: waves between Applications hold at the first installation only.
 */
export function writeArgo(model: Model, steps: readonly Step[]): Files {
  const { spec } = model;
  const root = `${clusterFolder(spec.name)}/argocd`;
  const source = clusterFile(spec.name);
  const documents = (...objects: object[]): string => header(source) + objects.map(toYaml).join("---\n");
  const directory = (resources: readonly string[]): string =>
    documents({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources });
  const ref =
    spec.delivery.ref === undefined
      ? undefined
      : "tag" in spec.delivery.ref
        ? spec.delivery.ref.tag
        : spec.delivery.ref.commit;

  const files: Files = new Map();
  files.set(`${root}/kustomization.yaml`, directory(["root.yaml"]));
  files.set(
    `${root}/root.yaml`,
    documents(
      project(model, steps),
      application(
        model,
        spec.name,
        { repoURL: spec.delivery.repository, path: inRepository(spec, root), targetRevision: spec.delivery.branch },
        namespace,
        {},
      ),
      application(
        model,
        engineName(model, "applications"),
        {
          repoURL: spec.delivery.repository,
          path: inRepository(spec, `${root}/applications`),
          targetRevision: ref ?? spec.delivery.branch,
          // What lies at the pin was written before it was the pin: the root says at which revision its children are read.
          ...(ref === undefined
            ? {}
            : {
                kustomize: {
                  patches: [
                    {
                      target: { kind: "Application", labelSelector: "overstack.io/source=fleet" },
                      patch: toYaml([{ op: "replace", path: "/spec/source/targetRevision", value: ref }]),
                    },
                  ],
                },
              }),
        },
        namespace,
        {},
      ),
    ),
  );

  const applications = new Map<string, object[]>();
  const waves = wavesOf(steps);
  for (const step of steps) {
    const name = applicationOf(step);
    if (applications.has(name)) continue;
    if (step.operator !== undefined) {
      applications.set(name, operatorApplications(model, step.operator, waves.get(name)!));
      continue;
    }
    const git = {
      repoURL: spec.delivery.repository,
      path: inRepository(spec, `${overlayFolder(spec.name)}/${name}`),
      targetRevision: spec.delivery.branch,
    };
    applications.set(name, [
      application(model, engineName(model, name), git, step.instance?.namespace ?? "default", {
        wave: waves.get(name)!,
        suspend: step.suspend,
        fleet: true,
      }),
    ]);
  }
  for (const [name, objects] of applications) files.set(`${root}/applications/${name}.yaml`, documents(...objects));
  files.set(
    `${root}/applications/kustomization.yaml`,
    directory([...applications.keys()].map((name) => `${name}.yaml`).sort()),
  );
  return files;
}

/** Name of the Application that a step belongs to: a family is one, for waves order what is inside it on every sync. */
const applicationOf = ({ instance, name }: Step): string => instance?.head ?? name;

/** The wave in which each Application is first created: after all waves of those that one of its steps waits for. */
function wavesOf(steps: readonly Step[]): ReadonlyMap<string, number> {
  const owner = new Map(steps.map((step) => [step.name, applicationOf(step)]));
  const names = [...new Set(owner.values())];
  const applications = names.map((name) => {
    const own = steps.filter((step) => applicationOf(step) === name);
    const after = own.flatMap((step) => step.after.map((before) => owner.get(before)!));
    return { name, after: after.filter((other) => other !== name), length: Math.max(...own.map(lengthOf)) };
  });
  const ends = new Map<string, number>();
  const waves = new Map<string, number>();
  const ordered = order(applications, (cycle) => {
    throw new Error(`these Applications wait for each other: ${cycle.join(" -> ")}`);
  });
  for (const { name, after, length } of ordered) {
    const wave = Math.max(0, ...after.map((before) => ends.get(before)!));
    waves.set(name, wave);
    ends.set(name, wave + length);
  }
  return waves;
}

/** Waves that a step takes: the charts of an operator come one after the other. */
const lengthOf = ({ operator }: Step): number =>
  operator?.source.type === "git" ? 1 : (operator?.source.charts.length ?? 1);

const project = ({ spec }: Model, steps: readonly Step[]): object => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: spec.name, namespace },
  spec: {
    clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    description: `OpenStack cloud ${spec.name}`,
    destinations: [{ namespace: "*", server }],
    sourceRepos: [
      ...new Set([
        spec.delivery.repository,
        ...steps.flatMap(({ operator }) => (operator === undefined ? [] : [repositoryOf(operator)])),
      ]),
    ].sort(),
  },
});

/** Argo CD names an OCI registry without its scheme: https://argo-cd.readthedocs.io/en/stable/user-guide/helm/ */
const repositoryOf = ({ source }: Operator): string => source.repository.replace(/^oci:\/\//, "");

/** Fields that operators write and Git never holds: Argo CD would put them back. */
const writtenByOperators = resources.flatMap(({ group, kind, resource: { writtenByOperator } }) =>
  writtenByOperator === undefined ? [] : [{ group, kind, jsonPointers: writtenByOperator }],
);

interface Options {
  readonly wave?: number;
  readonly suspend?: boolean;
  readonly fleet?: boolean;
  readonly prune?: boolean;
  /** When the Application is removed, its objects stay. */
  readonly orphan?: boolean;
}

function application(
  { spec }: Model,
  name: string,
  source: object,
  target: string,
  { wave = 0, suspend = false, fleet = false, prune = true, orphan = false }: Options,
): object {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name,
      namespace,
      labels: {
        ...ownerLabels(spec.name),
        ...(fleet ? { "overstack.io/source": "fleet" } : {}),
      },
      annotations: {
        "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
        "argocd.argoproj.io/sync-wave": String(wave),
      },
      // Without the finalizer a removed Application would leave its objects behind; what holds data carries Delete=false:
      // https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/
      ...(orphan ? {} : { finalizers: ["resources-finalizer.argocd.argoproj.io"] }),
    },
    spec: {
      destination: { namespace: target, server },
      ignoreDifferences: writtenByOperators,
      project: spec.name,
      source,
      syncPolicy: {
        ...(suspend ? {} : { automated: { prune, selfHeal: true } }),
        // A failed sync of one commit is otherwise never tried again; a newer commit replaces the one that is retried:
        // https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/
        retry: { backoff: { duration: "10s", factor: 2, maxDuration: "3m0s" }, limit: -1, refresh: true },
        syncOptions: [
          "ApplyOutOfSyncOnly=true",
          "PruneLast=true",
          "RespectIgnoreDifferences=true",
          "ServerSideApply=true",
        ],
      },
    },
  };
}

function operatorApplications(model: Model, operator: Operator, wave: number): object[] {
  const { source, name } = operator;
  const { spec } = model;
  if (source.type === "git")
    return [
      application(
        model,
        engineName(model, name),
        {
          repoURL: source.repository,
          path: source.path,
          targetRevision: source.tag,
          kustomize: {
            ...patchesOf(source, siteOf(spec)),
            images: source.images.map(({ name, newTag }) => {
              const found = mirrored(name, spec.images.registry);
              return found === name ? `${name}:${newTag}` : `${name}=${found}:${newTag}`;
            }),
          },
        },
        operator.namespace,
        // Its manifests bring its namespace, where people have more than these objects; CRDs alone would be spared.
        { wave, prune: false, orphan: true },
      ),
    ];
  return source.charts.map((chart, index) => {
    const helm = {
      releaseName: chart.name,
      ...(chart.values === undefined ? {} : { valuesObject: chart.values(siteOf(spec)) }),
    };
    const object = application(
      model,
      engineName(model, chart.name),
      { repoURL: repositoryOf(operator), chart: chart.name, targetRevision: chart.version, helm },
      operator.namespace,
      { wave: wave + index, prune: !chart.crds },
    ) as { spec: { syncPolicy: { syncOptions: string[] } } };
    object.spec.syncPolicy.syncOptions.push("CreateNamespace=true");
    return object;
  });
}
