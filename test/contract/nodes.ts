import type { IContainerPort } from "kubernetes-models/v1/ContainerPort";
import { stringify } from "yaml";
import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Catalogue, component } from "../../generator/contract/component.ts";
import type { Context } from "../../generator/contract/context.ts";
import { servedRoles } from "../../generator/contract/node-roles.ts";
import { buildFrom, type Cluster } from "../../generator/fleet/one-cluster.ts";
import { agent, daemonSet } from "../../generator/kit/agent.ts";
import { container, podTemplate, resources } from "../../generator/kit/pod.ts";
import { closed } from "../../generator/kit/service.ts";
import { serviceAccount, serviceAccountName } from "../../generator/kit/service-account.ts";
import { probeFile } from "../../generator/kit/worker.ts";
import { workerProbe } from "../../generator/kit/worker-probe.ts";
import { deployment } from "../../generator/kit/workload.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";

// Components as small as they can be, of the kinds that run on nodes: each word of the header that is about nodes is said by
// one of them.

const small = { requests: { cpu: "10m", memory: "32Mi" } };
const image = (name: string) => ({ [name]: () => `registry.example.org/${name}:1.0` });

/** An agent of a service: it speaks with the broker, from the network of its node. */
const monitor = component({
  name: "monitor",
  summary: "Watches the machines of each hypervisor.",
  group: "nodes",
  perNodeGroup: "hypervisor",
  privilege: "privileged",
  options: z.strictObject({ interval: z.number().int().min(1).default(10).describe("Seconds between two looks.") }),
  roles: {
    agent: {
      scaling: "node",
      hostNetwork: true,
      hostPID: true,
      hostPaths: { machines: { path: "/run/machines", readOnly: true } },
    },
  },
  images: image("monitor"),
  project: "monitor",
  conf: "monitor.conf",
  needs: () => [{ kind: "messaging", name: "monitor", group: "DEFAULT" }],
  config: ({ options, nodeGroup }) => ({
    [probeFile]: workerProbe,
    "monitor.conf": {
      monitor: { interval: options.interval, networks: Object.keys(nodeGroup?.physicalNetworks ?? {}).sort() },
    },
  }),
  manifests: (ctx) => [agent(ctx, "agent", { command: ["monitor"], resources: small, grace: 5 })],
});

/** What machines hang on: it is replaced by hand. */
const bridge = component({
  name: "bridge",
  summary: "Connects the machines of each node with its networks.",
  group: "nodes",
  perNodeGroup: "hypervisor",
  privilege: "privileged",
  options: z.strictObject({ port: z.number().int().default(6640).describe("Port on the node.") }),
  roles: {
    server: {
      scaling: "node",
      hostNetwork: true,
      privileged: true,
      hostPaths: {
        run: { path: "/run/bridge", shared: true },
        modules: { path: "/lib/modules", mountPath: "/modules" },
      },
      interrupts: "the network of the machines on the node",
    },
  },
  images: image("bridge"),
  project: "bridge",
  conf: "bridge.conf",
  config: ({ options }) => ({ "bridge.conf": { DEFAULT: { port: options.port } } }),
  manifests: (ctx) => [
    daemonSet(
      ctx,
      "server",
      podTemplate(ctx, {
        role: "server",
        serviceAccount: serviceAccountName(ctx),
        containers: [
          container({
            name: "server",
            image: ctx.image(),
            ports: [{ containerPort: ctx.options.port, name: "server", protocol: "TCP" }],
            resources: resources(ctx, "server", small),
            volumeMounts: [{ name: "etc", mountPath: "/etc/bridge" }],
          }),
        ],
        volumes: [{ name: "etc", configMap: { name: ctx.configMaps.etc } }],
      }),
    ),
  ],
});

/** Infrastructure with all rights, in the one namespace where its operator has them. */
const disks = component({
  name: "disks",
  summary: "Gives volumes of the nodes' own disks.",
  group: "infrastructure",
  privilege: "privileged",
  namespace: "disks-system",
  options: z.strictObject({}),
  roles: { server: { replicas: 2, scaling: "free", privileged: true, hostPaths: { devices: { path: "/dev" } } } },
  images: image("disks"),
  manifests: (ctx) => [serviceAccount(ctx, "run"), closed(ctx), ...pods(ctx, "server")],
});

