import type { Model } from "../model/model.ts";
import type { ChartSource, ManifestSource, Operator } from "../operators/operator.ts";
import { mirroredImages, patchesOf, siteOf } from "./installation.ts";

/** Where Flux reads its own objects. */
export const fluxNamespace = "flux-system";

/** What installs an operator: from manifests in Git, or from charts. */
export const operatorObjects = (model: Model, { source, name, namespace: target }: Operator): object[] =>
  source.type === "git" ? fromGit(model, name, source) : fromCharts(model, name, source, target);

const fromGit = ({ spec }: Model, name: string, source: ManifestSource): object[] => [
  {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: { name, namespace: fluxNamespace },
    spec: { interval: "24h0m0s", ref: { tag: source.tag }, url: source.repository },
  },
  {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace: fluxNamespace },
    // Its CRDs and its namespace hold what people would miss, so they stay:
    // https://fluxcd.io/flux/components/kustomize/kustomizations/#deletion-policy
    spec: {
      deletionPolicy: "Orphan",
      images: mirroredImages(source.images, spec.images.registry),
      interval: "24h0m0s",
      ...patchesOf(source, siteOf(spec)),
      path: `./${source.path}`,
      prune: false,
      retryInterval: "1m0s",
      sourceRef: { kind: "GitRepository", name },
      timeout: "10m0s",
      wait: true,
    },
  },
];

/** Charts are installed one after the other. */
const fromCharts = (
  model: Model,
  name: string,
  { type, repository, charts }: ChartSource,
  target: string,
): object[] => [
  {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "HelmRepository",
    // A release that stays for its CRDs is not Ready without its source.
    metadata: { name, namespace: fluxNamespace, ...(charts.some(({ crds }) => crds) ? stays : {}) },
    spec: { interval: "24h0m0s", ...(type === "oci" ? { type: "oci" } : {}), url: repository },
  },
  ...charts.map((chart, index) => helmRelease(model, name, target, chart, charts[index - 1])),
];

const helmRelease = (
  { spec }: Model,
  repository: string,
  targetNamespace: string,
  { name, version, crds, values }: Chart,
  before: Chart | undefined,
): object => ({
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  metadata: { name, namespace: fluxNamespace, ...(crds ? stays : {}) },
  spec: {
    chart: {
      spec: {
        chart: name,
        interval: "24h0m0s",
        sourceRef: { kind: "HelmRepository", name: repository },
        version,
      },
    },
    ...(before === undefined ? {} : { dependsOn: [{ name: before.name }] }),
    install: { crds: "Create", createNamespace: true, remediation: { retries: -1 } },
    interval: "1h0m0s",
    releaseName: name,
    targetNamespace,
    timeout: "10m0s",
    upgrade: { crds: "CreateReplace", remediation: { retries: 3 } },
    ...(values === undefined ? {} : { values: values(siteOf(spec), version) }),
  },
});

type Chart = ChartSource["charts"][number];

const stays = { annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } };
