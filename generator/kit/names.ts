import { plain } from "../base/data.ts";
import { chosen, type KindOrGroup } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import { type KubernetesObject, ownerLabels, type Phase, type Placed, waves } from "../contract/kubernetes.ts";

type Named = Pick<Context, "component" | "instance" | "suffix">;

/** Prefix of Overstack's own labels and annotations. */
const domain = "overstack.io";

/** `<component>-<role><suffix>`: Kustomize's nameSuffix can then make a second instance out of the first one's base. */
export const objectName = (ctx: Named, role?: string): string =>
  role === undefined ? `${ctx.component}${ctx.suffix}` : `${ctx.component}-${role}${ctx.suffix}`;

/** What selects the pods of one role. Never more: selectors are immutable. */
export const selector = (ctx: Named, role?: string): Record<string, string> => ({
  ...(role === undefined ? {} : { "app.kubernetes.io/component": role }),
  "app.kubernetes.io/instance": ctx.instance,
});

/** Labels of every object. */
export const labels = (ctx: Named, role?: string): Record<string, string> => ({
  ...selector(ctx, role),
  ...ownerLabels(),
  "app.kubernetes.io/name": ctx.component,
});

/** Label of a pod that may connect to a provider; the provider's network policy asks for it. */
export const clientLabel = (provider: string): string => `${domain}/client-of-${provider}`;

/** Labels of the pods of one role, with what it connects to; default: all connections. */
export const podLabels = (
  ctx: Context,
  role: string,
  connections?: readonly KindOrGroup[],
): Record<string, string> => ({
  ...labels(ctx, role),
  ...Object.fromEntries(
    [...chosen(ctx.connections, connections), ...chosen(ctx.reach, connections)].flatMap(({ instance }) =>
      instance === undefined ? [] : [[clientLabel(instance), "true"]],
    ),
  ),
  ...ctx.pod.labels,
});

/**
 * Fully qualified name of a Service: resolvers ask once instead of walking the search domains (ndots:5):
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export const serviceHost = (service: string, namespace: string, dns: string): string =>
  `${service}.${namespace}.svc.${dns}`;

/** Marks an object with its phase. Waves order phases inside an Argo CD Application; Flux has a Kustomization per phase. */
export const placed = (phase: Phase, object: object, wave: number = waves[phase]): Placed => ({
  phase,
  object: inWave(plain(object) as KubernetesObject, wave),
});

function inWave(object: KubernetesObject, wave: number): KubernetesObject {
  if (wave === 0) return object;
  const annotations = { ...object.metadata.annotations, [waveKey]: String(wave) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Jobs of the expand phase follow the objects that they use. */
export const jobWaves: Readonly<Record<Phase, number>> = { ...waves, expand: waves.expand + 1 };

/** The same in an Application where the phase begins in another wave. */
export function inWaveOf(item: Placed, begins: Readonly<Record<Phase, number>>): Placed {
  const { phase, object } = item;
  if (begins[phase] === waves[phase]) return item;
  const { [waveKey]: usual = "0", ...annotations } = object.metadata.annotations ?? {};
  const { annotations: _, ...metadata } = object.metadata;
  return {
    ...item,
    object: inWave(
      { ...object, metadata: { ...metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) } },
      Number(usual) - waves[phase] + begins[phase],
    ),
  };
}
const waveKey = "argocd.argoproj.io/sync-wave";

/**
 * Annotations that keep both engines from deleting an object that people would miss: removal from Git leaves it in the cluster.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/,
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#prune
 */
export const keepAnnotations: Readonly<Record<string, string>> = {
  // Its Application would otherwise be out of sync for good, and so hide what is really out of sync.
  "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
  "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
  "kustomize.toolkit.fluxcd.io/prune": "disabled",
};
