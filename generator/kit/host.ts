import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { Role } from "../contract/component.ts";

/** A pod with what its role has of the node that it runs on; without a word of it in the header, the pod as it is. */
export function withHost(role: Role | undefined, pod: IPodSpec): IPodSpec {
  const { hostNetwork, hostPID, hostPaths = {}, privileged } = role ?? {};
  const [main, ...others] = pod.containers;
  const volumes = Object.entries(hostPaths).map(
    ([name, { path }]): IVolume => ({ name, hostPath: { path, type: "DirectoryOrCreate" } }),
  );
  const mounts = Object.entries(hostPaths).map(([name, { path, mountPath = path, readOnly, shared }]) => ({
    name,
    mountPath,
    ...(readOnly ? { readOnly } : {}),
    ...(shared ? { mountPropagation: "Bidirectional" as const } : {}),
  }));
  return {
    ...pod,
    // Names of Services are looked up in the cluster's DNS; without the second word it would be the node's.
    ...(hostNetwork ? { hostNetwork, dnsPolicy: "ClusterFirstWithHostNet" as const } : {}),
    ...(hostPID ? { hostPID } : {}),
    containers: [withRights(privileged, withMounts(main!, mounts)), ...others].map((container) =>
      hostNetwork ? onHostPorts(container) : container,
    ),
    volumes: [...(pod.volumes ?? []), ...volumes],
  };
}

const withMounts = (container: IContainer, mounts: NonNullable<IContainer["volumeMounts"]>): IContainer =>
  mounts.length === 0 ? container : { ...container, volumeMounts: [...(container.volumeMounts ?? []), ...mounts] };

/**
 * The API server refuses a privileged container that may not gain privileges:
 * https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
 */
const withRights = (privileged: true | undefined, container: IContainer): IContainer =>
  privileged
    ? {
        ...container,
        securityContext: {
          privileged,
          readOnlyRootFilesystem: true,
          runAsGroup: 0,
          runAsNonRoot: false,
          runAsUser: 0,
        },
      }
    : container;

/** The scheduler keeps two pods apart that want the same port of a node, where they say so. */
const onHostPorts = (container: IContainer): IContainer =>
  container.ports === undefined
    ? container
    : { ...container, ports: container.ports.map((port) => ({ ...port, hostPort: port.containerPort })) };
