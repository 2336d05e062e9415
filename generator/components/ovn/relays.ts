import type { Placed } from "../../contract/kubernetes.ts";
import { everyAddress } from "../../kit/ip.ts";
import { objectName, serviceHost } from "../../kit/names.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { containerPorts, portService } from "../../kit/ports.ts";
import { deployment } from "../../kit/workload.ts";
import { holds } from "./addresses.ts";
import { hostsOf, remotes } from "./database.ts";
import { databases, type OvnContext, shown } from "./options.ts";
import { handOver, isAlive, isReady, startRelay } from "./scripts.ts";

export const relayRole = "relay";

/** Name under which the relays of an instance are found. */
export const relayHost = (instance: string, namespace: string, dns: string): string =>
  serviceHost(instance.replace(/^ovn/, `ovn-${relayRole}`), namespace, dns);

/**
 * Relays have the Southbound database as the members have it, and hand on what clients write. They hold nothing: a client of one that is lost
 * goes to another. https://docs.openvswitch.org/en/stable/topics/ovsdb-relay/
 */
export function relays(ctx: OvnContext): Placed[] {
  if (!ctx.options.relays) return [];
  const [, south] = databases;
  const tls = shown(ctx, relayRole);
  const run = scratch("run", "/run/ovn", "16Mi");
  const memory = ctx.profile === "production" ? "1Gi" : "128Mi";
  const probe = (script: string) => ({ exec: { command: ["sh", "-c", script] }, timeoutSeconds: 10 });
  const template = podTemplate(ctx, {
    role: relayRole,
    serviceAccount: objectName(ctx),
    grace: 60,
    containers: [
      container({
        name: relayRole,
        image: ctx.image(),
        command: ["sh", "-c", startRelay],
        env: [
          { name: "DATABASE", value: relayRole },
          { name: "SCHEMA", value: south.schema },
          { name: "SOUTHBOUND", value: remotes(ctx, south) },
          { name: "PORT", value: String(south.port) },
          { name: "LISTEN", value: everyAddress(ctx) === "" ? "" : `:${everyAddress(ctx)}` },
          { name: "PROBE_INTERVAL", value: String(ctx.options.probeInterval * 1000) },
          { name: "HOLDS", value: String(holds(hostsOf(ctx).length)) },
        ],
        ports: containerPorts(relayRole, south),
        resources: resources(ctx, relayRole, { requests: { cpu: "100m", memory }, limits: { memory } }),
        lifecycle: { preStop: { exec: { command: ["sh", "-c", handOver] } } },
        livenessProbe: { ...probe(isAlive), initialDelaySeconds: 30, failureThreshold: 6, periodSeconds: 20 },
        readinessProbe: { ...probe(isReady), failureThreshold: 2, periodSeconds: 5 },
        volumeMounts: [run.mount, tls.mount],
      }),
    ],
    volumes: [run.volume, tls.volume],
  });
  return [...deployment(ctx, relayRole, template), portService(ctx, relayRole, south)];
}
