import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import { chosen, type KindOrGroup } from "../contract/connection.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { agent } from "./agent.ts";
import { api } from "./api.ts";
import { cron } from "./cron.ts";
import { job } from "./job.ts";
import { apiAccount } from "./service-account.ts";
import type {
  ApiRole,
  Service,
  ServiceContext,
  ServiceCron,
  ServiceJob,
  ServiceRole,
  Step,
  WorkerRole,
} from "./service-header.ts";
import { stateful } from "./stateful.ts";
import { worker } from "./worker.ts";
import type { Program } from "./workload.ts";

interface Programs<O> extends Required<Pick<Service<O>, "roles" | "jobs" | "crons">> {
  /** What its roles log in to the Identity service with. */
  readonly credentials: readonly IEnvVar[];
}

/** The objects of a service's roles, Jobs and crons. */
export const serviceObjects = <O>(
  ctx: ServiceContext<O>,
  { roles, jobs, crons, credentials }: Programs<O>,
): Placed[] => [
  ...Object.entries(roles).flatMap(([role, header]) => {
    const program = programOf(ctx, header, credentials);
    return "wsgi" in header
      ? apiObjects(ctx, role, header, program, uwsgiFile(role, roles))
      : workerObjects(ctx, role, header, program);
  }),
  ...Object.entries(jobs).flatMap(([name, parts]) => jobObjects(ctx, name, parts)),
  ...Object.entries(crons).flatMap(([name, parts]) => cronObjects(ctx, name, parts)),
];

/** File that uwsgi reads: that of the first API has the plain name. */
export const uwsgiFile = <O>(role: string, roles: Service<O>["roles"]): string =>
  role === Object.keys(roles).find((name) => "wsgi" in roles[name]!) ? "uwsgi.ini" : `uwsgi-${role}.ini`;

function programOf<O>(ctx: ServiceContext<O>, header: ServiceRole<O>, credentials: readonly IEnvVar[]): Program {
  const { memory: [request, limit] = ["512Mi", "1Gi"], cpu = "100m" } = header;
  const extras = header.pod?.(ctx);
  return {
    ...extras,
    resources: {
      requests: { cpu: typeof cpu === "string" ? cpu : cpu[ctx.profile], memory: request },
      limits: { memory: limit },
    },
    environment: [...credentials, ...(extras?.environment ?? [])],
    ...defined({
      grace: header.grace,
      scratch: header.scratch,
      locks: header.locks,
      prepare: header.prepare,
      connections: header.without && used(ctx, header.without),
    }),
  };
}

const apiObjects = <O>(
  ctx: ServiceContext<O>,
  role: string,
  { endpoint, probe = "/healthcheck", recreate, front }: ApiRole<O>,
  program: Program,
  ini: string,
): Placed[] =>
  api(ctx, role, {
    ...{ ...program, port: endpoint.port, probe, ini },
    ...{ recreate: recreate?.(ctx) ?? false, holder: front?.(ctx) },
  });

function workerObjects<O>(
  ctx: ServiceContext<O>,
  role: string,
  { command, endpoint, probe, scaling, stateful: claims }: WorkerRole<O>,
  program: Program,
): Placed[] {
  const parts = { ...program, command, ...defined({ probe, endpoint: endpoint && { role, ...endpoint } }) };
  if (scaling === "node") return [agent(ctx, role, parts)];
  return claims === undefined
    ? worker(ctx, role, { ...parts, once: scaling === "one" })
    : stateful(ctx, role, { ...parts, claims: claims(ctx) });
}

/** Groups of the connections that are left. */
function used<O>({ connections }: ServiceContext<O>, without: readonly KindOrGroup[]): KindOrGroup[] {
  const left = new Set(connections);
  for (const connection of chosen(connections, without)) left.delete(connection);
  return [...left].map(({ need }) => need.group);
}

function jobObjects<O>(
  ctx: ServiceContext<O>,
  name: string,
  { phase, steps = {}, connections, pod, rules, trusting }: ServiceJob<O>,
): Placed[] {
  const all = Object.entries(steps).flatMap(([step, parts]) => {
    const { when, run, environment }: Step<O> = "run" in parts ? parts : { run: parts };
    return when?.(ctx) === false ? [] : [{ name: step, command: run, environment: environment?.(ctx) ?? [] }];
  });
  if (all.length === 0) return [];
  return [
    ...(rules === undefined ? [] : apiAccount(ctx, phase, name, rules(ctx))),
    job(ctx, name, {
      ...pod?.(ctx),
      phase,
      steps: all,
      callsKubernetes: rules !== undefined,
      ...defined({ connections, trusting }),
    }),
  ];
}

const cronObjects = <O>(
  ctx: ServiceContext<O>,
  name: string,
  { run, connections, pod, rules }: ServiceCron<O>,
): Placed[] =>
  run === undefined
    ? []
    : [
        ...(rules === undefined ? [] : apiAccount(ctx, "run", name, rules(ctx))),
        cron(ctx, name, {
          ...pod?.(ctx),
          command: run,
          callsKubernetes: rules !== undefined,
          ...defined({ connections }),
        }),
      ];

/** The fields that have a value. */
const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
