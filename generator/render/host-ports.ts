import type { KubernetesObject } from "../contract/kubernetes.ts";
import { phases } from "../contract/kubernetes.ts";
import { error, type Issue } from "../issues/issue.ts";
import type { Render } from "../kustomize/rendering.ts";
import type { Instance } from "../model/model.ts";

/** A port of a node that the pods of a workload listen at, and the labels of the nodes that they may run on. */
interface HostPort {
  readonly instance: Instance;
  readonly port: string;
  readonly nodes: Readonly<Record<string, string>>;
}

/** Programs on the network of one node that would listen at the same port: the second finds it taken. */
export function portClashes(
  instances: readonly Instance[],
  renders: ReadonlyMap<string, Render>,
  file: string,
): Issue[] {
  const ports = instances.flatMap((instance) => hostPortsOf(instance, renders.get(instance.name)));
  return ports.flatMap((own, index) => {
    const other = ports
      .slice(0, index)
      .find(
        ({ instance, port, nodes }) => instance !== own.instance && port === own.port && mayShareNode(nodes, own.nodes),
      );
    return other === undefined ? [] : [clash(own, other.instance, file)];
  });
}

const clash = ({ instance, port }: HostPort, other: Instance, file: string): Issue =>
  error(
    "port-clash",
    `${instance.name}: ${port} of its nodes is taken by ${other.name}, which runs on the same ones`,
    "Let them run in node groups without a node in common, or give one of them another port.",
    { file, path: [...instance.spec.path] },
  );

/** Two selectors that ask one label for two values never find the same node. */
const mayShareNode = (a: HostPort["nodes"], b: HostPort["nodes"]): boolean =>
  Object.entries(a).every(([key, value]) => b[key] === undefined || b[key] === value);

function hostPortsOf(instance: Instance, render: Render | undefined): HostPort[] {
  if (render === undefined) return [];
  return phases
    .flatMap((phase) => render[phase].objects)
    .flatMap((object) => podOf(object) ?? [])
    .flatMap(({ containers = [], nodeSelector = {} }) =>
      containers
        .flatMap(({ ports = [] }) => ports)
        .filter(({ hostPort }) => hostPort !== undefined)
        .map(({ hostPort, protocol = "TCP" }) => ({
          instance,
          port: `${protocol} port ${hostPort}`,
          nodes: nodeSelector,
        })),
    );
}

interface Pod {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly containers?: readonly {
    readonly ports?: readonly { readonly hostPort?: number; readonly protocol?: string }[];
  }[];
}
const podOf = ({ spec }: KubernetesObject): Pod | undefined =>
  (spec as { readonly template?: { readonly spec?: Pod } } | undefined)?.template?.spec;
