import type { IContainer } from "kubernetes-models/v1/Container";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { KindOrGroup } from "../contract/connection.ts";
import type { Context, Resources } from "../contract/context.ts";
import { withHost } from "./host.ts";
import { podLabels, selector } from "./names.ts";
import { optionFiles } from "./option-secrets.ts";
import { canonicalQuantity } from "./quantity.ts";
import { asksOutside, internalCa, internalCertificates, speaksHttps } from "./tls.ts";
import { trustedCa } from "./trusted-ca.ts";

/** What a workload's pod is made of, beyond what every pod gets. */
export interface PodParts {
  readonly role: string;
  readonly containers: readonly IContainer[];
  readonly initContainers?: readonly IContainer[];
  readonly volumes?: readonly IVolume[];
  readonly serviceAccount?: string;
  /** Only where the pod talks to the Kubernetes API. */
  readonly token?: boolean;
  readonly grace?: number;
  readonly restartPolicy?: "Never" | "OnFailure";
  /** Jobs run once: they spread over nothing. */
  readonly spread?: boolean;
  /** Operator's volumes and sidecars; Jobs have neither. */
  readonly extras?: boolean;
  /** Connections that the pod uses, for the network policies of those who answer; default: all. */
  readonly connections?: readonly KindOrGroup[];
  /** Its programs ask servers outside: the cluster's own authorities are added to the public ones. */
  readonly trusting?: boolean;
  /** Labels of the node that it must run on, beside those that cluster.yaml names. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly uid?: number;
  /** The group of its user has no rights on its volumes: other programs run as that user. */
  readonly volumesOfRoot?: true;
}

/** Pod template: non-root, read-only root, no token unless asked, spread by host and zone, quick to leave a lost node. */
export function podTemplate(ctx: Context, parts: PodParts): IPodTemplateSpec {
  const extras = parts.extras ?? true;
  const own = extras ? (ctx.pod.volumes ?? []) : [];
  const trust = parts.trusting ? addedAuthorities(ctx) : undefined;
  const trusting = trust === undefined ? [] : [trust.mount];
  const initContainers = [
    ...(trust === undefined ? [] : [container(trust.container)]),
    ...(parts.initContainers ?? []).map((first) => withMounts(first, trusting)),
  ];
  const [main, ...others] = parts.containers;
  const uid = parts.uid ?? ctx.uid;
  const role = ctx.role(parts.role);
  const staysOnNode = role?.scaling === "node";
  const spec: IPodSpec = {
    automountServiceAccountToken: parts.token ?? false,
    // Kubernetes' own <SERVICE>_PORT variables have no place in an environment that configures programs:
    // https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    enableServiceLinks: false,
    ...(parts.serviceAccount === undefined ? {} : { serviceAccountName: parts.serviceAccount }),
    ...(parts.restartPolicy === undefined ? {} : { restartPolicy: parts.restartPolicy }),
    ...(parts.grace === undefined ? {} : { terminationGracePeriodSeconds: parts.grace }),
    ...(parts.spread === false || staysOnNode ? {} : spreading(ctx, parts.role)),
    ...placement(ctx, staysOnNode, parts.nodeSelector),
    securityContext: {
      ...(parts.volumesOfRoot ? {} : { fsGroup: uid, fsGroupChangePolicy: "OnRootMismatch" }),
      runAsGroup: uid,
      runAsNonRoot: true,
      runAsUser: uid,
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(initContainers.length === 0 ? {} : { initContainers }),
    containers: [
      withMounts(main!, [
        ...trusting,
        ...own.map(({ volume, mountPath, readOnly }) => ({
          name: (volume as IVolume).name,
          mountPath,
          ...(readOnly ? { readOnly } : {}),
        })),
      ]),
      ...others.map((each) => withMounts(each, trusting)),
      // The namespace admits no container without a security context; what the operator says of it wins.
      ...(extras ? ((ctx.pod.sidecars ?? []) as IContainer[]).map(container) : []),
    ],
    volumes: [...(parts.volumes ?? []), ...(trust?.volumes ?? []), ...own.map(({ volume }) => volume as IVolume)],
  };
  const annotations = ctx.pod.annotations;
  return {
    metadata: {
      labels: podLabels(ctx, parts.role, parts.connections),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    },
    spec: withHost(role, spec),
  };
}

/** What programs trust beside the public authorities: the operator's own; of the inside where they ask both sides. */
function addedAuthorities(ctx: Context): ReturnType<typeof trustedCa> | undefined {
  const { trustedCa: configMap } = ctx.pod;
  const [mount] = asksOutside(ctx) && speaksHttps(ctx) ? internalCertificates(ctx).mounts : [];
  if (configMap === undefined && mount === undefined) return undefined;
  return trustedCa({ configMap, mounted: mount && { mount, file: internalCa } }, ctx.image());
}

/** They come last, so that an overlay that adds one shows nothing else. */
const withMounts = (one: IContainer, mounts: readonly IVolumeMount[]): IContainer =>
  mounts.length === 0 ? one : { ...one, volumeMounts: [...(one.volumeMounts ?? []), ...mounts] };

/** Preferred anti-affinity by host and spread over zones; never required: an all-in-one node runs everything. */
export function spreading(
  ctx: Context,
  role: string,
  matchLabels: Record<string, string> = selector(ctx, role),
): Pick<IPodSpec, "affinity" | "topologySpreadConstraints"> {
  const [host, ...wider] = ctx.pod.topologyKeys ?? ["kubernetes.io/hostname", "topology.kubernetes.io/zone"];
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { labelSelector: { matchLabels }, topologyKey: host! } },
        ],
      },
    },
    topologySpreadConstraints: wider.map((topologyKey) => ({
      labelSelector: { matchLabels },
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
    })),
  };
}

