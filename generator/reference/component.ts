import { allOf } from "../base/words.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Need } from "../contract/connection.ts";
import type { Profile } from "../contract/context.ts";
import { endpointsOf, typesOf } from "../contract/endpoints.ts";
import { servedRoles } from "../contract/node-roles.ts";
import { schedulesOf } from "../contract/programs.ts";
import { defaultReplicas } from "../contract/replicas.ts";
import { generatedConfig } from "../explain/effective.ts";
import { parseCluster } from "../input/cluster.ts";
import { byRelease } from "../input/schema/shown-settings.ts";
import { bare } from "../input/schema/zod-walk.ts";
import { ancestryOf } from "../model/family.ts";
import type { Instance, Model } from "../model/model.ts";
import { resolve } from "../model/resolve.ts";
import { requiredSecrets } from "../render/secrets.ts";
import { type Row, rowsOf } from "./rows.ts";

/** What the page of one component shows. */
export interface ComponentPage {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  /** The smallest cluster that has it; undefined of a part that is there only where options of its owner ask for it. */
  readonly example?: string;
  /** What it is a part of. */
  readonly owner?: string;
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
  const { instance, model, isThere } = plainInstance(component, catalogue);
  return {
    name: component.name,
    summary: component.summary,
    group: component.group,
    ...(isThere ? { example: exampleOf(component, instance.name, catalogue) } : {}),
    ...(component.partOf === undefined ? {} : { owner: component.partOf }),
    // Those of a part are its owner's to say.
    options: component.partOf === undefined ? rowsOf(component.options) : [],
    roles: Object.entries(component.roles).map(([name, { scaling, listed, podLabels }]) => {
      const count = (profile: Profile) => (scaling === "node" ? "-" : defaultReplicas(component, profile, name));
      return {
        name,
        production: count("production"),
        development: count("development"),
        scaling: scalings[listed ? "listed" : podLabels === undefined ? scaling : "made"],
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

/** A part is written with its owner, without which it is not there. */
function exampleOf(component: Component, instance: string, catalogue: Catalogue): string {
  const head = ancestryOf(component, catalogue).at(-1)!;
  const sections = { ...(head === component ? {} : { [head.group]: [head.name] }) };
  sections[component.group] = [...(sections[component.group] ?? []), instance];
  const written = Object.entries(sections).map(
    ([group, names]) => `${group}:\n${names.map((name) => `  ${name}: {}\n`).join("")}`,
  );
  return [...nodeGroupFor(head).map((line) => `${line}\n`), ...written].join("");
}

/** The node group of these examples, where a component runs on one: what is on it is called after it. */
const nodeGroup = "compute";
const nodeGroupFor = (component: Component): string[] =>
  servedRoles(component)
    .slice(0, 1)
    .map((role) => `nodeGroups: { ${nodeGroup}: { roles: [${role}] } }`);

const scalings = {
  free: "any number; autoscaling",
  listed: "any number; others list its pods by name, so it does not scale by itself",
  made: "any number; an operator makes its pods, so it does not scale by itself",
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

/** The component on defaults, in the smallest cluster that has it: a part is there with its owner, or is added to it. */
function plainInstance(
  component: Component,
  catalogue: Catalogue,
): { instance: Instance; model: Model; isThere: boolean } {
  const head = ancestryOf(component, catalogue).at(-1)!;
  const groups = nodeGroupFor(head);
  const text = `name: reference
profile: development
domain: cloud.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: none }
${head.group}: { ${head.name}${groups.length === 0 ? "" : `-${nodeGroup}`}: {} }
${groups.join("\n")}
`;
  const { spec, issues } = parseCluster("clusters/reference/cluster.yaml", text, catalogue);
  if (spec === undefined) throw new Error(`the reference cluster is refused: ${JSON.stringify(issues)}`);
  const isIn = ({ instances }: Model): boolean => instances.some((each) => each.component === component);
  const { model: plain } = resolve(spec, catalogue);
  const isThere = isIn(plain);
  const { model } = isThere ? { model: plain } : resolve(spec, catalogue, component);
  return { instance: model.instances.find((each) => each.component === component)!, model, isThere };
}
