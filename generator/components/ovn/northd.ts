import type { Placed } from "../../contract/kubernetes.ts";
import { objectName } from "../../kit/names.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { deployment } from "../../kit/workload.ts";
import { remotes } from "./database.ts";
import { recorder, recording } from "./founded.ts";
import { databases, type OvnContext, shown } from "./options.ts";
import { northdIsReady, prepareNorthd, startNorthd } from "./scripts.ts";

export const northdRole = "northd";

/** One of them works, by a lock in the Southbound database, and the others wait for it. */
export const northd = (ctx: OvnContext): Placed[] => {
  const tls = shown(ctx, northdRole);
  const run = scratch("run", "/run/ovn", "16Mi");
  const record = recording(ctx);
  const memory = ctx.profile === "production" ? "1Gi" : "128Mi";
  const probe = { exec: { command: ["sh", "-c", northdIsReady] }, timeoutSeconds: 10 };
  const [north, south] = databases;
  const where = [
    { name: "NORTHBOUND", value: remotes(ctx, north) },
    { name: "SOUTHBOUND", value: remotes(ctx, south) },
  ];
  const probeInterval = { name: "PROBE_INTERVAL", value: String(ctx.options.northdProbeInterval * 1000) };
  const given = {
    image: ctx.image(),
    resources: resources(ctx, northdRole, { requests: { cpu: "100m", memory }, limits: { memory } }),
    volumeMounts: [run.mount, tls.mount],
  };
  const template = podTemplate(ctx, {
    role: northdRole,
    serviceAccount: objectName(ctx, northdRole),
    initContainers: [
      container({ ...given, name: "prepare", command: ["sh", "-c", prepareNorthd], env: [...where, probeInterval] }),
      record.container,
    ],
    containers: [
      container({
        ...given,
        name: northdRole,
        command: ["sh", "-c", startNorthd],
        env: [...where, { name: "THREADS", value: String(ctx.options.threads) }],
        // A large network keeps it busy, and it answers nothing meanwhile.
        livenessProbe: { ...probe, initialDelaySeconds: 60, failureThreshold: 6, periodSeconds: 30 },
        readinessProbe: { ...probe, periodSeconds: 10 },
      }),
    ],
    volumes: [run.volume, tls.volume, record.volume],
  });
  return [...recorder(ctx, northdRole), ...deployment(ctx, northdRole, template)];
};
