import { optionsOf } from "../../generator/options/known.ts";
import { law, type Rendered } from "./cases.ts";
import { objectsOf } from "./objects.ts";

/* Kubernetes kills a program that is not done: what is under way is lost, after all the time that the pod has. */
law("a program that counts the seconds of its own end has them", hurried);

function hurried(cluster: Rendered): string[] {
  const objects = objectsOf(cluster);
  return cluster.model.instances.flatMap(({ name, component, spec: { common, release } }) => {
    // Whoever patches the seconds of a pod means it.
    if (common.patches !== undefined) return [];
    const own = objects.flatMap(({ instance, object }) => (instance === name ? [object] : []));
    const config = own.flatMap(({ kind, data }) => (kind === "ConfigMap" ? Object.values((data ?? {}) as object) : []));
    const stated = (option: string): number | undefined => {
      const [, seconds] = new RegExp(`^${option} = (\\d+)$`, "m").exec(config.join("\n")) ?? [];
      return seconds === undefined ? undefined : Number(seconds);
    };
    // What such programs take unless they are told otherwise: https://docs.openstack.org/nova/2026.1/configuration/config.html
    const waits = optionsOf(component.project ?? component.name, release)?.option(
      "DEFAULT",
      "manager_shutdown_timeout",
    );
    const whole = stated("graceful_shutdown_timeout") ?? (waits ? 180 : 0);
    const part = waits ? (stated("manager_shutdown_timeout") ?? 160) : -1;
    const pods = own.filter(({ kind }) => kind === "StatefulSet" || kind === "DaemonSet");
    return pods.flatMap(({ kind, metadata, spec }) => {
      const { terminationGracePeriodSeconds: grace = 30 } = (spec as Workload).template.spec;
      return part < whole && whole <= grace ? [] : [`${kind} ${metadata.name}: ${part} of ${whole} of ${grace} s`];
    });
  });
}

interface Workload {
  readonly template: { readonly spec: { readonly terminationGracePeriodSeconds?: number } };
}
