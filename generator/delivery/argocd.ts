import { mirrored } from "../base/image.ts";
import { clusterFile, clusterFolder, overlayFolder } from "../base/layout.ts";
import { header, toYaml } from "../kustomize/yaml.ts";
import type { Model } from "../model/model.ts";
import { order } from "../model/order.ts";
import type { Operator } from "../operators/operator.ts";
import { application, argoNamespace as namespace, server } from "./argocd-application.ts";
import { engineName, type Step } from "./graph.ts";
import { patchesOf, siteOf } from "./installation.ts";
import { inRepository } from "./place.ts";

type Files = Map<string, string>;

/**
 * Argo CD objects of a cluster: a project, a root that follows the branch, and one Application for each instance. Phases
 * are waves inside an Application: waves between Applications hold at the first installation only.
 */
export function writeArgo(model: Model, steps: readonly Step[]): Files {
  const { spec } = model;
  const root = `${clusterFolder(spec.name)}/argocd`;
  const documents = (...objects: object[]): string =>
    header(clusterFile(spec.name)) + objects.map(toYaml).join("---\n");
  const directory = (resources: readonly string[]): string =>
    documents({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources });
  const applications = applicationsOf(model, steps);
  return new Map([
    [`${root}/kustomization.yaml`, directory(["root.yaml"])],
    [`${root}/root.yaml`, documents(project(model, steps), ...rootApplications(model, root))],
    ...[...applications].map(([name, objects]): [string, string] => [
      `${root}/applications/${name}.yaml`,
      documents(...objects),
    ]),
    [
      `${root}/applications/kustomization.yaml`,
      directory([...applications.keys()].map((name) => `${name}.yaml`).sort()),
    ],
  ]);
}

/** The one that an operator of the cluster creates, which follows the branch, and the one that has all others. */
function rootApplications(model: Model, root: string): object[] {
  const { spec } = model;
  const { repository, branch } = spec.delivery;
  const pin = pinOf(spec.delivery);
  const at = (folder: string) => ({ repoURL: repository, path: inRepository(spec, folder) });
  return [
    application(model, spec.name, { ...at(root), targetRevision: branch }, namespace, {}),
    application(
      model,
      engineName(model, "applications"),
      {
        ...at(`${root}/applications`),
        targetRevision: pin ?? branch,
        ...(pin === undefined ? {} : { kustomize: { patches: [pinned(pin)] } }),
      },
      namespace,
      {},
    ),
  ];
}

/** The tag or commit that a cluster is pinned to. */
const pinOf = ({ ref }: Model["spec"]["delivery"]): string | undefined =>
  ref === undefined ? undefined : "tag" in ref ? ref.tag : ref.commit;

/** What lies at the pin was written before it was the pin: the root says at which revision its children are read. */
const pinned = (pin: string): object => ({
  target: { kind: "Application", labelSelector: "overstack.io/source=fleet" },
  patch: toYaml([{ op: "replace", path: "/spec/source/targetRevision", value: pin }]),
});

/** The Applications of families and operators by the name of their file, in the order in which they are first created. */
function applicationsOf(model: Model, steps: readonly Step[]): ReadonlyMap<string, readonly object[]> {
  const waves = wavesOf(steps);
  const applications = new Map<string, readonly object[]>();
  for (const step of steps) {
    const name = applicationOf(step);
    if (applications.has(name)) continue;
    const wave = waves.get(name)!;
    applications.set(
      name,
      step.operator === undefined
        ? [fleetApplication(model, name, step, wave)]
        : operatorApplications(model, step.operator, wave),
    );
  }
  return applications;
}

/** An Application whose objects lie in the fleet's own repository. */
function fleetApplication(model: Model, name: string, { instance, suspend }: Step, wave: number): object {
  const { spec } = model;
  const source = {
    repoURL: spec.delivery.repository,
    path: inRepository(spec, `${overlayFolder(spec.name)}/${name}`),
    targetRevision: spec.delivery.branch,
  };
  const target = instance?.namespace ?? "default";
  return application(model, engineName(model, name), source, target, { wave, suspend, fleet: true });
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
      ...(chart.values === undefined ? {} : { valuesObject: chart.values(siteOf(spec), chart.version) }),
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
