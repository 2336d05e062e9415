import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import { type KubernetesObject, type Phase, phases } from "../../generator/contract/kubernetes.ts";
import type { Render } from "../../generator/kustomize/rendering.ts";

/** A container as the kubelet would start it. */
export interface Container {
  /** `Job/db-expand/bootstrap`, of a CronJob or Deployment likewise: kind, role, container. */
  readonly name: string;
  readonly phase: Phase;
  readonly command: readonly string[];
  /** With references put in; a value from a Secret is its name and key, if nobody says otherwise. */
  readonly environment: Readonly<Record<string, string>>;
  /** Path -> content of what its ConfigMaps put there. */
  readonly files: ReadonlyMap<string, string>;
  /** Mount path -> the Secrets mounted there. */
  readonly secrets: ReadonlyMap<string, readonly MountedSecret[]>;
  /** Every mount path of a folder. */
  readonly folders: readonly string[];
  /** Those of them that it may write to; where its root is read-only it may not write anywhere else. */
  readonly writable: readonly string[];
  readonly hasReadOnlyRoot: boolean;
  /** Those of them that are empty when the pod begins, and that its containers share. */
  readonly shared: readonly string[];
  /** Mount path -> the directory of the node that is there. */
  readonly ofNode: ReadonlyMap<string, string>;
  /** It is root on its node. */
  readonly isRoot: boolean;
  /** It runs before the program of its pod, each time. */
  readonly prepares: boolean;
  /** Path of a server that answers when it is ready. */
  readonly probe?: string | undefined;
}

/** A Secret as files. */
export interface MountedSecret {
  readonly name: string;
  /** Its keys, each with the name of its file; undefined: all keys, called as they are. */
  readonly items?: readonly { readonly key: string; readonly path: string }[] | undefined;
}

/** The value of a Secret's key. */
export type ValueOf = (secret: string, key: string) => string;

/** ConfigMaps by their names, with their data. */
export type ConfigMaps = ReadonlyMap<string, { readonly data: Readonly<Record<string, string>> }>;

/**
 * Every container of an instance, phase by phase; init containers before the others of their pod. `own` are ConfigMaps that the
 * operator makes.
 */
export function containersOf(
  render: Render,
  secretValue: ValueOf = (secret, key) => `${secret}-${key}`,
  own: ConfigMaps = new Map(),
): Container[] {
  const configMaps = new Map([
    ...own,
    ...phases.flatMap((phase) => render[phase].configMaps.map((map) => [map.name, map] as const)),
  ]);
  return phases.flatMap((phase) =>
    render[phase].objects.flatMap((object) => {
      const pod = podOf(object);
      if (pod === undefined) return [];
      const role = object.metadata.labels?.["app.kubernetes.io/component"];
      const first = pod.initContainers ?? [];
      return [...first, ...pod.containers].map((container) => ({
        name: `${object.kind}/${role}/${container.name}`,
        phase,
        prepares: first.includes(container) && !object.kind.endsWith("Job"),
        ...resolved(container, pod, configMaps, secretValue),
      }));
    }),
  );
}

function podOf({ kind, spec }: KubernetesObject): IPodSpec | undefined {
  type Template = { readonly template: { readonly spec: IPodSpec } };
  switch (kind) {
    case "DaemonSet":
    case "Deployment":
    case "Job":
    case "StatefulSet":
      return (spec as Template).template.spec;
    case "CronJob":
      return (spec as { readonly jobTemplate: { readonly spec: Template } }).jobTemplate.spec.template.spec;
    default:
      return undefined;
  }
}

function resolved(
  container: IPodSpec["containers"][number],
  pod: IPodSpec,
  configMaps: ConfigMaps,
  secretValue: ValueOf,
): Omit<Container, "name" | "phase" | "prepares"> {
  const mounts = (container.volumeMounts ?? []).map(({ name: volume, mountPath, subPath, readOnly = false }) => ({
    ...{ mountPath, subPath, readOnly },
    // One that is not there comes with the pod: a claim of a StatefulSet.
    volume: pod.volumes?.find((item) => item.name === volume) ?? { name: volume },
  }));
  return {
    command: container.command ?? [],
    environment: environmentOf(container, configMaps, secretValue),
    files: new Map(
      mounts.flatMap(({ mountPath, subPath, volume }) =>
        [volume.configMap, ...(volume.projected?.sources ?? []).map(({ configMap }) => configMap)].flatMap((source) =>
          Object.entries(configMaps.get(source?.name ?? "")?.data ?? {}).flatMap(([file, text]): [string, string][] =>
            subPath === undefined ? [[`${mountPath}/${file}`, text]] : file === subPath ? [[mountPath, text]] : [],
          ),
        ),
      ),
    ),
    secrets: new Map(
      mounts.flatMap(({ mountPath, volume }): [string, MountedSecret[]][] => {
        const together = (volume.projected?.sources ?? []).flatMap(({ secret }) => secret ?? []);
        const single = volume.secret && { name: volume.secret.secretName!, items: volume.secret.items };
        const all = single === undefined ? together : [single];
        return all.length === 0 ? [] : [[mountPath, all.map(({ name, items }) => ({ name: name!, items }))]];
      }),
    ),
    folders: mounts.flatMap(({ mountPath, subPath }) => (subPath === undefined ? [mountPath] : [])),
    writable: mounts.flatMap(({ mountPath, readOnly, volume: { configMap, secret, projected } }) =>
      readOnly || (configMap ?? secret ?? projected) !== undefined ? [] : [mountPath],
    ),
    hasReadOnlyRoot: container.securityContext?.readOnlyRootFilesystem === true,
    shared: mounts.flatMap(({ mountPath, volume }) => (volume.emptyDir === undefined ? [] : [mountPath])),
    ofNode: new Map(
      mounts.flatMap(({ mountPath, volume }): [string, string][] =>
        volume.hostPath === undefined ? [] : [[mountPath, volume.hostPath.path]],
      ),
    ),
    isRoot: container.securityContext?.runAsUser === 0,
    probe: container.readinessProbe?.httpGet?.path,
  };
}

/** As the kubelet does it: `env` wins over `envFrom`, and $(NAME) means what `env` said further up, unless doubled. */
function environmentOf(
  { env = [], envFrom = [] }: IPodSpec["containers"][number],
  configMaps: ConfigMaps,
  secretValue: ValueOf,
): Record<string, string> {
  const own: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom ?? {};
    own[name] =
      secretKeyRef !== undefined
        ? secretValue(secretKeyRef.name!, secretKeyRef.key)
        : configMapKeyRef !== undefined
          ? configMaps.get(configMapKeyRef.name!)!.data[configMapKeyRef.key]!
          : fieldRef !== undefined
            ? fieldRef.fieldPath
            : (value ?? "").replace(/\$(\$|\((\w+)\))/g, (text, dollar, key) =>
                dollar === "$" ? "$" : (own[key] ?? text),
              );
  }
  return Object.assign({}, ...envFrom.map(({ configMapRef }) => configMaps.get(configMapRef!.name!)!.data), own);
}
