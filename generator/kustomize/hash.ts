import { createHash } from "node:crypto";
import { byKey } from "../base/data.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import type { GeneratedConfigMap, PhaseRender } from "./rendering.ts";
import { rename } from "./transform.ts";

/** What Kustomize's transformers put on the objects of an instance. */
const commonOf = ({ name, namespace, suffix }: Placed) => ({
  namespace,
  ...(suffix === "" ? {} : { labels: { "app.kubernetes.io/instance": name } }),
});

/** The instance that a phase is of. */
interface Placed {
  readonly name: string;
  readonly namespace: string;
  readonly suffix: string;
}

/** Objects of a phase as Kustomize builds them. */
export const builtObjects = ({ objects, configMaps }: PhaseRender, instance: Placed): KubernetesObject[] =>
  withHashes(objects, configMaps, commonOf(instance));

/** The same in the same order, with the names of ConfigMaps as they are before they get the hash. */
export const plainObjects = ({ objects, configMaps }: PhaseRender, instance: Placed): KubernetesObject[] => [
  ...objects,
  ...configMaps.map((map) => configMapObject(map, commonOf(instance))),
];

/** The objects as a build shows them: generated ConfigMaps carry the hash of their content, and references follow. */
export function withHashes(
  objects: readonly KubernetesObject[],
  configMaps: readonly GeneratedConfigMap[],
  common: { namespace?: string; labels?: Record<string, string> } = {},
): KubernetesObject[] {
  const generated = configMaps.map((map): KubernetesObject => configMapObject(map, common));
  const hashed = configMaps.filter(({ plainName }) => plainName === undefined);
  const hashes = new Map(hashed.map((map) => [map.name, configMapHash(map)]));
  return rename([...objects, ...generated], (name, object) =>
    object.kind === "ConfigMap" && hashes.has(name) ? `${name}-${hashes.get(name)}` : name,
  );
}

/** A generated ConfigMap as an object, before its name gets the hash. */
export const configMapObject = (
  { name, data }: GeneratedConfigMap,
  { namespace, labels }: { namespace?: string; labels?: Record<string, string> } = {},
): KubernetesObject => ({
  apiVersion: "v1",
  ...(Object.keys(data).length === 0 ? {} : { data }),
  kind: "ConfigMap",
  metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) },
});

/**
 * Kustomize's own hash of a ConfigMap: SHA-256 of its JSON, ten digits, without vowels that could spell words:
 * https://github.com/kubernetes-sigs/kustomize/blob/master/api/hasher/hasher.go
 */
export function configMapHash({ data = {} }: { readonly data?: unknown }): string {
  const sorted = Object.fromEntries(Object.entries(data as object).sort(byKey));
  // When Kustomize 5.8 hashes, a generated map has no name yet.
  const content = { data: Object.keys(sorted).length === 0 ? "" : sorted, kind: "ConfigMap", name: "" };
  const digest = createHash("sha256").update(goJson(content)).digest("hex").slice(0, 10);
  return [...digest].map((digit) => substitutes[digit] ?? digit).join("");
}

const substitutes: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

/** Go's encoding/json escapes what HTML would misread. */
const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
