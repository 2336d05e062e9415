import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
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
}

/** A WSGI API behind uwsgi: Deployment, Service, PodDisruptionBudget and, if wanted, autoscaling. */
export function api(ctx: Context, role: string, parts: Api): Placed[] {
  const probe = {
    httpGet: { path: parts.probe, port: role, ...(speaksHttps(ctx) ? { scheme: "HTTPS" as const } : {}) },
  };
  const template = programTemplate(
    ctx,
    role,
    parts,
    {
      command: ["uwsgi", "--ini", `/etc/${ctx.project}/${parts.ini ?? "uwsgi.ini"}`],
      ports: containerPorts(role, parts),
      startupProbe: { ...probe, failureThreshold: 60, periodSeconds: 5, timeoutSeconds: 3 },
      livenessProbe: { ...probe, failureThreshold: 5, periodSeconds: 30, timeoutSeconds: 10 },
      readinessProbe: { ...probe, failureThreshold: 2, periodSeconds: 5, timeoutSeconds: 3 },
      // Endpoints are withdrawn while the server still answers; only then does it drain:
      // https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
      lifecycle: { preStop: { sleep: { seconds: 10 } } },
    },
    "server",
  );
  return [...deployment(ctx, role, template, { recreate: parts.recreate ?? false }), portService(ctx, role, parts)];
}
