import type { Component } from "../contract/component.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Draft, Report } from "./draft.ts";
import { type Instance, replicasOf } from "./model.ts";

// Infrastructure can make StorageClasses. Whose volumes are of one waits for who makes it, so that nobody can wait for himself
// unnoticed; and what keeps copies by itself is not put on what keeps copies, too, unless somebody says so.

type Path = readonly (string | number)[];
type Settings = Pick<InstanceSpec, "options">;

/** The key of options, and of cluster.yaml's `kubernetes`, that names a StorageClass. */
const key = "storageClass";

/** StorageClasses that an instance's options name, and where. */
const namedClasses = ({ options }: Settings): readonly (readonly [path: Path, name: string])[] => found(options, []);

function found(value: unknown, path: Path): (readonly [Path, string])[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([word, below]): (readonly [Path, string])[] =>
    word === key && typeof below === "string" ? [[[...path, word], below]] : found(below, [...path, word]),
  );
}

/** True where its volumes are of the cluster's class, since it could name another one and does not. */
const takesDefault = ({ options: schema }: Component, { options }: Settings): boolean =>
  key in schema.shape && (options as Readonly<Record<string, unknown>>)[key] === undefined;

const classesMadeBy = (
  { component, spec: { options } }: Pick<Draft, "component" | "spec">,
  { profile }: Pick<ClusterSpec, "profile">,
): readonly string[] => Object.keys(component.storageClasses?.({ options, profile }) ?? {});

/** Other instances that make the StorageClasses of an instance's volumes. Whether one may be of its own, it says itself. */
export function makersOfClasses(
  { component, spec: settings }: Pick<Draft, "component" | "spec">,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
): readonly string[] {
  const { storageClass } = spec.kubernetes;
  const wanted = [
    ...namedClasses(settings).map(([, name]) => name),
    ...(takesDefault(component, settings) ? [storageClass] : []),
  ];
  return [...drafts].flatMap(([name, draft]) =>
    draft.spec !== settings && classesMadeBy(draft, spec).some((made) => wanted.includes(made)) ? [name] : [],
  );
}

/** Members that have all data each, on volumes of which somebody keeps copies, too. */
export function checkCopies(instances: readonly Instance[], spec: ClusterSpec, report: Report): void {
  const makers = new Map(
    instances.flatMap((maker) => classesMadeBy(maker, spec).map((made) => [made, maker.name] as const)),
  );
  for (const { name, component, spec: settings } of instances) {
    const members = membersOf(component, settings, spec);
    if (members < 2) continue;
    const message = (made: string) =>
      `${name}: each of its ${members} members has all data, and ${makers.get(made)} keeps copies of each again: a volume of ${made} is slower, and one stall of ${makers.get(made)} stops all members at once`;
    for (const [path, made] of namedClasses(settings))
      if (path.length === 1 && makers.has(made))
        report(
          [...settings.path, ...path],
          "copies-of-copies",
          message(made),
          "A class of disks of the nodes suits it better. It stays as it is written.",
          "warning",
        );
    const usual = spec.kubernetes.storageClass;
    if (usual !== undefined && makers.has(usual) && takesDefault(component, settings))
      report(
        settings.path,
        "copies-of-copies",
        message(usual),
        `Name a class of disks of the nodes: storageClass at ${name}. To take ${usual} all the same, write storageClass: ${usual} there.`,
      );
  }
}

/** Members that are a quorum, each with all data. */
const membersOf = (component: Component, settings: InstanceSpec, { profile }: ClusterSpec): number =>
  Math.max(
    0,
    ...Object.entries(component.roles).flatMap(([role, { scaling }]) =>
      scaling === "odd" ? [replicasOf(component, settings, profile, role)] : [],
    ),
  );
