import { clusterFile } from "../base/layout.ts";
import { unknownValue } from "../base/placeholder.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Profile } from "../contract/context.ts";
import type { Release } from "../contract/release.ts";
import { parseCluster } from "../input/cluster.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Render } from "../kustomize/rendering.ts";
import { ancestryOf } from "../model/family.ts";
import type { Instance, Model } from "../model/model.ts";
import { resolve } from "../model/resolve.ts";
import type { Lineage } from "./config.ts";
import { renderInstance } from "./instance.ts";

/** The base of a component: its rendering in the cluster that says nothing, whose values are placeholders. */
export interface Base {
  readonly lineage: Lineage;
  readonly production: Render;
  /** The base as the shared development component leaves it. */
  readonly development: Render;
}

/** Renders the base of a component for a release. That of a part stands in the instance of its owner that bears the plain name. */
export function baseOf(component: Component, release: Release, catalogue: Catalogue): Base {
  const base = neutral(component, release, "production", catalogue);
  const development = neutral(component, release, "development", catalogue);
  const lineage = { base, development };
  return {
    lineage,
    production: renderInstance(base.instance, base.model, lineage, "base"),
    development: renderInstance(development.instance, development.model, lineage, "base"),
  };
}

function neutral(
  component: Component,
  release: Release,
  profile: Profile,
  catalogue: Catalogue,
): { instance: Instance; model: Model } {
  const head = ancestryOf(component, catalogue).at(-1)!;
  const text = `name: base\nrelease: "${release}"\nprofile: ${profile}\ndomain: base.invalid\ndelivery: { repository: "https://base.invalid/" }\naccess: { tls: { secret: base } }\n${head.group}: { ${head.name}: {} }\n`;
  // What a cluster must say and a base cannot know (Glance's store) is missing here: refusals do not concern a base.
  const { spec, issues } = parseCluster(clusterFile("base"), text, catalogue);
  if (spec === undefined) throw new Error(`the cluster of the bases is refused: ${JSON.stringify(issues)}`);
  const { model } = resolve({ ...spec, ...unknownValues(spec) }, catalogue, component);
  const instance = model.instances.find(({ name }) => name === component.name);
  if (instance === undefined) throw new Error(`the cluster of the bases has no ${component.name}`);
  return { instance, model: { ...model, isBase: true } };
}

/** What a cluster says about itself and a base cannot know. */
const unknownValues = ({ access, delivery }: ClusterSpec): Partial<ClusterSpec> => ({
  file: clusterFile(unknownValue),
  name: unknownValue,
  domain: `${unknownValue}.invalid`,
  region: unknownValue,
  delivery: { ...delivery, repository: `https://${unknownValue}.invalid/fleet.git` },
  access: { ...access, tls: { secret: unknownValue } },
});
