import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import type { Catalogue, Component } from "../../generator/contract/component.ts";
import { component } from "../../generator/contract/component.ts";
import type { ClusterValues, Context } from "../../generator/contract/context.ts";
import { error } from "../../generator/issues/issue.ts";
import { api } from "../../generator/kit/api.ts";
import { mergeIni } from "../../generator/kit/ini.ts";
import { job } from "../../generator/kit/job.ts";
import { identityEnvironment } from "../../generator/kit/login.ts";
import { authtoken, osloDefaults } from "../../generator/kit/oslo.ts";
import { worker } from "../../generator/kit/worker.ts";

// The smallest family that uses every word of the contract about parts: an owner, its parts, and a part of those. It looks
// like Nova, its cells, and the compute agents of a cell.

type All = Context & ClusterValues;
const port = 9999;
const image = (name: string) => ({
  [name]: (release: string) => `registry.example.org/${name}:${release}`,
  client: (release: string) => `registry.example.org/client:${release}`,
});
const usual = (name: string) => ({
  name,
  group: "services" as const,
  images: image(name),
  project: name,
  conf: `${name}.conf`,
});
const resources = { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "32Mi" } };
const config = (name: string) => (ctx: All) => ({
  [`${name}.conf`]:
    ctx.identity === undefined ? osloDefaults(ctx) : mergeIni(osloDefaults(ctx), authtoken(ctx, undefined)),
});
const migrations = (ctx: All) => [
  job(ctx, "db-expand", { phase: "expand", steps: [{ name: "expand", command: ["true"] }] }),
  job(ctx, "db-contract", { phase: "contract", steps: [{ name: "contract", command: ["true"] }] }),
];
const working = (ctx: All) => {
  const environment = ctx.identity === undefined ? [] : identityEnvironment(ctx);
  return worker(ctx, "worker", { command: ["true"], probe: ["true"], resources, environment });
};

/** The owner: each of its cells has a database, some have a database server of their own. */
const tiny = component({
  ...usual("tiny"),
  summary: "Owner of cells.",
  options: z.strictObject({
    cells: z
      .record(
        z.string(),
        z.strictObject({
          size: z.number().default(1).describe("Size of the cell."),
          own: z.boolean().default(false).describe("It has a database server of its own."),
          agents: z.array(z.string()).default([]).describe("Names of its agents."),
        }),
      )
      .default({})
      .describe("Cells by name."),
  }),
  roles: { api: { replicas: 2, scaling: "free", processes: 1 } },
  needs: () => [
    { kind: "database", name: "tiny", group: "database" },
    { kind: "messaging", name: "tiny", group: "DEFAULT" },
    { kind: "cache", name: "tiny", group: "cache" },
  ],
  requires: ["identity"],
  user: { roles: ["service"] },
  endpoints: { tiny: { type: "tiny", role: "api", port, description: "Tiny" } },
  reaches: ["tiny-cell"],
  parts: ({ cells }) =>
    Object.entries(cells).map(([name, { size, own, agents }]) => ({
      component: "tiny-cell",
      name,
      options: { size, agents },
      ...(own ? { dedicated: ["database"] as const } : {}),
    })),
  config: config("tiny"),
  manifests: (ctx) => [
    ...api(ctx, "api", { port, probe: "/", resources, environment: identityEnvironment(ctx) }),
    ...migrations(ctx),
  ],
});

/** A part with a database of its own, in its owner's virtual host, that its owner cannot run without. */
const cell = component({
  ...usual("tiny-cell"),
  summary: "Part with a database of its own.",
  partOf: "tiny",
  order: { after: { expand: "expand", contract: "run" }, before: { run: "run", contract: "contract" } },
  options: z.strictObject({
    size: z.number().default(1).describe("Size."),
    agents: z.array(z.string()).default([]).describe("Names of its agents."),
  }),
  roles: { worker: { replicas: 2, scaling: "free", processes: 1 } },
  check: ({ options }) =>
    options.size > 9 ? [error("out-of-range", `a cell of ${options.size} is too large`, "Write 9 or less.")] : [],
  needs: () => [
    { kind: "database", name: "tiny_cell", group: "database" },
    { kind: "messaging", name: "tiny", group: "DEFAULT", from: "owner" },
  ],
  data: (ctx) => [
    {
      key: "name",
      value: ctx.instance,
      shown: ctx.instance,
      rule: "keep",
      what: "the name that it is registered by",
      consequence: "It stays registered by its old name.",
    },
  ],
  parts: ({ agents }) => agents.map((name) => ({ component: "tiny-agent", name })),
  config: config("tiny-cell"),
  manifests: (ctx) => [...working(ctx), ...migrations(ctx)],
});

/** A part of a part: it holds nothing of its own, and its owner contracts when it runs. */
const agent = component({
  ...usual("tiny-agent"),
  summary: "Part of a part, without data.",
  partOf: "tiny-cell",
  order: { before: { run: "contract" } },
  options: z.strictObject({}),
  roles: { worker: { replicas: 2, scaling: "free" } },
  needs: () => [{ kind: "messaging", name: "tiny", group: "DEFAULT", from: "owner" }],
  requires: ["identity"],
  config: config("tiny-agent"),
  manifests: working,
});

/** Components that no part depends on, after the family in the order of things: they need its API. */
export const catalogueWith = (...components: readonly Component[]): Catalogue =>
  new Map([...builtIn, ...components.map((item): [string, Component] => [item.name, item])]);

export const catalogue = catalogueWith(tiny, cell, agent);
