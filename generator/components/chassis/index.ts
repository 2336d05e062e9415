import { z } from "zod";
import { component } from "../../contract/component.ts";
import type { Connection } from "../../contract/connection.ts";
import type { Context } from "../../contract/context.ts";
import { integer, network } from "../../contract/formats.ts";
import { daemonSet } from "../../kit/agent.ts";
import { southbound } from "../../kit/ovn.ts";
import { container, podTemplate, resources, scratch } from "../../kit/pod.ts";
import { serviceAccountName } from "../../kit/service-account.ts";
import { authorityOf, certificates, clientCertificate, showsCertificate } from "../../kit/tls.ts";
import { runDirectory } from "../openvswitch/scripts.ts";
import { holds } from "../ovn/addresses.ts";
import { bridgesOf } from "./bridges.ts";
import { isAlive, isReady, leave, startController } from "./scripts.ts";

const options = z.strictObject({
  datapath: z
    .enum(["system", "netdev"])
    .default("system")
    .describe(
      "How packets pass: in the kernel (system), or in Open vSwitch itself (netdev), which needs no kernel module.",
    ),
  monitorAll: z
    .boolean()
    .default(false)
    .describe(
      "Each node gets the whole Southbound database, not its own part. The database then has less to do, and each node more.",
    ),
  probeInterval: integer(0, 600)
    .default(60)
    .describe(
      "Seconds after which a node asks a silent database whether it is there; as long it waits for the answer. 0: never.",
    ),
  tunnelNetwork: network
    .optional()
    .describe(
      "Network that tunnels between nodes take: each node has an address in it. Default: the node's address in Kubernetes.",
    ),
  waitBeforeClear: integer(0, 600_000)
    .default(8000)
    .describe(
      "Milliseconds for which a controller that starts leaves the flows of the one before it in place, while it computes its own. Longer than that takes.",
    ),
});
type ControllerContext = Context<z.output<typeof options>>;

/**
 * Makes flows of what the Southbound database says, for one node. It stands beside the switch, and packets pass without it: the flows stay
 * when it ends.
 */
export default component({
  name: "chassis",
  summary: "OVN on each node of a group: makes flows of what the Southbound database says.",
  group: "nodes",
  perNodeGroup: ["hypervisor", "gateway"],
  privilege: "privileged",
  options,
  roles: {
    // The tunnels have the node's address, and interfaces of the node go into bridges.
    controller: { scaling: "node", hostNetwork: true, hostPaths: { openvswitch: { path: runDirectory } } },
  },
  images: { ovn: () => "quay.io/airshipit/ovn:ubuntu_noble" },
  // What Neutron wrote there; it has no database of its own.
  needs: () => [{ kind: "ovn", name: "chassis", group: "ovn", from: "provider" }],
  manifests: (ctx) => [controller(ctx)],
});

const role = "controller";

function controller(ctx: ControllerContext) {
  const connection = ctx.connection("ovn")!;
  const tls = certificates(ctx, "client");
  const run = scratch("run", "/run/ovn", "16Mi");
  const memory = ctx.profile === "production" ? "256Mi" : "64Mi";
  const field = (name: string, fieldPath: string) => ({
    name,
    valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
  });
  return daemonSet(
    ctx,
    role,
    podTemplate(ctx, {
      role,
      serviceAccount: serviceAccountName(ctx),
      grace: 60,
      containers: [
        container({
          name: role,
          image: ctx.image(),
          command: ["sh", "-c", startController],
          env: [
            field("NODE", "spec.nodeName"),
            field("ADDRESS", "status.hostIP"),
            {
              name: "BRIDGES",
              value: bridgesOf(ctx)
                .map((each) => Object.values(each).join("="))
                .join(" "),
            },
            { name: "DATAPATH", value: ctx.options.datapath },
            { name: "HOLDS", value: String(holds(southbound(connection).hosts.length)) },
            { name: "OPTIONS", value: chassisOptions(ctx, connection) },
            { name: "PKI", value: pki(connection) },
            ...(ctx.options.tunnelNetwork === undefined
              ? []
              : [{ name: "TUNNEL_NETWORK", value: ctx.options.tunnelNetwork }]),
          ],
          resources: resources(ctx, role, { requests: { cpu: "100m", memory }, limits: { memory: "2Gi" } }),
          // Sockets of the node are root's.
          securityContext: { runAsUser: 0, runAsGroup: 0, runAsNonRoot: false },
          lifecycle: { preStop: { exec: { command: leave } } },
          livenessProbe: {
            ...{ exec: { command: isAlive }, timeoutSeconds: 15 },
            ...{ initialDelaySeconds: 60, failureThreshold: 10, periodSeconds: 30 },
          },
          readinessProbe: {
            ...{ exec: { command: isReady }, timeoutSeconds: 15 },
            ...{ failureThreshold: 3, periodSeconds: 10 },
          },
          volumeMounts: [run.mount, ...tls.mounts],
        }),
      ],
      volumes: [run.volume, ...tls.volumes],
    }),
    { minReadySeconds: 15 },
  );
}

/** https://www.ovn.org/support/dist-docs/ovn-controller.8.html */
function chassisOptions(ctx: ControllerContext, connection: Connection): string {
  const { datapath, monitorAll, probeInterval, waitBeforeClear } = ctx.options;
  const { hosts, port } = southbound(connection);
  const mappings = bridgesOf(ctx).map(({ network, bridge }) => `${network}:${bridge}`);
  const options: Readonly<Record<string, string | number | boolean>> = {
    "ovn-remote": hosts.map((host) => `${connection.tls ? "ssl" : "tcp"}:${host}:${port}`).join(","),
    "ovn-encap-type": "geneve",
    "ovn-bridge-datapath-type": datapath,
    ...(mappings.length === 0 ? {} : { "ovn-bridge-mappings": mappings.join(",") }),
    ...(ctx.nodeGroup?.roles.includes("gateway") ? { "ovn-cms-options": "enable-chassis-as-gw" } : {}),
    "ovn-monitor-all": monitorAll,
    "ovn-remote-probe-interval": probeInterval * 1000,
    // A northd of another version has written what this one may not understand: it goes on with what it has.
    "ovn-match-northd-version": true,
    "ovn-ofctrl-wait-before-clear": waitBeforeClear,
  };
  return Object.entries(options)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

/** What it shows to the database, and checks it with. */
function pki(connection: Connection): string {
  if (!showsCertificate(connection)) return "";
  const { certificate, key } = clientCertificate(connection);
  return `--private-key=${key} --certificate=${certificate} --ca-cert=${authorityOf(connection)}`;
}
