import type { Catalogue, Component } from "../contract/component.ts";
import type { Release } from "../contract/release.ts";
import type { InstanceSpec } from "./spec.ts";

/** An instance as it is written, before it is known which release it runs. */
export type WrittenInstance = Omit<InstanceSpec, "release">;

/** Gives each instance the release that it runs: its own word, that of the instance that it is a part of, or the cluster's. */
export const withReleases = (
  instances: readonly WrittenInstance[],
  cluster: Release,
  catalogue: Catalogue,
): InstanceSpec[] =>
  instances.map((instance) => ({
    ...instance,
    release: (headOf(instance, instances, catalogue) ?? instance).service.release ?? cluster,
  }));

/** The written instance that a part's name leads to: it carries the same suffix. Undefined of what is no part. */
function headOf(
  { name, component }: WrittenInstance,
  instances: readonly WrittenInstance[],
  catalogue: Catalogue,
): WrittenInstance | undefined {
  const own = catalogue.get(component)!;
  if (own.partOf === undefined) return undefined;
  const head = headComponent(own, catalogue);
  const ending = `${name.slice(own.name.length)}-`;
  return instances
    .filter((other) => other.component === head && ending.startsWith(`${other.name.slice(head.length)}-`))
    .sort((a, b) => b.name.length - a.name.length)[0];
}

const headComponent = ({ name, partOf }: Component, catalogue: Catalogue): string =>
  partOf === undefined ? name : headComponent(catalogue.get(partOf)!, catalogue);
