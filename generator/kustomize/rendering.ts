import type { KubernetesObject, Phase } from "../contract/kubernetes.ts";

/** What one phase of an instance consists of. */
export interface PhaseRender {
  readonly objects: readonly KubernetesObject[];
  readonly configMaps: readonly GeneratedConfigMap[];
}
export type Render = Readonly<Record<Phase, PhaseRender>>;

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
