import type { Endpoint } from "../../generator/contract/component.ts";
import { endpointNamed } from "../../generator/contract/endpoints.ts";
import { type Instance, isClient } from "../../generator/model/model.ts";
import { operators } from "../../generator/operators/index.ts";
import { law, type Rendered } from "./cases.ts";
import { effectiveObjectsOf, endpointsAt, objectsOf, type Pods, podsOf, selects } from "./objects.ts";
import { blocksOf, isAllowed, isOnNode, type Packet, policiesOf } from "./packets.ts";
import { perCluster } from "./per-cluster.ts";

law("network policies let pods out to what they are connected to, and to nothing else of the cloud", mistakes);

law("pods that nobody made an instance of reach nothing", (cluster) => {
  const isHeld = cluster.model.spec.internal.networkPolicies === "all";
  // Where an operator has its home, its own pods must reach what they run.
  const homes = operators.map(({ namespace }) => namespace);
  return cluster.model.namespaces.flatMap(({ name }) => {
    if (homes.includes(name)) return [];
    const client = { owner: "a Job of an operator", namespace: name, labels: {} };
    const reaches = isAllowed({ client, server: elsewhere, port: 443 }, policiesOf(cluster));
    return reaches === isHeld ? [`${client.owner} in ${name} reaches ${reaches ? "all" : "nothing"}`] : [];
  });
});

law("no network policy opens the addresses that a node gives itself", (cluster) => {
  const { dnsServers = [] } = cluster.model.spec.kubernetes;
  return policiesOf(cluster).flatMap((policy) =>
    blocksOf(policy).flatMap(({ cidr, except = [] }) => {
      const isOpen =
        (cidr === "0.0.0.0/0" && !except.includes("169.254.0.0/16")) ||
        (cidr === "::/0" && !except.includes("fe80::/10")) ||
        (cidr.startsWith("169.254.") && !dnsServers.some((address) => `${address}/32` === cidr));
      return isOpen ? [`${policy.metadata.name} opens ${cidr}`] : [];
    }),
  );
});

law("only what has a token calls the Kubernetes API", (cluster) => {
  const isHeld = cluster.model.spec.internal.networkPolicies === "all";
  const ports = cluster.model.spec.kubernetes.apiPorts;
  const onHost = { ...elsewhere, spec: { hostNetwork: true as const } };
  return podsOf(objectsOf(cluster)).flatMap((client) => {
    // Who may connect to any address at these ports has asked for it, or uses a server there.
    const asks = cluster.model.instances.find(({ name }) => name === client.instance)!;
    const isOutside = asks.destinations.some(
      ({ to, ports: open }) =>
        to.some((place) => "cidr" in place) && (open ?? []).some(({ port }) => ports.includes(port)),
    );
    if (isOutside || isOnNode(client) || client.spec === undefined || !isHeld) return [];
    const calls = ports.every((port) => isAllowed({ client, server: onHost, port }, policiesOf(cluster)));
    const hasToken = /"automountServiceAccountToken":true|"serviceAccountToken"/.test(JSON.stringify(client.spec));
    return calls === hasToken ? [] : [`${client.owner} ${calls ? "calls" : "cannot call"} the Kubernetes API`];
  });
});

const elsewhere = { owner: "a stranger", namespace: "elsewhere", labels: {} };

function mistakes(cluster: Rendered): string[] {
  const policies = policiesOf(cluster);
  return attempts(cluster).flatMap(({ wanted, ...packet }) =>
    wanted === undefined || wanted === isAllowed(packet, policies)
      ? []
      : [
          `${packet.client.owner} of ${packet.client.namespace} ${wanted ? "cannot" : "can"} get out to ${packet.server.owner} at ${packet.port}`,
        ],
  );
}

/** All pods try all ports that something in the cloud listens on. */
function attempts(cluster: Rendered): (Packet & { readonly wanted: boolean | undefined })[] {
  if (cluster.model.spec.internal.networkPolicies === "ingress") return [];
  const pods = podsOf(objectsOf(cluster));
  const instanceOf = ({ instance }: Pods) => cluster.model.instances.find(({ name }) => name === instance)!;
  const clients = pods.filter((pod) => !isOnNode(pod));
  return clients.flatMap((client) =>
    clients.flatMap((server) => {
      const [from, to] = [instanceOf(client), instanceOf(server)];
      const tries = (ports: readonly number[], wanted: boolean | undefined) =>
        ports.map((port) => ({ client, server, port, wanted }));
      // What enters a service into the Identity service runs next to that, and needs nothing else.
      if (isAway(client, from) || isAway(server, to))
        return [
          ...tries(
            endpointsOf(server, to).map(({ port }) => port),
            to.name === from.identity?.instance && !isAway(server, to),
          ),
          ...tries([22, 3306, 4567, 5671, 9293, 11211], false),
        ];
      if (from === to) return tries([4567, 9293, 25672], true);
      if (to.component.provides !== undefined) {
        const connections = [...from.connections, ...from.reach].filter(({ instance }) => instance === to.name);
        return [
          ...tries(
            connections.map(({ port }) => port),
            true,
          ),
          ...tries(isClient(from, to.name) ? [4567, 25672] : [3306, 5671, 5672, 11211, 6379, 26379, 2379, 2389], false),
        ];
      }
      const endpoints = endpointsOf(server, to);
      const isTold = hostsOf(cluster)(server).some((host) => textOf(cluster)(client).includes(host));
      const isKnown = from.head === to.head || from.component.callsEveryService === true;
      // Where a service is that its header names, it may look up in the catalogue.
      const isNamed = (endpoint: Endpoint): boolean =>
        Object.entries(from.peers).some(
          ([word, name]) => name === to.name && endpointNamed(to.component, word)?.[1] === endpoint,
        );
      return [
        ...endpoints.flatMap((endpoint) =>
          tries([endpoint.port], isTold || isNamed(endpoint) ? true : isKnown ? undefined : false),
        ),
        ...tries([22, 9100], false),
      ];
    }),
  );
}

const isAway = (pod: Pods, { namespace }: Instance): boolean => pod.namespace !== namespace;

const endpointsOf = (server: Pods, { component }: Instance) => endpointsAt(server, component);

/** Names of the Services in front of pods. */
const hostsOf = perCluster((cluster: Rendered) => {
  const { dnsDomain } = cluster.model.spec.kubernetes;
  const services = objectsOf(cluster).flatMap(({ object }) => (object.kind === "Service" ? [object] : []));
  return perCluster((server: Pods): string[] =>
    services
      .filter(
        ({ metadata, spec }) =>
          metadata.namespace === server.namespace &&
          selects({ matchLabels: (spec as { selector: Record<string, string> }).selector }, server.labels),
      )
      .map(({ metadata }) => `//${metadata.name}.${metadata.namespace}.svc.${dnsDomain}:`),
  );
});

/** Dashboards that Keystone sends browsers to; it asks none itself. With access: none they have names of the inside. */
const forBrowsers = /^trusted_dashboard = .*$/gm;

/** What pods are told: their variables, and the files of their instance. */
const textOf = perCluster((cluster: Rendered) => {
  const maps = new Map<string, string>();
  for (const { instance, object } of effectiveObjectsOf(cluster))
    if (object.kind === "ConfigMap")
      maps.set(instance, `${maps.get(instance) ?? ""}${Object.values((object.data ?? {}) as object).join("\n")}`);
  return perCluster(
    (client: Pods): string =>
      JSON.stringify(client.spec ?? {}) + (maps.get(client.instance) ?? "").replaceAll(forBrowsers, ""),
  );
});
