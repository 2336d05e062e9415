import type { KubernetesObject } from "../tools/kustomize.ts";

/** A field that we write and that the definitions from the Go module proxy are too old to know. */
interface NewerField {
  readonly kind: string;
  /** Path from the root of the object. */
  readonly path: readonly string[];
  /** The public definition that has it, of the version that is installed. */
  readonly source: string;
  /** It is a list. */
  readonly isList?: true;
}

const rook = "https://github.com/rook/rook/blob/v1.20.6/deploy/examples/crds.yaml";

/** The newest module of Rook that the proxy serves whole is v1.15.0, and what is installed is v1.20.6. */
export const newerFields: readonly NewerField[] = [
  { kind: "CephCluster", path: ["spec", "healthCheck", "muteHealthWarning"], source: rook },
  { kind: "CephCluster", path: ["spec", "security", "cephx"], source: rook },
  { kind: "CephClient", path: ["spec", "security"], source: rook },
  { kind: "CephObjectStore", path: ["spec", "gateway", "additionalVolumeMounts"], source: rook, isList: true },
  { kind: "CephObjectStore", path: ["spec", "gateway", "rgwConfig"], source: rook },
  { kind: "CephObjectStoreUser", path: ["spec", "keys"], source: rook, isList: true },
];

interface Structure {
  properties?: Record<string, Structure>;
  [keyword: string]: unknown;
}
interface Definition {
  readonly spec?: {
    readonly names: { readonly kind: string };
    readonly versions?: readonly { readonly schema: { readonly openAPIV3Schema: object } }[];
  };
}

/** Makes a definition of a custom resource take those fields, whatever is in them. */
export function knowingNewer<D extends Definition>(definition: D): D {
  const known = structuredClone(definition);
  for (const { kind, path, isList } of newerFields)
    for (const { schema } of kind === known.spec?.names.kind ? (known.spec?.versions ?? []) : []) {
      const parent = path
        .slice(0, -1)
        .reduce<Structure>((at, key) => at.properties![key]!, schema.openAPIV3Schema as Structure);
      const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
      parent.properties![path.at(-1)!] = isList ? { type: "array", items: anything } : anything;
    }
  return known;
}

/** The object without those fields, and the fields that it had. */
export function withoutNewer(object: KubernetesObject): { object: KubernetesObject; had: readonly NewerField[] } {
  const rest = structuredClone(object);
  const had = newerFields.filter(({ kind, path }) => {
    if (object.kind !== kind) return false;
    const parent = path
      .slice(0, -1)
      .reduce<Record<string, unknown> | undefined>(
        (at, key) => at?.[key] as Record<string, unknown> | undefined,
        rest as unknown as Record<string, unknown>,
      );
    const key = path.at(-1)!;
    if (parent?.[key] === undefined) return false;
    delete parent[key];
    return true;
  });
  return { object: rest, had };
}
