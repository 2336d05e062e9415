import { isClient } from "../../generator/model/model.ts";
import { operatorNamed } from "../../generator/operators/index.ts";
import { law, type Rendered } from "./cases.ts";
import { loginsOf } from "./logins.ts";
import { endpointsAt, type Owned, objectsOf, type Pods, podsOf, selects } from "./objects.ts";
import { isAdmitted, isOnNode, type Party, policiesOf } from "./packets.ts";
import { madeBy } from "./references.ts";

law("network policies let in those that have a connection, and nobody else", mistakes);

/** One connection, and whether it should come about; undefined where either is right. */
interface Attempt {
  readonly client: Party;
  readonly server: Pods;
  readonly port: number;
  readonly wanted: boolean | undefined;
}

/** Connections that are let in or kept out wrongly, as sentences. */
function mistakes(cluster: Rendered): string[] {
  const policies = policiesOf(cluster);
  return attempts(cluster)
    .filter(({ wanted, ...attempt }) => wanted !== undefined && wanted !== isAdmitted(attempt, policies))
    .map(({ client, server, port, wanted }) => {
      const names = `${client.owner} of ${client.namespace} ${wanted ? "cannot" : "can"} reach ${server.owner}`;
      return `${names} of ${server.namespace} at ${port}`;
    });
}

/** Everybody tries everything. */
function attempts(cluster: Rendered): Attempt[] {
  const objects = objectsOf(cluster);
  const pods = podsOf(objects);
  const logins = loginsOf(cluster);
  const { instances, spec } = cluster.model;
  const stranger: Party = { owner: "a stranger", namespace: "elsewhere", labels: {} };
  // No policy selects pods on the network of a node: they protect themselves.
  const servers = pods.filter(({ spec: pod }) => pod?.hostNetwork === undefined);
  return servers.flatMap((server) => {
    const { component } = instances.find(({ name }) => name === server.instance)!;
    const tries = (client: Party, ports: readonly number[], wanted: boolean | undefined): Attempt[] =>
      ports.map((port) => ({ client, server, port, wanted }));
    if (component.provides === undefined) {
      const open = endpointsAt(server, component).map(({ port }) => port);
      return [...pods, stranger].flatMap((client) => [
        ...tries(client, open, true),
        ...tries(client, [22, 9100], false),
        // Where Glance's replicas speak among themselves.
        ...(client.owner === server.owner && client.namespace === server.namespace ? [] : tries(client, [9293], false)),
      ]);
    }
    if (server.owner.startsWith("PhysicalBackup")) return [];
    const { object } = objects.find(
      (owned) =>
        `${owned.object.kind} ${owned.object.metadata.name}` === server.owner && owned.instance === server.instance,
    )!;
    const hostsOf = ({ object }: Owned) =>
      madeBy(object, spec.kubernetes.dnsDomain).flatMap((id) => (id.startsWith("Host ") ? [id.slice(5)] : []));
    const own = objects.filter((owned) => owned.instance === server.instance);
    const isBefore = ({ object: { kind, metadata, spec: service } }: Owned) =>
      kind === "Service" &&
      metadata.namespace === server.namespace &&
      selects({ matchLabels: (service as { selector: Record<string, string> }).selector }, server.labels);
    const hosts = own.filter((owned) => owned.object === object || isBefore(owned)).flatMap(hostsOf);
    const otherHosts = own.flatMap(hostsOf);
    const { tls } = object.spec as { readonly tls?: { readonly disableNonTLSListeners?: boolean } };
    const isEncrypted = component.provides === "messaging" && tls !== undefined;
    const port = { database: 3306, messaging: isEncrypted ? 5671 : 5672, cache: 11211 }[component.provides]!;
    const management = isEncrypted && cluster.model.spec.operators?.["rabbitmq-topology-operator"] !== "existing";
    const clientOf = ({ instance }: Pods) => instances.find(({ name }) => name === instance)!;
    const isWired = (client: Pods) => isClient(clientOf(client), server.instance);
    const reaches = (client: Pods) => clientOf(client).reach.some(({ instance }) => instance === server.instance);
    const wants = (client: Pods): boolean | undefined => {
      if (client.owner === server.owner) return true;
      if (client.instance === server.instance)
        return hosts.some((host) => JSON.stringify(client.spec ?? {}).includes(host)) || undefined;
      // Where one client is on the network of its node, everything there is let in.
      if (!isWired(client))
        return isOnNode(client) && pods.some((pod) => isOnNode(pod) && isWired(pod)) ? undefined : false;
      // Where the parts of an owner keep their data is known to it at run time alone: what serves goes there.
      if (reaches(client)) return client.owner.startsWith("Deployment") || undefined;
      // Which servers cache is in a file: of the pods that mount it the API needs them.
      if (component.provides === "cache") return client.owner.startsWith("Deployment") || undefined;
      const known = logins.filter(({ pod }) => pod.owner === client.owner && pod.namespace === client.namespace);
      if (known.some(({ host }) => hosts.includes(host))) return true;
      // Behind a proxy it may still be asked by those who have not heard of the proxy.
      return known.some(({ host }) => otherHosts.includes(host)) ? undefined : false;
    };
    return [
      ...pods.flatMap((client) => tries(client, [port], wants(client))),
      ...pods.filter((client) => client.owner === server.owner).flatMap((member) => tries(member, [4567, 25672], true)),
      ...pods
        .filter((client) => client.instance !== server.instance)
        .flatMap((client) => tries(client, [4567, 25672], false)),
      ...tries(stranger, [port], false),
      // What takes encrypted connections alone lets nobody in at the other port.
      ...(spec.internal.tls === "required" && isEncrypted
        ? pods.filter((client) => client.instance !== server.instance).flatMap((client) => tries(client, [5672], false))
        : []),
      // An operator comes to the pods that it makes.
      ...(server.spec === undefined ? (component.operators ?? []) : []).flatMap((name) =>
        tries(
          { owner: name, namespace: operatorNamed(name).namespace, labels: {} },
          [component.provides === "database" ? 3306 : management ? 15671 : 15672],
          true,
        ),
      ),
    ];
  });
}
