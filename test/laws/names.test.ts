import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { scopeOf } from "../../generator/fleet/one-cluster.ts";
import { componentOf } from "../../generator/input/instances.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { build, examples, forEachCluster, type Rendered } from "./cases.ts";
import type { Data } from "./clusters.ts";
import { containersOf, objectsOf, podsOf } from "./objects.ts";

describe("names are unique, and as Kubernetes takes them", () => {
  test.each(examples)("%s", (_, cluster) => expect(misnamed(cluster)).toEqual([]));

  test("random clusters", { timeout: 3_600_000 }, () =>
    forEachCluster(20, (cluster) => expect(misnamed(cluster)).toEqual([])),
  );

  test.each(["flux", "argocd"])("at the greatest lengths that are allowed, on %s", (engine) => {
    expect(misnamed(accepted(longest(engine)))).toEqual([]);
  });

  test("also when a provider is called as an instance is", () => {
    const services = { placement: { uses: { database: "mariadb-two" } }, "placement-two": {} };
    const cluster = build({
      ...rich,
      infrastructure: { "mariadb-two": dials.mariadb!, ...rich.infrastructure },
      services,
    });
    if (!hasErrors(cluster.issues)) expect(misnamed(cluster as Rendered)).toEqual([]);
  });

  test.each(namesOf(accepted(rich)))("an instance called %s, like an object, is refused or meets nothing", (name) => {
    const cluster = build(withInstance(rich, name));
    if (!hasErrors(cluster.issues)) expect(misnamed(cluster as Rendered)).toEqual([]);
  });
});

/** Names that the API server would refuse or take for another, as sentences. */
function misnamed(cluster: Rendered): string[] {
  const owned = objectsOf(cluster);
  const objects = [...owned.map(({ object }) => object), ...engineObjects(cluster)];
  return [
    ...repeated(
      objects.map(
        ({ apiVersion, kind, metadata: { namespace, name } }) =>
          `${apiVersion.split("/")[0]} ${kind} ${namespace}/${name}`,
      ),
    ),
    ...objects.flatMap((object) => [...checkName(object), ...checkLabels(object)]),
    ...podsOf(owned).flatMap((pod) => [
      ...containersOf(pod).flatMap(({ name, env = [], ports = [], volumeMounts = [] }) => [
        ...repeated(env.map((variable) => `variable ${variable.name} of ${pod.owner}, ${name}`)),
        ...repeated(ports.map((port) => `port ${port.name} of ${pod.owner}, ${name}`)),
        ...repeated(volumeMounts.map(({ mountPath }) => `mount ${mountPath} of ${pod.owner}, ${name}`)),
      ]),
      ...repeated(containersOf(pod).map(({ name }) => `container ${name} of ${pod.owner}`)),
      ...repeated((pod.spec?.volumes ?? []).map(({ name }) => `volume ${name} of ${pod.owner}`)),
    ]),
  ];
}

/** Flux's and Argo CD's objects; those of one cluster may lie beside those of another. */
const engineObjects = (cluster: Rendered): KubernetesObject[] =>
  [...scopeOf(cluster).files]
    .filter(([path]) => /^clusters\/.*\.yaml$/.test(path) && !path.endsWith("/kustomization.yaml"))
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject));

