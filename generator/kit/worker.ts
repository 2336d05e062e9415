import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { IProbe } from "kubernetes-models/v1/Probe";
import type { Endpoint } from "../contract/component.ts";
import { chosen } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import { isHttp } from "../contract/endpoints.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { containerPorts, portService, transports } from "./ports.ts";
import { deployment, type Program, programTemplate } from "./workload.ts";

export interface Worker extends Program {
  readonly command: readonly string[];
  /** Command that tells whether it works. Default: by its connection to the broker. */
  readonly probe?: readonly string[];
  /** Where it listens. */
  readonly endpoint?: Endpoint;
  /** It runs exactly once: the old pod is gone before the new one starts. */
  readonly once?: boolean;
}

/** Seconds that a new pod must stay connected before an old one goes: without a port, nothing else tells that it works. */
export const minReadySeconds = 15;

/** A program that is not a WSGI API: Deployment, PodDisruptionBudget, if wanted autoscaling, and a Service where it listens. */
export const worker = (ctx: Context, role: string, parts: Worker): Placed[] => [
  ...deployment(ctx, role, workerTemplate(ctx, role, parts), { recreate: parts.once ?? false, minReadySeconds }),
  ...(parts.endpoint === undefined ? [] : [portService(ctx, role, parts.endpoint)]),
];

/** Pod template of such a program. It is restarted when it hangs, and not when the broker is away. */
export function workerTemplate(ctx: Context, role: string, parts: Worker): IPodTemplateSpec {
  const { command, endpoint } = parts;
  const main = {
    command: [...command],
    ...(endpoint === undefined ? {} : { ports: containerPorts(role, endpoint) }),
    ...probes(ctx, role, parts),
  };
  return programTemplate(ctx, role, parts, main, endpoint !== undefined && isHttp(endpoint) ? "server" : "client");
}

/** Its own command tells whether it works, else its connection to the broker, and its port whether it is ready. */
function probes(ctx: Context, role: string, { connections, endpoint, probe }: Worker) {
  const own: IProbe | undefined = probe && { exec: { command: [...probe] }, timeoutSeconds: 15 };
  const asksBroker = chosen(ctx.connections, connections).some(({ need }) => need.kind === "messaging");
  const port: IProbe | undefined =
    endpoint && transports(endpoint).includes("TCP")
      ? { tcpSocket: { port: endpoint.port }, timeoutSeconds: 3 }
      : undefined;
  const alive = own ?? (asksBroker ? brokerProbe(ctx, "alive") : port);
  const ready = own ?? port ?? (asksBroker ? brokerProbe(ctx, "ready") : undefined);
  if (alive === undefined || ready === undefined)
    throw new Error(`${ctx.component}: nothing tells whether ${role} works: it needs a probe, a port or a broker`);
  return {
    // Where the broker is away the start is over, too: its return must not find a pod that waits for its next restart.
    startupProbe: { ...alive, failureThreshold: 60, periodSeconds: 10 },
    livenessProbe: { ...alive, failureThreshold: 5, periodSeconds: 60 },
    readinessProbe: { ...ready, failureThreshold: 3, periodSeconds: 20 },
  };
}

const brokerProbe = (ctx: Context, question: "alive" | "ready"): IProbe => ({
  exec: { command: ["python3", `/etc/${ctx.project}/${probeFile}`, question, transportUrl(ctx)] },
  timeoutSeconds: 15,
});

/** File with `workerProbe`, next to the configuration. */
export const probeFile = "worker-probe.py";

/** Variable with the URL of the broker. */
const transportUrl = (ctx: Context): string =>
  `OS_${ctx.connection("messaging")!.need.group.toUpperCase()}__TRANSPORT_URL`;
