import { clusterFile } from "../base/layout.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Profile } from "../contract/context.ts";
import type { Release } from "../contract/release.ts";
import { parseCluster } from "../input/cluster.ts";
import type { Render } from "../kustomize/rendering.ts";
import type { Instance, Model } from "../model/model.ts";
import { resolve } from "../model/resolve.ts";
import { sentinel } from "./cluster-values.ts";
import type { Lineage } from "./config.ts";
import { renderInstance } from "./instance.ts";

/** The base of a component: its rendering in the cluster that says nothing, whose facts are sentinels. */
export interface Base {
  readonly lineage: Lineage;
  readonly production: Render;
  /** The base as the shared development component leaves it. */
  readonly development: Render;
}

/** Renders the base of a component for a release. */
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
  const text = `name: ${sentinel}\nrelease: "${release}"\nprofile: ${profile}\ndomain: ${sentinel}.invalid\nregion: ${sentinel}\ndelivery: { repository: "https://${sentinel}.invalid/fleet.git" }\naccess: { tls: { secret: ${sentinel} } }\n${component.group}: { ${component.name}: {} }\n`;
  // What a cluster must say and a base cannot know (Glance's store) is missing here: refusals do not concern a base.
  const { spec, issues } = parseCluster(clusterFile(sentinel), text, catalogue);
  if (spec === undefined) throw new Error(`the neutral cluster is refused: ${JSON.stringify(issues)}`);
  const { model } = resolve(spec, catalogue);
  const instance = model.instances.find(({ name }) => name === component.name);
  if (instance === undefined) throw new Error(`the neutral cluster has no ${component.name}`);
  return { instance, model };
}
