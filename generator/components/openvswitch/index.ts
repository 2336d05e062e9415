import type { ICapabilities } from "kubernetes-models/v1/Capabilities";
import { z } from "zod";
import { component } from "../../contract/component.ts";
import type { Context } from "../../contract/context.ts";
import type { Placed } from "../../contract/kubernetes.ts";
import { daemonSet } from "../../kit/agent.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { serviceAccountName } from "../../kit/service-account.ts";
import { ask, type Program, runDirectory, startDatabase, startSwitch } from "./scripts.ts";

/**
 * The switch of each node. Packets pass it in the kernel, by flows that the program there has made; the database says what is plugged in.
 * They are two DaemonSets, so that one of them is replaced without the other.
 */
export default component({
  name: "openvswitch",
  summary: "Open vSwitch on each node of a group: the switch that servers are plugged into, and its database.",
  group: "nodes",
  perNodeGroup: ["hypervisor", "gateway"],
  privilege: "privileged",
  options: z.strictObject({
    existing: z
      .boolean()
      .default(false)
      .describe(
        `The nodes have Open vSwitch already: nothing runs here, and it answers in ${runDirectory} of each node.`,
      ),
  }),
  isExisting: ({ existing }) => existing,
  roles: {
    database: {
      scaling: "node",
      hostPaths: { run: { path: runDirectory }, etc: { path: "/etc/openvswitch" } },
      // It keeps no numbers of ports in its file (ephemeral in vswitch.ovsschema), and OVN takes flows of ports without a number away.
      interrupts: "the network of the servers on the node for a moment",
    },
    switch: {
      scaling: "node",
      hostNetwork: true,
      // A datapath without the kernel's makes its ports there.
      hostPaths: { run: { path: runDirectory }, "dev-net": { path: "/dev/net" } },
      interrupts: "the network of the servers on the node",
    },
  },
  images: {
    // It has both (https://opendev.org/openstack/openstack-helm-images/src/branch/master/ovn/Dockerfile.ubuntu).
    openvswitch: () => "quay.io/airshipit/ovn:ubuntu_noble",
  },
  manifests: (ctx) => [
    // It starts with a temporary file, and ends where it can make none.
    program(ctx, "database", startDatabase, { memory: ["64Mi", "256Mi"], folders: [scratch("tmp", "/tmp", "16Mi")] }),
    program(ctx, "switch", startSwitch, { memory: ["256Mi"], rights: switchRights }),
  ],
});

/**
 * What the switch keeps when Open vSwitch gives up the rights of root: networks of the node, packets as they are, and memory that stays
 * (https://github.com/openvswitch/ovs/blob/v3.5.0/lib/daemon-unix.c, daemon_become_new_user_linux). The kernel loads its module when it is
 * asked for the datapath.
 */
const switchRights = ["IPC_LOCK", "NET_ADMIN", "NET_BROADCAST", "NET_RAW"];

/** In what the two differ: memory that is asked for and its limit, capabilities, and folders that are empty when the pod begins. */
interface Own {
  readonly memory: readonly [string, string?];
  readonly rights?: readonly string[];
  readonly folders?: readonly ReturnType<typeof scratch>[];
}

/** Files of the node are root's, and so are the sockets there. The switch has no limit: killed for its memory it interrupts every server. */
function program(
  ctx: Context,
  role: Program,
  script: string,
  { memory: [request, limit], rights = [], folders = [] }: Own,
): Placed {
  const capabilities: ICapabilities = { drop: ["ALL"], ...(rights.length === 0 ? {} : { add: [...rights] }) };
  const probe = { exec: { command: ask(role, "version") }, timeoutSeconds: 15 };
  return daemonSet(
    ctx,
    role,
    podTemplate(ctx, {
      role,
      serviceAccount: serviceAccountName(ctx),
      containers: [
        container({
          name: role,
          image: ctx.image(),
          command: ["sh", "-c", script],
          resources: resources(ctx, role, {
            requests: { cpu: "100m", memory: request },
            ...(limit === undefined ? {} : { limits: { memory: limit } }),
          }),
          securityContext: { ...asRoot, capabilities },
          // As the first process of its container it would not end by a signal alone.
          lifecycle: { preStop: { exec: { command: ask(role, "exit") } } },
          livenessProbe: { ...probe, initialDelaySeconds: 60, failureThreshold: 10, periodSeconds: 30 },
          readinessProbe: { ...probe, failureThreshold: 3, periodSeconds: 10 },
          volumeMounts: folders.map(({ mount }) => mount),
        }),
      ],
      volumes: folders.map(({ volume }) => volume),
    }),
  );
}

const asRoot = { runAsUser: 0, runAsGroup: 0, runAsNonRoot: false };
