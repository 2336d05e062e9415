import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { type NamespacedSecret, requiredSecrets } from "../../generator/render/secrets.ts";
import type { Rendered } from "./cases.ts";
import { containersOf, type Owned, objectsOf, type Pods, podsOf } from "./objects.ts";
import { perCluster } from "./per-cluster.ts";

/** One server that a pod's environment logs in to. */
export interface Login {
  readonly pod: Pods;
  readonly host: string;
  /** `database glance`, `user glance` */
  readonly needs: readonly string[];
}

/** Where the environment of each container logs in, with references to the wiring ConfigMap followed. */
export const loginsOf = perCluster((cluster: Rendered): readonly Login[] => {
  const objects = objectsOf(cluster);
  return podsOf(objects).flatMap((pod) =>
    containersOf(pod).flatMap(({ env = [] }) => {
      const values = new Map(env.map((entry) => [entry.name, entry.value ?? literal(entry, pod.namespace, objects)]));
      return [...values].flatMap(([name, value = ""]): Login[] => {
        if (/^OS_.*__CONNECTION$/.test(name)) {
          const read = (part: string) => values.get(/\$\(([A-Z_]+)_HOST\)/.exec(value)![1]! + part)!;
          const grant = `grant ${read("_USER")} ${read("_NAME")}`;
          const needs = [`database ${read("_NAME")}`, `user ${read("_USER")}`, grant];
          return [{ pod, host: read("_HOST"), needs }];
        }
        const [, brokers, vhost] = /^rabbit:\/\/(.*)\/([^/]*)$/.exec(value) ?? [];
        return (brokers?.split(",") ?? []).map((broker) => {
          const [, user, host] = /^([^:]*):\$\([A-Z_]+\)@(.*):[0-9]+$/.exec(broker)!;
          const needs = [`vhost ${vhost}`, `user ${user}`, `permission ${user} ${vhost}`];
          return { pod, host: host!, needs };
        });
      });
    }),
  );
});

function literal(entry: object, namespace: string, objects: readonly Owned[]): string | undefined {
  const { configMapKeyRef: reference } =
    (entry as { valueFrom?: { configMapKeyRef?: { name: string; key: string } } }).valueFrom ?? {};
  const map = objects.find(
    ({ object: { kind, metadata } }) =>
      kind === "ConfigMap" && metadata.name === reference?.name && metadata.namespace === namespace,
  );
  return (map?.object.data as Record<string, string> | undefined)?.[reference!.key];
}

/** The user that an object of mariadb-operator or of the topology operator is about; undefined of other objects. */
export function userOf({ kind, metadata, spec }: KubernetesObject, { model }: Rendered): string | undefined {
  const { name, user, username, importCredentialsSecret } = (spec ?? {}) as {
    readonly [field: string]: string | undefined;
  } & { readonly importCredentialsSecret?: { readonly name: string } };
  if (kind === "Grant") return username;
  if (kind === "Permission") return user;
  if (kind !== "User") return undefined;
  if (importCredentialsSecret === undefined) return name;
  const isIt = (secret: NamespacedSecret): boolean =>
    secret.name === importCredentialsSecret.name && secret.namespace === metadata.namespace;
  return requiredSecrets(model).find(isIt)?.known?.username;
}
