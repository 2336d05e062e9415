import type { IContainer } from "kubernetes-models/v1/Container";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Context, Resources } from "../contract/context.ts";
import { container, resources, scratch } from "./pod.ts";

/**
 * A server in front of uwsgi, in the same pods: it holds the port of the endpoint, ends TLS there, and decides what uwsgi gets. No
 * network leads past it: uwsgi listens at a socket in a volume that the two share.
 */
export interface Front {
  /** Name of its container, and of its entry in `resources`. */
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly resources: Resources;
  readonly environment?: readonly IEnvVar[];
  readonly volumes?: readonly IVolume[];
  readonly mounts?: readonly IVolumeMount[];
  /** A command in the image of the API that makes files for it, in each pod before anything else starts. */
  readonly prepare?: {
    readonly name: string;
    readonly command: readonly string[];
    readonly environment: readonly IEnvVar[];
    readonly mounts: readonly IVolumeMount[];
  };
}

const folder = "/run/uwsgi";

/** Where uwsgi listens that has a front. */
export const frontSocket = `${folder}/api.sock`;

/** The volume with the socket. */
export const socketVolume = () => scratch("uwsgi", folder, "1Mi");

/** Seconds that the front answers after its pod is told to end, and then uwsgi: what the front took, uwsgi still gets. */
export const drains = { front: 10, uwsgi: 15 } as const;

/** Asks uwsgi at its socket, which the kubelet cannot. Argument: the path. */
export const socketProbe = `import socket, sys

with socket.socket(socket.AF_UNIX) as asked:
    asked.settimeout(10)
    asked.connect("${frontSocket}")
    asked.sendall(b"GET %s HTTP/1.0\\r\\nHost: localhost\\r\\nUser-Agent: kube-probe\\r\\n\\r\\n" % sys.argv[1].encode())
    answer = asked.recv(64).split()
sys.exit(None if len(answer) > 1 and answer[1][:1] in (b"2", b"3") else "uwsgi answered %r" % answer)
`;

/** File with `socketProbe`, next to the configuration. */
export const socketProbeFile = "socket-probe.py";

/** Its container, with the main configuration directory, the certificates and the socket of its pod. */
export const frontContainer = (
  ctx: Context,
  front: Front,
  shared: readonly IVolumeMount[],
  own: Pick<IContainer, "ports" | "startupProbe" | "livenessProbe" | "readinessProbe" | "lifecycle">,
): IContainer =>
  container({
    ...own,
    name: front.name,
    image: front.image,
    command: [...front.command],
    env: [...(front.environment ?? [])],
    envFrom: [{ configMapRef: { name: ctx.configMaps.environment } }],
    resources: resources(ctx, front.name, front.resources),
    volumeMounts: [...shared, ...(front.mounts ?? [])],
  });

/** What runs before it. */
export const frontPreparation = (ctx: Context, { prepare }: Front): IContainer[] =>
  prepare === undefined
    ? []
    : [
        container({
          name: prepare.name,
          image: ctx.image(),
          command: [...prepare.command],
          env: [...prepare.environment],
          envFrom: [{ configMapRef: { name: ctx.configMaps.environment } }],
          resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
          volumeMounts: [...prepare.mounts],
        }),
      ];
