import type { InternalTls } from "../../generator/contract/context.ts";
import { phases } from "../../generator/contract/kubernetes.ts";
import { internalTls } from "../../generator/input/spec.ts";
import { law, type Rendered } from "./cases.ts";
import { engineOf } from "./engine.ts";
import { loginsOf } from "./logins.ts";
import { containersOf, effectiveObjectsOf, objectsOf, podsOf } from "./objects.ts";

law("each client with TLS finds its host in a certificate of that namespace", unnamedHosts);
law("what is required is encrypted", plainConnections);
law("where nothing is encrypted nobody asks for a certificate", needlessCertificates);
law("no pod that only connects has a key", keysOfClients);
law("an operator is given the CA exactly where its broker has no plain port", untoldOperators);

const modeOf = ({ model }: Rendered): InternalTls => internalTls(model.spec);

/** Texts of an object, at any depth. */
const textsOf = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : value === null || typeof value !== "object"
      ? []
      : Object.values(value).flatMap(textsOf);

/** `glance-api.cloud.svc.cluster.local` of `https://glance-api.cloud.svc.cluster.local:9292/v2`, if it lies inside. */
const insideHosts = (text: string, scheme: string): string[] =>
  [...text.matchAll(new RegExp(`${scheme}([a-z0-9.-]+\\.svc\\.[a-z0-9.-]+)`, "g"))].map(([, host]) => host!);

