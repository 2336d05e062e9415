import type { IObjectMeta } from "@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta";

/** A Kubernetes object as it is written: the typed constructors of the kit end here. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: IObjectMeta & { name: string };
  [field: string]: unknown;
}

/** Before the new code, the code, after the last old pod was told to end. Every object has exactly one owner phase. */
export type Phase = "expand" | "run" | "contract";

export const phases: readonly Phase[] = ["expand", "run", "contract"];

/** The wave of Argo CD in which each phase begins, of a component that is not a part and has none; Jobs of `expand` follow. */
export const waves: Readonly<Record<Phase, number>> = { expand: -2, run: 0, contract: 1 };

/** An object and the phase that owns it. */
export interface Placed {
  readonly phase: Phase;
  readonly object: KubernetesObject;
  /** It lives in the namespace of the Identity service, wherever its instance does. */
  readonly atIdentity?: true;
}

/** Labels that say who writes an object and what it belongs to: a cluster, or OpenStack. */
export const ownerLabels = (partOf = "openstack"): Readonly<Record<string, string>> => ({
  "app.kubernetes.io/managed-by": "overstack",
  "app.kubernetes.io/part-of": partOf,
});