/** A service that needs a little more than nothing, with a part on each node of the groups. */
const probe = component({
  name: "probe",
  summary: "Measures how far the services are.",
  group: "services",
  privilege: "baseline",
  options: z.strictObject({ also: z.array(z.string()).default([]).describe("Further node groups.") }),
  roles: { worker: { replicas: 2, scaling: "free" } },
  images: image("probe"),
  parts: ({ also }, nodeGroups) =>
    [...nodeGroups.filter(({ roles }) => roles.includes("hypervisor")).map(({ name }) => name), ...also].map(
      (name) => ({
        component: "probe-reader",
        name,
        nodeGroup: name,
      }),
    ),
  manifests: (ctx) => pods(ctx, "worker"),
});

const reader = component({
  name: "probe-reader",
  summary: "Measures on each node how far the services are.",
  group: "nodes",
  partOf: "probe",
  perNodeGroup: "hypervisor",
  privilege: "privileged",
  options: z.strictObject({}),
  roles: { reader: { scaling: "node", hostPaths: { devices: { path: "/sys/devices", readOnly: true } } } },
  images: image("probe-reader"),
  manifests: (ctx) => [daemonSet(ctx, "reader", podOf(ctx, "reader"))],
});

/** A service at a port of each node that it runs on. */
const listener = component({
  name: "listener",
  summary: "Listens at a port that the bridge uses too.",
  group: "infrastructure",
  privilege: "privileged",
  namespace: "listener-system",
  options: z.strictObject({}),
  roles: { server: { replicas: 2, scaling: "free", hostNetwork: true } },
  images: image("listener"),
  manifests: (ctx) => pods(ctx, "server", [{ containerPort: 6640, name: "server", protocol: "TCP" }]),
});

const podOf = (ctx: Context, role: string, ports: IContainerPort[] = []) =>
  podTemplate(ctx, {
    role,
    serviceAccount: serviceAccountName(ctx),
    containers: [container({ name: role, image: ctx.image(), ports, resources: resources(ctx, role, small) })],
  });
const pods = (ctx: Context, role: string, ports?: IContainerPort[]) => deployment(ctx, role, podOf(ctx, role, ports));

const own = [monitor, bridge, disks, probe, reader, listener];

/** The catalogue with them in it, and without what else runs on nodes. */
export const catalogue: Catalogue = new Map(
  [...[...builtIn.values()].filter((item) => servedRoles(item).length === 0), ...own].map((item) => [item.name, item]),
);
export const library = baseLibrary(catalogue);

/** Two kinds of hypervisors, and what stands next to them. */
export const example = {
  name: "eu1",
  domain: "eu1.example.org",
  delivery: { repository: "https://git.example.org/fleet.git" },
  access: { tls: { secret: "public" } },
  kubernetes: { version: "1.35", nodeNetworks: ["192.0.2.0/24", "2001:db8::/64"] },
  nodeGroups: {
    compute: { roles: ["hypervisor"], physicalNetworks: { external: "bond0.100" } },
    gpu: { roles: ["hypervisor"], nodeSelector: { "overstack.io/node-group": "graphics" } },
  },
  infrastructure: { mariadb: { backup: "none" }, disks: {} },
  services: { keystone: {}, probe: { namespace: "probes" } },
  nodes: { "monitor-gpu": { maxUnavailable: "10%", config: { "monitor.conf": { monitor: { interval: 5 } } } } },
};

/** A cluster with these components in the catalogue: the example with other words. */
export const build = (more: object = {}): Cluster =>
  buildFrom({
    name: "eu1",
    text: stringify({ ...example, ...more }, { aliasDuplicateObjects: false }),
    catalogue,
    library,
  });

/** The example, delivered by this engine. */
export const onNodes = (engine: "flux" | "argocd"): Cluster =>
  build({ delivery: { ...example.delivery, engine }, profile: engine === "flux" ? "production" : "development" });
