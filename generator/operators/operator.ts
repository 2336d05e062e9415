import type { KubernetesObject } from "../contract/kubernetes.ts";

/** A program that runs custom resources: how it is installed, and all that the rest of the generator must know of them. */
export interface Operator {
  /** Its name in cluster.yaml. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  readonly namespace: string;
  /** Operators that come first, and are installed with it. */
  readonly requires?: readonly string[];
  /** Operators that come first where they are there. */
  readonly wants?: readonly string[];
  readonly source: ChartSource | ManifestSource;
  /** Deployments that are up when it works. */
  readonly deployments: readonly string[];
  /** Images that it runs or starts by itself, as its chart or manifests name them at this version. */
  readonly images: readonly string[];
  /** It speaks HTTPS to what it runs, and is given the cluster's own CA where the delivery engine installs it. */
  readonly trustsInternalCa?: true;
  /** The kinds that it runs, by `<group>/<Kind>`, where the generator must know something about them. */
  readonly resources: Readonly<Record<string, Resource>>;
}

/** What the generator must know about a custom resource. */
export interface Resource {
  /** Characters that a name may have, so that what is made from it still has a valid one. Default: 253. */
  readonly longestName?: number;
  /** What the operator appends to the name, for objects of its own: `primary`. */
  readonly suffixes?: readonly string[];
  /** Field that holds the number of replicas, as Kustomize writes paths: `spec/replicas`. */
  readonly replicas?: string;
  /** Fields that hold images. */
  readonly images?: readonly string[];
  /** Field that names another object -> that object's kind: `<group>/<Kind>`, or `Service`. */
  readonly references?: Readonly<Record<string, string>>;
  /** The object whose health tells that this one works. Without it nothing waits for the resource. */
  readonly health?: (name: string) => { readonly apiVersion: string; readonly kind: string; readonly name: string };
  /** CEL that is true when that object works, where it says so otherwise than Kubernetes' kinds do. */
  readonly current?: string;
  /** Fields that the operator writes and Git never holds, as JSON pointers. */
  readonly writtenByOperator?: readonly string[];
  /** Fields that count when it is made, and of which its operator refuses another value: `spec.name`. Those below them too. */
  readonly createOnly?: readonly string[];
  /** What to do instead of changing one. */
  readonly instead?: string;
  /** What its operator makes anew when its specification changes. */
  readonly reissued?: string;
  /** What its clients see while the member that serves all of them restarts, with the seconds that were seen: least and most. */
  readonly restart?: { readonly what: string; readonly seconds: readonly [least: number, most: number] };
}

export interface ChartSource {
  readonly type: "helm" | "oci";
  readonly repository: string;
  readonly charts: readonly {
    readonly name: string;
    readonly version: string;
    /** Of the chart, at the version that is installed. */
    readonly values?: (site: Site, version: string) => object;
    readonly crds?: boolean;
  }[];
}

export interface ManifestSource {
  readonly type: "git";
  readonly repository: string;
  readonly tag: string;
  readonly path: string;
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
  /** Strategic merge patches on its objects. */
  readonly patches?: (site: Site) => readonly KubernetesObject[];
}

/** What an installation depends on. */
export interface Site {
  readonly production: boolean;
  readonly dns: string;
  /** Mirror that replaces the registry of every image. */
  readonly registry: string | undefined;
  /** Secret in the operator's namespace whose `ca.crt` has signed the certificates of what it speaks to. */
  readonly trust: string | undefined;
  /** Image pull Secrets; of the operators' namespaces those have them that instances live in. */
  readonly pullSecrets: readonly string[];
  /** The definitions of snapshots of volumes are in the cluster, and their controller. */
  readonly snapshots: boolean;
  /** Operators that somebody else installs. */
  readonly existing: readonly string[];
}