/**
 * The same of a Deployment: new pods are spread among themselves. Counted with the old ones, which go one by one, the second new pod may come
 * to the node of the first, and at the end one node has two and another none:
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#matchlabelkeys
 */
export function byRevision<Spec extends ReturnType<typeof spreading>>(spec: Spec): Spec {
  const preferred = spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  if (preferred === undefined) return spec;
  const matchLabelKeys = ["pod-template-hash"];
  return {
    ...spec,
    affinity: {
      ...spec.affinity,
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: preferred.map(({ podAffinityTerm, weight }) => ({
          weight,
          podAffinityTerm: { ...podAffinityTerm, matchLabelKeys },
        })),
      },
    },
    topologySpreadConstraints: spec.topologySpreadConstraints?.map((each) => ({ ...each, matchLabelKeys })),
  };
}

/**
 * A lost node is left after 30 s instead of Kubernetes' 300 s:
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */
export const leavingLostNodes: NonNullable<IPodSpec["tolerations"]> = ["not-ready", "unreachable"].map((condition) => ({
  effect: "NoExecute",
  key: `node.kubernetes.io/${condition}`,
  operator: "Exists",
  tolerationSeconds: 30,
}));

/**
 * Node selection and tolerations. What belongs to a node stays on it while it is lost: nothing would run elsewhere. It is never evicted
 * for want of memory, as machines of users are on the node, and it goes before other pods:
 * https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/
 */
export const placement = (
  ctx: Context,
  stays = false,
  nodeSelector?: Readonly<Record<string, string>>,
): Pick<IPodSpec, "nodeSelector" | "tolerations" | "priorityClassName"> => {
  // A Job of what runs on the nodes of a group runs anywhere: a group may have no node yet.
  const wanted = ctx.nodeGroup !== undefined && !stays ? undefined : ctx.pod.nodeSelector;
  return {
    ...((wanted ?? nodeSelector) === undefined ? {} : { nodeSelector: { ...wanted, ...nodeSelector } }),
    ...priority(ctx.pod.priorityClassName ?? (stays ? forNodes : undefined)),
    tolerations: [
      ...(stays ? [] : leavingLostNodes),
      ...((ctx.pod.tolerations ?? []) as NonNullable<IPodSpec["tolerations"]>),
    ],
  };
};

/**
 * Servers on a node depend on what runs there for them: it is evicted last, and takes the place of others
 * (https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/).
 */
const forNodes = "system-node-critical";

const priority = (priorityClassName: string | undefined): Pick<IPodSpec, "priorityClassName"> =>
  priorityClassName === undefined ? {} : { priorityClassName };

/** Container with the security context that the `restricted` Pod Security standard asks for. */
export const container = (parts: IContainer): IContainer => ({
  imagePullPolicy: "IfNotPresent",
  ...parts,
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    ...parts.securityContext,
  },
});

/** Requests and limits of a role: the component's, with the operator's words on top, in canonical form. */
export function resources(
  ctx: Context,
  role: string,
  fallback: Resources,
): { requests?: Record<string, string>; limits?: Record<string, string> } {
  const wanted = ctx.scaling(role).resources;
  const merged = {
    requests: { ...fallback.requests, ...wanted?.requests },
    limits: { ...fallback.limits, ...wanted?.limits },
  };
  const canonical = (amounts: Record<string, string>) =>
    Object.fromEntries(Object.entries(amounts).map(([key, text]) => [key, canonicalQuantity(text)]));
  return { requests: canonical(merged.requests), limits: canonical(merged.limits) };
}

/** Configuration directories: the main one, layers above files, and further ones, each a ConfigMap of its own. */
export function configuration(ctx: Context): { volumes: IVolume[]; mounts: IVolumeMount[] } {
  const path = `/etc/${ctx.project}`;
  const maps = [
    { name: "etc", mountPath: path, configMap: ctx.configMaps.etc },
    ...ctx.configMaps.layers.map(({ purpose, directory, configMap }) => ({
      name: purpose,
      mountPath: `${path}/${directory}`,
      configMap,
    })),
    ...Object.entries(ctx.configMaps.directories).map(([directory, configMap]) => ({
      name: directory,
      mountPath: `${path}/${directory}`,
      configMap,
    })),
  ];
  const secretFiles = optionFiles(ctx);
  return {
    volumes: maps.map(({ name, configMap }) =>
      name === "conf-d" && secretFiles.length > 0
        ? { name, projected: { sources: [{ configMap: { name: configMap } }, ...secretFiles] } }
        : { name, configMap: { name: configMap } },
    ),
    mounts: maps.map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
  };
}

/** Writable scratch space below a read-only root, with a size. */
export const scratch = (
  name: string,
  mountPath: string,
  sizeLimit: string,
): { volume: IVolume; mount: IVolumeMount } => ({
  volume: { name, emptyDir: { sizeLimit } },
  mount: { name, mountPath },
});

/** Environment variable from a Secret's key. A missing Secret holds the pod back: nothing else has to wait. */
export const fromSecret = (name: string, secret: string, key: string): IEnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});

/** Environment variable from the wiring ConfigMap. */
export const fromHosts = (ctx: Context, name: string): IEnvVar => ({
  name,
  valueFrom: { configMapKeyRef: { name: ctx.configMaps.hosts, key: name } },
});
