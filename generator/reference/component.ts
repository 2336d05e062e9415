import { allOf } from "../base/words.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Need } from "../contract/connection.ts";
import type { Profile } from "../contract/context.ts";
import { endpointsOf, typesOf } from "../contract/endpoints.ts";
import { schedulesOf } from "../contract/programs.ts";
import { defaultReplicas } from "../contract/replicas.ts";
import { generatedConfig } from "../explain/effective.ts";
import { parseCluster } from "../input/cluster.ts";
import { byRelease } from "../input/schema/shown-settings.ts";
import { bare } from "../input/schema/zod-walk.ts";
import type { Instance, Model } from "../model/model.ts";
import { resolve } from "../model/resolve.ts";
import { requiredSecrets } from "../render/secrets.ts";
import { type Row, rowsOf } from "./rows.ts";

/** What the page of one component shows. */
export interface ComponentPage {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly options: readonly Row[];
  readonly roles: readonly {
    name: string;
    production: number | "-";
    development: number | "-";
    scaling: string;
  }[];
  readonly images: readonly { name: string; reference: string }[];
  readonly needs: readonly { kind: string; name: string; group: string }[];
  readonly endpoints: readonly { type: string; port: number; path: string; timeout: string }[];
  readonly directory: string;
  readonly files: readonly { name: string; kind: string }[];
  readonly crons: readonly { name: string; schedule: string }[];
  readonly secrets: readonly { name: string; keys: string; purpose: string }[];
  readonly operators: string;
}

/** Everything that the header of a component, and its rendering on defaults, say about it. */
export function componentPage(component: Component, catalogue: Catalogue): ComponentPage {
  const { instance, model } = plainInstance(component, catalogue);
  return {
    name: component.name,
    summary: component.summary,
    group: component.group,
    options: rowsOf(component.options),
    roles: Object.entries(component.roles).map(([name, { scaling, listed }]) => {
      const count = (profile: Profile) => (scaling === "node" ? "-" : defaultReplicas(component, profile, name));
      return {
        name,
        production: count("production"),
        development: count("development"),
        scaling: scalings[listed ? "listed" : scaling],
      };
    }),
    images: [
      ...Object.entries(component.images).map(([name, of]) => ({ name, reference: `\`${byRelease(of)}\`` })),
      ...Object.entries(component.ownImages ?? {}).map(([name, has]) => ({
        name,
        reference: `none: you build one with ${has}`,
      })),
    ],
    needs: needsOf(component, instance).map(({ kind, name, group }) => ({ kind, name, group })),
    endpoints: endpointsOf(component).map(([key, { type, port, path = "", timeout = 60 }]) => ({
      type: allOf(typesOf({ type })) || key,
      port,
      path: path || "/",
      timeout: timeout === 0 ? "none" : `${timeout} s`,
    })),
    directory: `/etc/${component.project}`,
    files: Object.entries(generatedConfig(instance, model)).map(([name, content]) => ({
      name,
      kind: name === component.conf ? "ini, the main file" : typeof content === "string" ? "text" : "ini",
    })),
    crons: Object.entries(schedulesOf(component)).map(([name, schedule]) => ({ name, schedule })),
    secrets: requiredSecrets(model)
      .filter(({ readBy }) => readBy.includes(instance.name))
      .map(({ name, keys, purpose, origin }) => ({
        name,
        keys: Object.keys(keys).join(", "),
        purpose: `${purpose}${origin === "cluster" ? " (made in the cluster, by a Job)" : ""}`,
      })),
    operators: allOf(component.operators ?? []),
  };
}

const scalings = {
  free: "any number; autoscaling",
  listed: "any number; others list its pods by name, so it does not scale by itself",
  odd: "an odd number: it keeps a quorum",
  one: "runs once",
  node: "one on each node of its group",
} as const;

/** All needs that an instance can have: those of the defaults, and of options that are switched on. */
function needsOf(component: Component, instance: Instance): readonly Need[] {
  const switches = Object.entries(component.options.shape)
    .filter(([, schema]) => bare(schema).def.type === "boolean")
    .map(([key]) => [key, true]);
  return component.needs?.({ ...(instance.spec.options as object), ...Object.fromEntries(switches) }) ?? [];
}

/** The component on defaults, in the smallest cluster that has it. */
function plainInstance(component: Component, catalogue: Catalogue): { instance: Instance; model: Model } {
  const text = `name: reference
profile: development
domain: cloud.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: none }
${component.group}: { ${component.name}: {} }
`;
  const { spec, issues } = parseCluster("clusters/reference/cluster.yaml", text, catalogue);
  if (spec === undefined) throw new Error(`the reference cluster is refused: ${JSON.stringify(issues)}`);
  const { model } = resolve(spec, catalogue);
  const instance = model.instances.find(({ name }) => name === component.name)!;
  return { instance, model };
}
