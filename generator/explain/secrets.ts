import { allOf } from "../base/words.ts";
import { kindText, type SecretKind } from "../contract/secret.ts";
import type { Model } from "../model/model.ts";
import { requiredSecrets } from "../render/secrets.ts";

/** A Secret that pods or custom resources of a cluster name. */
export interface SecretRow {
  readonly namespace: string;
  readonly name: string;
  /** Key -> kind of value. */
  readonly keys: Readonly<Record<string, SecretKind>>;
  readonly purpose: string;
  /** Instances that read it, sorted. */
  readonly readBy: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Stored data can be read with it alone. */
  readonly living?: true;
  /** Where it comes from; absent when somebody has to create it. */
  readonly origin?: string;
}

/** Every Secret that must exist in a cluster, sorted by namespace and name. */
export const explainSecrets = (model: Model): SecretRow[] =>
  requiredSecrets(model).map(({ namespace, name, keys, purpose, readBy, labels = {}, copyOf, origin, living }) => ({
    namespace,
    name,
    keys,
    purpose,
    readBy,
    labels,
    ...(living ? { living } : {}),
    ...(origin === "cluster"
      ? { origin: madeInCluster(copyOf && `${copyOf.name} in ${namespaceOf(copyOf.instance, model)}`) }
      : copyOf !== undefined
        ? { origin: `the same values as ${copyOf.name} in ${namespaceOf(copyOf.instance, model)}` }
        : {}),
  }));

const madeInCluster = (original: string | undefined): string =>
  original === undefined
    ? "made in the cluster by Overstack's own Job: there is nothing to do"
    : `copied in the cluster from ${original} by Overstack's own Job: there is nothing to do`;

const namespaceOf = (instance: string, { instances }: Model): string =>
  instances.find(({ name }) => name === instance)?.namespace ?? `the namespace of ${instance}`;

/** A Secret as lines of a list: name and text. */
export const secretLines = ({ keys, purpose, readBy, labels, origin, living }: SecretRow): [string, string][] => [
  [
    "keys",
    Object.entries(keys)
      .map(([key, kind]) => (key === kind ? key : `${key} (${kindText(kind)})`))
      .join(", "),
  ],
  ["purpose", purpose],
  ["read by", allOf(readBy)],
  ...Object.entries(labels).map(([key, value]): [string, string] => ["label", `${key}: ${JSON.stringify(value)}`]),
  ...(living
    ? [["keep", "a copy outside the cluster: stored data can be read with it alone"] as [string, string]]
    : []),
  ...(origin === undefined ? [] : [["origin", origin] as [string, string]]),
];
