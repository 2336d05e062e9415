import { kindText } from "../contract/secret.ts";
import { toYaml } from "../kustomize/yaml.ts";
import type { Model } from "../model/model.ts";
import { storeEntry, typeOf } from "../render/secret-objects.ts";
import { formOf } from "./forms.ts";
import { wantedSecrets } from "./wanted.ts";

/** One value that a store must hold. */
export interface StoreValue {
  /** Path of the entry in the store. */
  readonly entry: string;
  readonly property: string;
  /** What to put there. */
  readonly what: string;
}

/** What the store of External Secrets must hold; entries that are read under several names stand here once. */
export function storeValues(model: Model): StoreValue[] {
  const { secrets, name } = model.spec;
  const prefix = secrets.provider === "external-secrets" ? (secrets.prefix ?? name) : name;
  const values = wantedSecrets(model).flatMap((secret) =>
    Object.keys(secret.keys)
      .filter((key) => !(key in (secret.known ?? {})))
      .map(
        (key): StoreValue => ({
          entry: storeEntry(secret, model, prefix),
          property: key,
          what: `${formOf(secret.keys[key]!)?.says ?? kindText(secret.keys[key]!)}: ${secret.purpose}`,
        }),
      ),
  );
  return [...new Map(values.map((value) => [`${value.entry} ${value.property}`, value])).values()].sort((a, b) =>
    `${a.entry} ${a.property}` < `${b.entry} ${b.property}` ? -1 : 1,
  );
}

/** The Secrets as manifests without their values, for the person who makes them. */
export const manifests = (model: Model): string =>
  wantedSecrets(model)
    .map((secret) =>
      toYaml({
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          name: secret.name,
          namespace: secret.namespace,
          ...(secret.labels === undefined ? {} : { labels: secret.labels }),
        },
        ...(typeOf(secret) === undefined ? {} : { type: typeOf(secret) }),
        stringData: Object.fromEntries(
          Object.keys(secret.keys)
            .sort()
            .map((key) => [key, secret.known?.[key] ?? ""]),
        ),
      }),
    )
    .join("---\n");
