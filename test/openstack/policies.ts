import { setTimeout } from "node:timers/promises";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { type Live, list } from "../cluster/observe.ts";
import type { Policy } from "../laws/packets.ts";
import type { Host } from "./hosts.ts";
import { type Addressed, rulesOf } from "./policy-rules.ts";

/** `OVERSTACK_POLICIES=off`: network policies protect nothing, as without a network plugin that enforces them. */
const isOn = process.env.OVERSTACK_POLICIES !== "off";

/**
 * Enforces network policies on the hosts, as a network plugin does: looks for policies and pods twice a second, and tells each host
 * that is on. Returns what ends it.
 */
export function enforcePolicies(cluster: ControlPlane, hosts: readonly Host[]): () => Promise<void> {
  let isEnding = !isOn;
  const work = async (): Promise<void> => {
    while (!isEnding) {
      // The API server may be busy, or a host be turned off meanwhile.
      await enforce(cluster, hosts).catch((error: unknown) => {
        if (!isEnding) console.log(`Network policies wait: ${error instanceof Error ? error.message : error}`);
      });
      await setTimeout(500);
    }
  };
  const end = work();
  return () => {
    isEnding = true;
    return end;
  };
}

async function enforce(cluster: ControlPlane, hosts: readonly Host[]): Promise<void> {
  const [pods, policies, namespaces] = await Promise.all(
    ["pods", "networkpolicies", "namespaces"].map((plural) => list(cluster, plural)),
  );
  const rules = rulesOf(
    policies!.map(({ metadata, spec }) => ({ namespace: metadata.namespace, spec: spec as never as Policy })),
    pods!.flatMap(addressed),
    new Map(namespaces!.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
  );
  for (const host of hosts) host.filter(rules);
}

/** A pod that lives and has an address of its own. */
function addressed({ metadata, spec, status }: Live): Addressed[] {
  const { podIP, phase } = (status ?? {}) as { readonly podIP?: string; readonly phase?: string };
  const isOver = phase === "Succeeded" || phase === "Failed";
  if (podIP === undefined || isOver || spec?.hostNetwork === true) return [];
  return [{ namespace: metadata.namespace, labels: metadata.labels ?? {}, address: podIP }];
}
