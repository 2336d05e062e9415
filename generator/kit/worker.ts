import type { IProbe } from "kubernetes-models/v1/Probe";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { deployment, type MainContainer, type Program, programTemplate } from "./workload.ts";

export interface Worker extends Program {
  readonly command: readonly string[];
  /** Command that tells whether it works. Default: by its connection to the broker. */
  readonly probe?: readonly string[];
  /** It runs exactly once: the old pod is gone before the new one starts. */
  readonly once?: boolean;
}

/** Seconds that a new pod must stay connected before an old one goes: without a port, nothing else tells that it works. */
export const minReadySeconds = 15;

/** A program without a port: Deployment, PodDisruptionBudget and, if wanted, autoscaling. */
export const worker = (ctx: Context, role: string, parts: Worker): Placed[] =>
  deployment(ctx, role, programTemplate(ctx, role, parts, workerContainer(ctx, role, parts), "client"), {
    recreate: parts.once ?? false,
    minReadySeconds,
  });

/** Container of a program without a port. It is restarted when it hangs, and not when the broker is away. */
export function workerContainer(ctx: Context, role: string, { command, connections, probe }: Worker): MainContainer {
  const asksBroker = connections?.includes("messaging") ?? ctx.connection("messaging") !== undefined;
  if (probe === undefined && !asksBroker)
    throw new Error(`${ctx.component}: nothing tells whether ${role} works: it needs a probe, or a broker`);
  const exec = (question: "alive" | "ready"): IProbe => ({
    exec: { command: [...(probe ?? ["python3", `/etc/${ctx.project}/${probeFile}`, question, transportUrl(ctx)])] },
    timeoutSeconds: 15,
  });
  return {
    command: [...command],
    // Where the broker is away the start is over, too: its return must not find a pod that waits for its next restart.
    startupProbe: { ...exec("alive"), failureThreshold: 60, periodSeconds: 10 },
    livenessProbe: { ...exec("alive"), failureThreshold: 5, periodSeconds: 60 },
    readinessProbe: { ...exec("ready"), failureThreshold: 3, periodSeconds: 20 },
  };
}

/** File with `workerProbe`, beside the configuration. */
export const probeFile = "worker-probe.py";

/** Variable with the URL of the broker. */
const transportUrl = (ctx: Context): string =>
  `OS_${ctx.connection("messaging")!.need.group.toUpperCase()}__TRANSPORT_URL`;