/** The cluster's own words; what the operator wrote about services elsewhere says nothing about ours. */
const own = (cluster: Rendered): string[] => {
  const written = new Set(
    JSON.stringify(cluster.model.spec.instances.map(({ options }) => options)).match(/http:\/\/[^"]+/g),
  );
  return effectiveObjectsOf(cluster)
    .flatMap(({ object }) => textsOf(object))
    .filter((text) => ![...written].some((url) => text.includes(url)));
};

function unnamedHosts(cluster: Rendered): string[] {
  if (modeOf(cluster) === "none") return [];
  const objects = objectsOf(cluster).map(({ object }) => object);
  const names = objects
    .filter(({ kind }) => kind === "Certificate")
    .flatMap(({ metadata, spec }) =>
      ((spec as { dnsNames?: string[] }).dnsNames ?? []).map((name) => ({ name, namespace: metadata.namespace! })),
    );
  const isNamed = (host: string): boolean =>
    names.some(
      ({ name, namespace }) =>
        host.includes(`.${namespace}.svc`) &&
        (name === host || (name.startsWith("*.") && name.slice(2) === host.slice(host.indexOf(".") + 1))),
    );
  const policies = objects.flatMap(({ kind, spec }) =>
    kind === "BackendTLSPolicy" ? [(spec as { validation: { hostname: string } }).validation.hostname] : [],
  );
  const hosts = [
    ...own(cluster).flatMap((text) => [...insideHosts(text, "https://"), ...insideHosts(text, "ssl:")]),
    ...loginsOf(cluster)
      .map(({ host }) => host)
      .filter((host) => /\.svc\./.test(host)),
    ...policies,
  ];
  return [...new Set(hosts)].filter((host) => !isNamed(host)).map((host) => `no certificate names ${host}`);
}

function plainConnections(cluster: Rendered): string[] {
  if (modeOf(cluster) === "none") return [];
  const inside = (host: string): boolean => /\.svc\./.test(host);
  const environment = podsOf(objectsOf(cluster)).flatMap((pod) =>
    containersOf(pod).flatMap(({ env = [] }) => env.map(({ name, value = "" }) => ({ pod, name, value }))),
  );
  const external = new Set(
    cluster.model.instances.flatMap(({ name, connections }) =>
      connections.flatMap(({ tls, need }) =>
        !tls && need.kind === "database" ? [`${name} OS_${need.group.toUpperCase()}__CONNECTION`] : [],
      ),
    ),
  );
  return [
    ...environment
      .filter(({ name }) => /__CONNECTION$/.test(name))
      .filter(({ pod, name, value }) => value.includes("&ssl_ca=") === external.has(`${pod.instance} ${name}`))
      .map(({ pod }) => `${pod.owner}: wrong kind of connection to its database`),
    ...environment
      .filter(({ value }) => value.startsWith("rabbit://"))
      .flatMap(({ pod, value }) =>
        value
          .split(",")
          .map((broker) => /@([^:]+):([0-9]+)/.exec(broker)!)
          .filter(([, host, port]) => inside(host!) && port !== "5671")
          .map(([, host]) => `${pod.owner} connects to ${host} in the clear`),
      ),
    ...(modeOf(cluster) === "required"
      ? own(cluster)
          .flatMap((text) => insideHosts(text, "http://"))
          // The management port, where somebody else installs the operator that uses it.
          .filter((host) => !cluster.model.instances.some(({ name }) => host.startsWith(`${name}.`)))
          .map((host) => `http://${host}`)
      : []),
  ];
}

function needlessCertificates(cluster: Rendered): string[] {
  if (modeOf(cluster) !== "none") return [];
  const objects = objectsOf(cluster).map(({ object }) => object);
  // Those of an authority of its own are there all the same, and of a further one below it.
  const { spec: settings, instances } = cluster.model;
  const own = instances.filter(({ component }) => component.authority).map(({ name }) => `${settings.name}-${name}`);
  const asked = objects
    .filter(({ kind }) => ["Certificate", "BackendTLSPolicy"].includes(kind))
    .filter(({ spec }) => {
      const { name = "" } = (spec as { issuerRef?: { name: string } }).issuerRef ?? {};
      return !own.some((authority) => name === authority || name.startsWith(`${authority}-`));
    });
  return [
    ...asked.map(({ kind, metadata }) => `${kind}/${metadata.name}: nobody shows or checks a certificate here`),
    ...objects.flatMap((object) =>
      textsOf(object)
        .flatMap((text) => text.split("\n"))
        // A CA for HTTPS stays in the base's file, where nobody speaks HTTPS.
        .filter((line) => line.includes("/etc/ssl/internal") && !/^\w+ = \/etc\/ssl\/internal\/ca\.crt$/.test(line))
        .map((line) => `${object.kind}/${object.metadata.name}: "${line}" names a file that no pod has`),
    ),
  ];
}

function keysOfClients(cluster: Rendered): string[] {
  return cluster.model.instances.flatMap(({ name }) =>
    phases
      .flatMap((phase) => cluster.rendered.renders.get(name)![phase].objects)
      .filter(({ kind }) => kind === "Job" || kind === "CronJob")
      .filter(({ spec }) => JSON.stringify(spec).includes('"tls.key"'))
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  );
}

function untoldOperators(cluster: Rendered): string[] {
  const objects = objectsOf(cluster).map(({ object }) => object);
  const closed = objects.filter(
    ({ kind, spec }) =>
      kind === "RabbitmqCluster" &&
      (spec as { tls?: { disableNonTLSListeners: boolean } }).tls?.disableNonTLSListeners === true,
  );
  const operator = [...engineOf(cluster).files].filter(([path]) => path.endsWith("/rabbitmq-topology-operator.yaml"));
  const told = operator.flatMap(([, text]) => [...text.matchAll(/secretName: (\S+)/g)].map(([, name]) => name!));
  const made = objects.filter(
    ({ kind, metadata }) => kind === "Certificate" && metadata.namespace === "rabbitmq-system",
  );
  const names = made.map(({ metadata }) => metadata.name);
  return [
    ...(closed.length > 0 && told.length === 0 ? ["the topology operator does not trust the brokers"] : []),
    ...told.filter((name) => !names.includes(name)).map((name) => `nobody makes ${name}`),
    ...names.filter((name) => !told.includes(name)).map((name) => `nobody reads ${name}`),
  ];
}
