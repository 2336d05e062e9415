import type { KubernetesObject, Phase } from "../contract/kubernetes.ts";
import type { Operation } from "./diff.ts";
import type { Transformers } from "./transform.ts";

/** What one phase of an instance consists of. */
export interface PhaseRender {
  readonly objects: readonly KubernetesObject[];
  /** Of a base, those of the objects that live in the namespace of the Identity service. */
  readonly atIdentity?: readonly KubernetesObject[];
  readonly configMaps: readonly GeneratedConfigMap[];
}
export type Render = Readonly<Record<Phase, PhaseRender>>;

/** A directory of a base. */
export interface Place {
  readonly folder: string;
  readonly render: PhaseRender;
}

/** Directory, below that of a phase, of what lives in the namespace of the Identity service. */
export const atIdentityFolder = "at-identity";

/** What a phase of a base has for the namespace of its instance, and for that of the Identity service: always two. */
export const placesOf = (
  phase: Phase,
  { objects, atIdentity = [], configMaps }: PhaseRender,
): readonly [Place, Place] => [
  { folder: phase, render: { objects: objects.filter((object) => !atIdentity.includes(object)), configMaps } },
  { folder: `${phase}/${atIdentityFolder}`, render: { objects: atIdentity, configMaps: [] } },
];

/** True where there is nothing. */
export const isEmpty = ({ objects, configMaps }: PhaseRender): boolean => objects.length + configMaps.length === 0;

/** A ConfigMap that Kustomize generates: its name gets a hash of its content, so that a change rolls the pods that read it. */
export interface GeneratedConfigMap {
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
  /** `files`: each key is written as a file of its own; `literals`: KEY=value in the kustomization. */
  readonly form: "files" | "literals";
  /** Folder below the kustomization that its files lie in; the same as in the container where there is one. */
  readonly folder: string;
  /** Its name gets no hash: a change reaches the pods that mount it where they are, and rolls none. */
  readonly plainName?: true;
}

/** What turns a base into what is wanted, in Kustomize's own words. */
export interface Overlay extends Transformers {
  readonly configMaps: readonly MergedConfigMap[];
  readonly patches: readonly Patch[];
  /** Objects that the base does not have, as they stand before the transformers. */
  readonly added: readonly KubernetesObject[];
}
export interface MergedConfigMap {
  readonly name: string;
  readonly behavior: "merge" | "create";
  readonly form: GeneratedConfigMap["form"];
  readonly folder: string;
  readonly plainName?: true;
  readonly data: Readonly<Record<string, string>>;
}
export interface Patch {
  readonly kinds: readonly string[];
  readonly names: readonly string[];
  /** Operations, or undefined: the object is deleted. */
  readonly operations: readonly Operation[] | undefined;
  readonly object: KubernetesObject;
}
