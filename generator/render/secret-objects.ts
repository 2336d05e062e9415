import { type KubernetesObject, ownerLabels } from "../contract/kubernetes.ts";
import { type Issue, warning } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { type NamespacedSecret, requiredSecrets } from "./secrets.ts";

/** What brings a cluster's Secrets into it. */
export interface SecretDelivery {
  /** File below overlays/<cluster>/secrets -> object that generate writes there. */
  readonly objects: ReadonlyMap<string, KubernetesObject>;
  /** Files, hand-made or encrypted, that are applied with them. */
  readonly files: readonly string[];
  readonly issues: readonly Issue[];
}

/** By provider: nothing, the encrypted files that are there, or an ExternalSecret for each. */
export function secretDelivery(model: Model, present: readonly string[]): SecretDelivery {
  const { secrets, name } = model.spec;
  const wanted = requiredSecrets(model).filter(({ origin }) => origin !== "cluster");
  switch (secrets.provider) {
    case "existing":
      return { objects: new Map(), files: [], issues: [] };
    case "sops": {
      const files = wanted.map(({ namespace, name: secret }) => `${namespace}/${secret}.yaml`);
      const missing = files.filter((file) => !present.includes(file));
      const issues = missing.length === 0 ? [] : [missingSecrets(model, missing)];
      return { objects: new Map(), files: files.filter((file) => present.includes(file)), issues };
    }
    case "external-secrets": {
      const prefix = secrets.prefix ?? name;
      const objects = wanted.map((secret): [string, KubernetesObject] => [
        `${secret.namespace}/externalsecret-${secret.name}.yaml`,
        externalSecret(secret, model, prefix),
      ]);
      return { objects: new Map(objects), files: [], issues: [] };
    }
  }
}

/** Where the store keeps a Secret's values: one entry for each Secret, a property for each key. */
export function storeEntry(secret: NamespacedSecret, model: Model, prefix: string): string {
  const { copyOf } = secret;
  if (copyOf === undefined) return `${prefix}/${secret.namespace}/${secret.name}`;
  const owner = model.instances.find(({ name }) => name === copyOf.instance)!;
  return `${prefix}/${owner.namespace}/${copyOf.name}`;
}

function externalSecret(secret: NamespacedSecret, model: Model, prefix: string): KubernetesObject {
  const { secrets } = model.spec;
  if (secrets.provider !== "external-secrets") throw new Error("there is no store");
  const { known = {}, keys, labels } = secret;
  const fetched = Object.keys(keys)
    .filter((key) => !(key in known))
    .sort();
  const entry = storeEntry(secret, model, prefix);
  const type = typeOf(secret);
  const template = {
    ...(Object.keys(known).length === 0
      ? {}
      : { data: { ...Object.fromEntries(fetched.map((key) => [key, `{{ index . "${key}" }}`])), ...known } }),
    engineVersion: "v2",
    ...(labels === undefined ? {} : { metadata: { labels: { ...labels } } }),
    ...(type === undefined ? {} : { type }),
  };
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: {
      name: secret.name,
      namespace: secret.namespace,
      labels: ownerLabels(),
    },
    spec: {
      data: fetched.map((key) => ({ remoteRef: { key: entry, property: key }, secretKey: key })),
      refreshInterval: secrets.refreshInterval,
      secretStoreRef: { kind: secrets.store.kind, name: secrets.store.name },
      target: {
        // A Secret that goes with its ExternalSecret, or with its entry in the store, would take the service along.
        creationPolicy: "Orphan",
        deletionPolicy: "Retain",
        name: secret.name,
        ...(Object.keys(template).length === 1 ? {} : { template }),
      },
    },
  };
}

/** Type of the Secret, where its readers insist on one. */
export function typeOf({ keys }: Pick<NamespacedSecret, "keys">): string | undefined {
  if (".dockerconfigjson" in keys) return "kubernetes.io/dockerconfigjson";
  return "tls.crt" in keys && "tls.key" in keys ? "kubernetes.io/tls" : undefined;
}

const missingSecrets = ({ spec }: Model, missing: readonly string[]): Issue =>
  warning(
    "missing-secrets",
    `${missing.length === 1 ? "a Secret" : `${missing.length} Secrets`} of ${spec.name} ${missing.length === 1 ? "does" : "do"} not exist yet: ${missing[0]!.replace(/\.yaml$/, "")}${missing.length === 1 ? "" : " first"}`,
    `Run: overstack secrets create ${spec.name}, and overstack secrets check ${spec.name} for what only you can give. Pods that read them wait.`,
    { file: spec.file, path: ["secrets", "provider"] },
  );
