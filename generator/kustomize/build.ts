import { parse, parseAllDocuments } from "yaml";
import { isMap } from "../base/data.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { applyOperations, type Operation } from "./diff.ts";
import { configMapHash } from "./hash.ts";
import { rename, type Transformers, transform } from "./transform.ts";

/** Reads a file of the tree; undefined where there is none. */
export type Read = (path: string) => string | undefined;

/** An object, and the same with names of ConfigMaps as the API server has them. */
export interface BuiltObject {
  readonly plain: KubernetesObject;
  readonly built: KubernetesObject;
}

interface Kustomization extends Pick<Transformers, "namespace" | "nameSuffix" | "replicas" | "images"> {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly labels?: readonly { readonly pairs: Readonly<Record<string, string>> }[];
  readonly configMapGenerator?: readonly Generator[];
  readonly patches?: readonly {
    readonly target: { readonly kind: string; readonly name: string };
    readonly patch: string;
  }[];
}
interface Generator {
  readonly name: string;
  readonly behavior?: string;
  readonly files?: readonly string[];
  readonly literals?: readonly string[];
  readonly options?: { readonly disableNameSuffixHash?: boolean };
}

/** Fields of a kustomization that generated files have: another one makes the build stop, for its result would be another. */
const known: ReadonlySet<string> = new Set([
  ...["apiVersion", "kind", "namespace", "nameSuffix", "resources", "components", "labels", "replicas", "images"],
  ...["configMapGenerator", "patches", "configurations"],
]);

/** Objects in the making: of a generated ConfigMap the name gets a hash at the end. */
interface Made {
  readonly object: KubernetesObject;
  readonly isHashed: boolean;
}

/**
 * What Kustomize builds of a directory that a version of Overstack has written, in memory. Throws on what no version writes: the files
 * are not of Overstack then.
 */
export function buildFiles(read: Read, directory: string): BuiltObject[] {
  const made = accumulated(read, directory, []);
  const hashes = new Map(
    made
      .filter(({ isHashed }) => isHashed)
      .map(({ object }) => [object.metadata.name, configMapHash({ data: object.data })]),
  );
  const plain = made.map(({ object }) => object);
  const built = rename(plain, (name, object) =>
    object.kind === "ConfigMap" && hashes.has(name) ? `${name}-${hashes.get(name)}` : name,
  );
  return plain.map((object, index) => ({ plain: object, built: built[index]! }));
}

/** Resources, generators, components, patches, transformers: Kustomize's own order. */
function accumulated(read: Read, directory: string, before: readonly Made[]): Made[] {
  const own = kustomizationOf(read, directory);
  const resources = (own.resources ?? []).flatMap((resource): Made[] =>
    resource.endsWith(".yaml")
      ? objectsIn(textOf(read, joined(directory, resource))).map((object) => ({ object, isHashed: false }))
      : accumulated(read, joined(directory, resource), []),
  );
  const generated = (own.configMapGenerator ?? []).reduce(
    (made, generator) => withGenerated(made, generator, read, directory),
    [...before, ...resources],
  );
  const composed = (own.components ?? []).reduce(
    (made, component) => accumulated(read, joined(directory, component), made),
    generated,
  );
  const patched = (own.patches ?? []).reduce(withPatch, composed);
  const instance = own.labels?.[0]?.pairs["app.kubernetes.io/instance"];
  const objects = transform(
    patched.map(({ object }) => object),
    { ...own, ...(instance === undefined ? {} : { instance }) } as Transformers,
  );
  return objects.map((object, index) => ({ object, isHashed: patched[index]!.isHashed }));
}

function kustomizationOf(read: Read, directory: string): Kustomization {
  const value: unknown = parse(textOf(read, `${directory}/kustomization.yaml`));
  const foreign = isMap(value) ? Object.keys(value).find((key) => !known.has(key)) : "nothing";
  if (foreign !== undefined) throw new UnknownFile(`${directory}/kustomization.yaml has ${foreign}`);
  return value as Kustomization;
}

/** What Overstack has not written. */
class UnknownFile extends Error {}

function textOf(read: Read, path: string): string {
  const text = read(path);
  if (text === undefined) throw new UnknownFile(`${path} is missing`);
  return text;
}

const objectsIn = (text: string): KubernetesObject[] =>
  parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);

/** `overlays/eu1/keystone/run` and `../../../../bases/x` are `bases/x`. */
function joined(directory: string, path: string): string {
  const parts = directory.split("/");
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function withGenerated(made: readonly Made[], generator: Generator, read: Read, directory: string): Made[] {
  const { name, behavior, files = [], literals = [], options } = generator;
  const data = Object.fromEntries([
    ...literals.map((literal): [string, string] => {
      const at = literal.indexOf("=");
      return [literal.slice(0, at), literal.slice(at + 1)];
    }),
    ...files.map((file): [string, string] => {
      const [, key, path = file] = /^([^=/]+)=(.*)$/.exec(file) ?? [];
      return [key ?? path.split("/").at(-1)!, textOf(read, `${directory}/${path}`)];
    }),
  ]);
  if (behavior === "merge")
    return made.map((each) =>
      each.object.kind === "ConfigMap" && each.object.metadata.name === name
        ? { ...each, object: { ...each.object, data: { ...(each.object.data as object), ...data } } }
        : each,
    );
  const object: KubernetesObject = {
    apiVersion: "v1",
    ...(Object.keys(data).length === 0 ? {} : { data }),
    kind: "ConfigMap",
    metadata: { name },
  };
  return [...made, { object, isHashed: options?.disableNameSuffixHash !== true }];
}

function withPatch(made: readonly Made[], { target, patch }: NonNullable<Kustomization["patches"]>[number]): Made[] {
  const content: unknown = parse(patch);
  const [kind, name] = [target.kind, target.name].map((words) => new RegExp(`^(?:${words})$`));
  return made.flatMap((each) => {
    const { object } = each;
    if (!kind!.test(object.kind) || !name!.test(object.metadata.name)) return [each];
    if (Array.isArray(content)) return [{ ...each, object: applyOperations(object, content as Operation[]) }];
    if (isMap(content) && content.$patch === "delete") return [];
    throw new UnknownFile(`a patch of ${object.kind}/${object.metadata.name} is not of Overstack`);
  });
}
