import { splitImage } from "../base/image.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { cephCsi } from "./ceph-csi.ts";
import { certManager } from "./cert-manager.ts";
import { envoyGateway } from "./envoy-gateway.ts";
import { mariadbOperator } from "./mariadb-operator.ts";
import type { Operator, Resource } from "./operator.ts";
import { rabbitmqClusterOperator } from "./rabbitmq-cluster-operator.ts";
import { rabbitmqTopologyOperator } from "./rabbitmq-topology-operator.ts";
import { rook } from "./rook.ts";

/** Every operator, as cluster.yaml lists them. */
export const operators: readonly Operator[] = [
  mariadbOperator,
  rabbitmqClusterOperator,
  rabbitmqTopologyOperator,
  certManager,
  envoyGateway,
  cephCsi,
  rook,
];

/** Every custom resource that an operator describes. */
export const resources: readonly { readonly group: string; readonly kind: string; readonly resource: Resource }[] =
  operators.flatMap((operator) =>
    Object.entries(operator.resources).map(([id, resource]) => ({ ...groupAndKind(id), resource })),
  );

/** What an operator says about an object's kind; undefined for Kubernetes' own kinds. */
export const resourceOf = ({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): Resource | undefined =>
  resources.find((item) => item.kind === kind && apiVersion.startsWith(`${item.group}/`))?.resource;

/** `<group>/<Kind>` in two; a kind of Kubernetes' core has no group. */
export function groupAndKind(id: string): { readonly group: string; readonly kind: string } {
  const [group, kind] = id.includes("/") ? id.split("/") : ["", id];
  return { group: group!, kind: kind! };
}

/** An operator by name; an unknown name is a defect of the catalogue. */
export function operatorNamed(name: string): Operator {
  const operator = operators.find((item) => item.name === name);
  if (operator === undefined) throw new Error(`no operator is called ${name}`);
  return operator;
}

/** The version of an operator: the tag of its images. */
export const versionOf = ({ images }: Operator): string => splitImage(images[0]!)[1];

/** The same operator at another version: the charts, tags and images that have the tested one have that. */
export function atVersion(operator: Operator, version: string): Operator {
  const tested = versionOf(operator);
  const moved = (text: string): string => text.replace(tested, () => version);
  const { source, images } = operator;
  return {
    ...operator,
    images: images.map(moved),
    source:
      source.type === "git"
        ? {
            ...source,
            tag: moved(source.tag),
            images: source.images.map((image) => ({ ...image, newTag: moved(image.newTag) })),
          }
        : { ...source, charts: source.charts.map((chart) => ({ ...chart, version: moved(chart.version) })) },
  };
}

/** An image of an operator as it is at the version that the cluster installs; another image as it is. */
export function installedImage(image: string, versions: Readonly<Record<string, string>> = {}): string {
  const operator = operators.find(({ images }) => images.includes(image));
  const version = operator === undefined ? undefined : versions[operator.name];
  return version === undefined ? image : image.replace(versionOf(operator!), () => version);
}

/** Operators that come before this one, where they are there. */
export const predecessors = ({ requires = [], wants = [] }: Operator): readonly string[] => [...requires, ...wants];

/** The wanted operators with those that they require, in the order in which they can be installed. */
export function withRequired(names: readonly string[]): readonly Operator[] {
  const needed = new Set<Operator>();
  const need = (name: string): void => {
    const operator = operatorNamed(name);
    if (needed.has(operator)) return;
    needed.add(operator);
    operator.requires?.forEach(need);
  };
  names.forEach(need);
  const ordered = new Set<Operator>();
  const add = (operator: Operator): void => {
    for (const name of predecessors(operator)) if (needed.has(operatorNamed(name))) add(operatorNamed(name));
    ordered.add(operator);
  };
  for (const operator of operators) if (needed.has(operator)) add(operator);
  return [...ordered];
}
