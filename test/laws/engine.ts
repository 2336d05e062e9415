import { phases as allPhases, type Phase } from "../../generator/contract/kubernetes.ts";
import { scopeOf } from "../../generator/fleet/one-cluster.ts";
import { phasesOf } from "../../generator/kustomize/write.ts";
import { parseObjects } from "../tools/kustomize.ts";
import type { Rendered } from "./cases.ts";
import { perCluster } from "./per-cluster.ts";

/** An object of Flux or Argo CD, as far as laws speak of it. */
export interface EngineObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Spec;
}
interface Spec {
  readonly ignore?: string;
  readonly path?: string;
  readonly prune?: boolean;
  readonly suspend?: boolean;
  readonly timeout?: string;
  readonly dependsOn?: readonly { readonly name: string }[];
  readonly sourceRef?: { readonly kind: string; readonly name: string };
  readonly healthChecks?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
  readonly project?: string;
  readonly source?: {
    readonly repoURL: string;
    readonly path?: string;
    readonly chart?: string;
    readonly targetRevision: string;
  };
  readonly syncPolicy?: { readonly automated?: { readonly prune: boolean } };
  readonly sourceRepos?: readonly string[];
  readonly chart?: {
    readonly spec: { readonly chart: string; readonly sourceRef: { readonly kind: string; readonly name: string } };
  };
}

/** What the engine of a cluster is given: its files, and the objects in them by the file they lie in. */
interface Engine {
  files: ReadonlyMap<string, string>;
  objects: readonly (EngineObject & { readonly file: string })[];
}

/** What the engine of a cluster is given: its files, and the objects in them by the file they lie in. */
export const engineOf = perCluster((cluster: Rendered): Engine => {
  const { files } = scopeOf(cluster);
  const objects = [...files]
    .filter(([path]) => path.startsWith("clusters/") && path.endsWith(".yaml") && !path.endsWith("/kustomization.yaml"))
    .flatMap(([file, text]) => parseObjects(text).map((object) => ({ ...(object as unknown as EngineObject), file })));
  return { files, objects };
});

/** Directories below overlays/ that are to be applied, each once: phases that hold something, and what instances share. */
export function appliedDirectories({ model, rendered }: Rendered): string[] {
  const root = `overlays/${model.spec.name}`;
  const shared = ["namespaces", "gateway-class", "secrets", "certificates", "storage-classes"].map(
    (name) => `${root}/${name}`,
  );
  return [
    ...shared.filter((directory) => rendered.files.has(`${directory}/kustomization.yaml`)),
    ...model.instances.flatMap(({ name }) =>
      phasesOf(rendered.renders.get(name)!).map((phase) => `${root}/${name}/${phase}`),
    ),
  ].sort();
}

const place = (phase: Phase): number => allPhases.indexOf(phase);
const placeOf = (directory: string): number => place(directory.slice(directory.lastIndexOf("/") + 1) as Phase);

/** The instances and phases that must be there before another, as pairs of directories: the model's order. */
export function orderOf({ model, rendered }: Rendered): [before: string, after: string][] {
  const root = `overlays/${model.spec.name}`;
  const phases = (name: string) => phasesOf(rendered.renders.get(name)!).map((phase) => `${root}/${name}/${phase}`);
  // Who needs an instance waits until it runs, and not for what it contracts afterwards.
  const running = (name: string) => phases(name).findLast((directory) => !directory.endsWith("/contract"))!;
  /** Of the owner and its part: what is there of the phases that the header of the part speaks of. */
  const inFamily = (before: string, first: Phase, then: string, second: Phase): [string, string][] => {
    const [done] = phases(before)
      .filter((directory) => placeOf(directory) <= place(first))
      .slice(-1);
    const begins = phases(then).find((directory) => placeOf(directory) >= place(second));
    return done === undefined || begins === undefined ? [] : [[done, begins]];
  };
  return model.instances.flatMap(({ name, after, owner, component }): [string, string][] => {
    const own = phases(name);
    const { after: first = { expand: "run" as const }, before: last = {} } = component.order ?? {};
    const pairs = (map: object) => Object.entries(map) as [Phase, Phase][];
    return [
      ...(owner === undefined
        ? []
        : [
            ...pairs(first).flatMap(([its, owners]) => inFamily(owner, owners, name, its)),
            ...pairs(last).flatMap(([its, owners]) => inFamily(name, its, owner, owners)),
          ]),
      [`${root}/namespaces`, own[0]!],
      ...own.slice(1).map((phase, index): [string, string] => [own[index]!, phase]),
      ...after.map((before): [string, string] => [running(before), own[0]!]),
    ];
  });
}