const repeated = (names: readonly string[]): string[] =>
  names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`);

/**
 * Longest names by kind, for what is made from them: Jobs of a CronJob get 11 characters more, pods of a StatefulSet a
 * label with 11 more; labels hold 63.
 */
const limits: Readonly<Record<string, number>> = {
  Application: 63,
  CronJob: 52,
  Deployment: 63,
  Job: 63,
  Kustomization: 63,
  // Its StatefulSet is called like it; of its Services the longest is <name>-secondary.
  MariaDB: 52,
  Namespace: 63,
  // Its Jobs append the time, 15 characters.
  PhysicalBackup: 48,
  // Its StatefulSet is <name>-server.
  RabbitmqCluster: 45,
  Service: 63,
  StatefulSet: 52,
};

/** Names that are DNS labels; a Service's begins with a letter. */
const labels: Readonly<Record<string, RegExp>> = {
  Namespace: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  Service: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
};

function* checkName({ kind, metadata: { name } }: KubernetesObject): Iterable<string> {
  const limit = limits[kind] ?? 253;
  if (name.length > limit) yield `${kind} ${name} has ${name.length} characters, ${limit} are allowed`;
  const pattern = labels[kind] ?? /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
  if (!pattern.test(name)) yield `${kind} ${name} is no name`;
}

/** Labels at any depth: selectors and pod templates are held to the same. */
function* checkLabels(object: KubernetesObject): Iterable<string> {
  const where = `${object.kind} ${object.metadata.name}`;
  for (const [key, value] of labelsIn(object)) {
    const name = key.slice(key.indexOf("/") + 1);
    if (!/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)) yield `${where} has the label key ${key}`;
    if (!/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value))
      yield `${where} has the label value ${value}`;
  }
}

const labelsIn = (value: unknown): [string, string][] =>
  value === null || typeof value !== "object"
    ? []
    : Object.entries(value).flatMap(([key, item]) =>
        key === "labels" || key === "matchLabels" ? Object.entries(item as Record<string, string>) : labelsIn(item),
      );

type Fleet = Data & Readonly<Record<"infrastructure" | "services", Readonly<Record<string, object>>>>;

/** What each component must or can say to make most objects. */
const dials: Readonly<Record<string, object>> = {
  mariadb: { backup: { target: { volume: { size: "1Gi" } } } },
  glance: {
    stores: { [`s${"x".repeat(29)}`]: { type: "file", storageClass: "shared" } },
    dedicated: ["database", "messaging", "cache"],
    notifications: true,
  },
  keystone: { dedicated: ["database", "messaging", "cache"], notifications: true },
  placement: { dedicated: ["database", "cache"] },
};

/** A cluster that makes objects of every sort. */
const rich: Fleet = {
  name: "eu1",
  domain: "eu1.example.org",
  delivery: { repository: "https://git.example.org/fleet.git" },
  access: { tls: { secret: "public" } },
  namespaces: "single",
  infrastructure: { mariadb: dials.mariadb!, rabbitmq: {} },
  services: { keystone: { notifications: true }, placement: {}, glance: { ...dials.glance, dedicated: [] } },
};

function accepted(data: Data): Rendered {
  const cluster = build(data);
  expect(cluster.issues.filter(({ severity }) => severity === "error")).toEqual([]);
  return cluster as Rendered;
}

/** Names of objects, without their hashes, that could be those of an instance: they begin with a component's. */
function namesOf(cluster: Rendered): string[] {
  const names = objectsOf(cluster).map(({ object: { kind, metadata } }) =>
    kind === "ConfigMap" || kind === "Job" ? metadata.name.replace(/-[a-z0-9]*$/, "") : metadata.name,
  );
  return [...new Set(names)]
    .filter((name) => componentOf(name, catalogue) !== undefined && !catalogue.has(name))
    .sort();
}

function withInstance(data: Fleet, name: string): Fleet {
  const { group, name: component } = componentOf(name, catalogue)!;
  return { ...data, [group]: { ...data[group], [name]: dials[component] ?? {} } };
}

/** A cluster whose every name is as long as can be: of each component an instance with the longest name that is accepted. */
function longest(engine: string): Fleet {
  let data: Fleet = {
    name: "c".repeat(40),
    domain: `${"d".repeat(63)}.${"e".repeat(63)}.example.org`,
    delivery: { engine, repository: "https://git.example.org/fleet.git" },
    access: { tls: { secret: "s".repeat(40) } },
    namespaces: { infrastructure: "i".repeat(63), services: "n".repeat(63) },
    images: { pullSecrets: ["p".repeat(40)] },
    infrastructure: { mariadb: dials.mariadb! },
    services: {},
  };
  for (const { name } of [...catalogue.values()].filter(({ publishes }) => !publishes)) {
    const names = Array.from({ length: 40 }, (_, index) => `${name}-${"x".repeat(40)}`.slice(0, 40 - index));
    const fitting = names.find(
      (long) => long.length > name.length + 1 && !hasErrors(build(withInstance(data, long)).issues),
    );
    expect(fitting, `a second ${name}`).toBeDefined();
    data = withInstance(data, fitting!);
  }
  return data;
}
