import type { Placed } from "../../contract/kubernetes.ts";
import { objectName } from "../../kit/names.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { deployment } from "../../kit/workload.ts";
import { hostsOf } from "./database.ts";
import { databases, type OvnContext, shown } from "./options.ts";
import { northdIsReady, startNorthd } from "./scripts.ts";

export const northdRole = "northd";

/** One of them works, by a lock in the Southbound database, and the others wait for it. */
export const northd = (ctx: OvnContext): Placed[] => {
  const tls = shown(ctx, northdRole);
  const run = scratch("run", "/run/ovn", "16Mi");
  const memory = ctx.profile === "production" ? "1Gi" : "128Mi";
  const [north, south] = databases.map(({ port }) =>
    hostsOf(ctx)
      .map((host) => `ssl:${host}:${port}`)
      .join(","),
  );
  const probe = { exec: { command: ["sh", "-c", northdIsReady] }, timeoutSeconds: 10 };
  return deployment(
    ctx,
    northdRole,
    podTemplate(ctx, {
      role: northdRole,
      serviceAccount: objectName(ctx),
      containers: [
        container({
          name: northdRole,
          image: ctx.image(),
          command: ["sh", "-c", startNorthd],
          env: [
            { name: "NORTHBOUND", value: north! },
            { name: "SOUTHBOUND", value: south! },
            { name: "PROBE_INTERVAL", value: String(ctx.options.northdProbeInterval * 1000) },
            { name: "THREADS", value: String(ctx.options.threads) },
          ],
          resources: resources(ctx, northdRole, { requests: { cpu: "100m", memory }, limits: { memory } }),
          // A large network keeps it busy for longer than it answers nothing.
          livenessProbe: { ...probe, initialDelaySeconds: 60, failureThreshold: 6, periodSeconds: 30 },
          readinessProbe: { ...probe, periodSeconds: 10 },
          volumeMounts: [run.mount, tls.mount],
        }),
      ],
      volumes: [run.volume, tls.volume],
    }),
  );
};
