import type { IProbe } from "kubernetes-models/v1/Probe";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { drains, type Front, socketProbeFile } from "./front.ts";
import { containerPorts, portService } from "./ports.ts";
import { speaksHttps } from "./tls.ts";
import { deployment, type Program, programTemplate } from "./workload.ts";

interface Api extends Program {
  readonly port: number;
  /** Path that answers without touching database or broker: fit for liveness. */
  readonly probe: string;
  /** File below /etc/<project> that uwsgi reads. */
  readonly ini?: string;
  /** The old pod must be gone before the new one starts: it holds what two cannot share. */
  readonly recreate?: boolean;
  /** The server that holds the port in its place. */
  readonly holder?: Front | undefined;
}

/** A WSGI API behind uwsgi: Deployment, Service, PodDisruptionBudget and, if wanted, autoscaling. */
export function api(ctx: Context, role: string, parts: Api): Placed[] {
  const probe = {
    httpGet: { path: parts.probe, port: role, ...(speaksHttps(ctx) ? { scheme: "HTTPS" as const } : {}) },
  };
  const command = ["uwsgi", "--ini", `/etc/${ctx.project}/${parts.ini ?? "uwsgi.ini"}`];
  const ready = { readinessProbe: { ...probe, failureThreshold: 2, periodSeconds: 5, timeoutSeconds: 3 } };
  const ports = containerPorts(role, parts);
  const { holder } = parts;
  const template =
    holder === undefined
      ? programTemplate(
          ctx,
          role,
          parts,
          { command, ports, ...lives(probe), ...ready, ...drain(drains.front) },
          "server",
        )
      : programTemplate(
          ctx,
          role,
          {
            ...parts,
            grace: (parts.grace ?? 60) + drains.uwsgi - drains.front,
            // Whether uwsgi answers too is what makes the pod ready; it is no reason to start the front again.
            front: {
              ...holder,
              holds: { ports, ...lives({ tcpSocket: { port: role } }), ...ready, ...drain(drains.front) },
            },
          },
          { command, ...lives({ exec: { command: askSocket(ctx, parts.probe) } }), ...drain(drains.uwsgi) },
          "server",
        );
  return [...deployment(ctx, role, template, { recreate: parts.recreate ?? false }), portService(ctx, role, parts)];
}

const lives = (probe: IProbe) => ({
  startupProbe: { ...probe, failureThreshold: 60, periodSeconds: 5, timeoutSeconds: 3 },
  livenessProbe: { ...probe, failureThreshold: 5, periodSeconds: 30, timeoutSeconds: 10 },
});

/**
 * Endpoints are withdrawn while the server still answers; only then does it drain:
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
 */
const drain = (seconds: number) => ({ lifecycle: { preStop: { sleep: { seconds } } } });

const askSocket = (ctx: Context, path: string): string[] => ["python3", `/etc/${ctx.project}/${socketProbeFile}`, path];
