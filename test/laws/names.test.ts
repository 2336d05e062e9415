import { describe, expect, test } from "vitest";
import { duplicates } from "../../generator/base/words.ts";
import { catalogue } from "../../generator/components/index.ts";
import type { Component } from "../../generator/contract/component.ts";
import { endpointNamed } from "../../generator/contract/endpoints.ts";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { servedRoles } from "../../generator/contract/node-roles.ts";
import { componentOf } from "../../generator/input/instances.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { alone, clusterOf, kindsOf } from "./by-hand.ts";
import { build, law, type Rendered } from "./cases.ts";
import type { Data } from "./clusters.ts";
import { engineOf } from "./engine.ts";
import { containersOf, objectsOf, podsOf } from "./objects.ts";
import { type Settings, samples } from "./samples.ts";

/** What is written by itself; parts come with their owners, and what runs on nodes with its group, which has a short name. */
const components = [...catalogue.values()].filter(
  (component) => component.partOf === undefined && servedRoles(component).length === 0,
);
const clients = components.filter((component) => kindsOf(component, alone(component)).length > 0);

law("names are unique, and as Kubernetes takes them", misnamed);

describe("names stay unique and allowed", () => {
  test.each(["flux", "argocd"])("names of the greatest length are unique and allowed, on %s", (engine) => {
    expect(misnamed(accepted(longest(engine)))).toEqual([]);
  });

  test.each(clients)(
    "names stay unique when the provider of $name has the suffix of another instance of it",
    (client) => {
      const kinds = kindsOf(client, alone(client));
      const providers = components.filter(({ provides }) => provides !== undefined && kinds.includes(provides));
      const uses = Object.fromEntries(providers.map(({ name, provides }) => [provides, `${name}-two`]));
      const cluster = build(
        clusterOf({
          ...Object.fromEntries(providers.map((provider) => [`${provider.name}-two`, richest(provider)])),
          [client.name]: { ...alone(client), uses },
          [`${client.name}-two`]: alone(client),
        }),
      );
      if (!hasErrors(cluster.issues)) expect(misnamed(cluster as Rendered)).toEqual([]);
    },
  );

  test.each(namesOf(rich))("an instance called %s, like an object, is refused or meets nothing", (name) => {
    const cluster = build(withInstance(thoseThatCouldMeet(name), name));
    if (hasErrors(cluster.issues)) return;
    expect(misnamed(cluster as Rendered)).toEqual([]);
    const { name: beginning } = componentOf(name, catalogue)!;
    const own = objectsOf(cluster as Rendered).filter(({ instance }) => instance === name);
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ object }) => !object.metadata.name.startsWith(beginning))).toEqual([]);
  });
});

/** Names that the API server would refuse or take for another, as sentences. */
function misnamed(cluster: Rendered): string[] {
  const owned = objectsOf(cluster);
  const objects = [
    ...owned.map(({ object }) => object),
    ...(engineOf(cluster).objects as readonly unknown[] as readonly KubernetesObject[]),
  ];
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

const repeated = (names: readonly string[]): string[] => duplicates(names).map(({ word }) => `${word} is there twice`);

/** Names of labels and of hosts (RFC 1123), of Services (RFC 1035), and of all other objects. */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const service = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What the API server is asked for on behalf of an object: by whom, and what form it must have. */
interface Made {
  readonly what: string;
  readonly text: string;
  readonly form: RegExp;
}

const hash = "0123456789";

/** What controllers and operators make from a name, `made` included, at its longest. */
const makes: Readonly<Record<string, (name: string) => readonly Made[]>> = {
  // https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/: the name is a label of all that it applies.
  Application: (name) => [{ what: "label argocd.argoproj.io/instance", text: name, form: label }],
  // https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/cronjob/utils.go: minutes since 1970, eight digits.
  CronJob: (name) => made("Job", `${name}-29000000`),
  // Its pods' host names are cut at 63 characters, and two could then be one.
  Deployment: (name) => [{ what: "host name", text: name, form: label }],
  Job: (name) => [{ what: "label batch.kubernetes.io/job-name", text: name, form: label }],
  Kustomization: (name) => [{ what: "label kustomize.toolkit.fluxcd.io/name", text: name, form: label }],
  MariaDB: (name) => [...made("StatefulSet", name), ...made("Service", `${name}-secondary`)],
  Namespace: (name) => [{ what: "namespace", text: name, form: label }],
  PhysicalBackup: (name) => made("Job", `${name}-20261101000000`),
  RabbitmqCluster: (name) => [...made("StatefulSet", `${name}-server`), ...made("Service", `${name}-nodes`)],
  Service: (name) => [{ what: "host name", text: name, form: service }],
  // https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/history/controller_history.go
  StatefulSet: (name) => [{ what: "label controller-revision-hash", text: `${name}-${hash}`, form: label }],
};

function made(kind: string, name: string): Made[] {
  return [{ what: kind, text: name, form: subdomain }, ...(makes[kind]?.(name) ?? [])];
}

const checkName = ({ kind, metadata: { name } }: KubernetesObject): string[] =>
  made(kind, name)
    .filter(({ text, form }) => !form.test(text))
    .map(({ what, text }) => `${kind} ${name} brings about the ${what} ${text}, which is not allowed`);

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
        key === "labels" || key === "matchLabels"
          ? Object.entries(item as object).flatMap(([name, label]): [string, string][] =>
              // An operator that takes labels for each of its programs has a map of such maps.
              typeof label === "string" ? [[name, label]] : labelsIn({ labels: label }),
            )
          : labelsIn(item),
      );

/** What a default instance says to make most objects: the options of its example. */
const richest = (component: Component): Settings =>
  Object.fromEntries(
    Object.entries(samples.get(component.name)!.example[component.name] ?? alone(component)).filter(
      ([key]) => key in component.options.shape,
    ),
  );

/** A cluster with these components alone, and what they need, that makes objects of every sort. */
const richOf = (those: readonly Component[]): Data =>
  clusterOf(Object.fromEntries(those.map((component) => [component.name, richest(component)])), {
    namespaces: "single",
  });

/** The same with all components. */
const rich = accepted(richOf(components));

/**
 * A cluster with the instances whose objects another one could meet. The name of what an instance makes begins with that of
 * its component: nobody else's objects can be in its way.
 */
function thoseThatCouldMeet(name: string): Data {
  const { name: beginning } = componentOf(name, catalogue)!;
  const owners = new Set(
    objectsOf(rich)
      .filter(({ object }) => object.metadata.name.startsWith(beginning))
      .map(({ instance }) => instance),
  );
  return richOf(components.filter((component) => owners.has(component.name)));
}

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
  return (
    [...new Set(names)]
      // What a part could be called is refused: no instance has it.
      .filter((name) => components.includes(componentOf(name, catalogue)!) && !catalogue.has(name))
      .sort()
  );
}

function withInstance(data: Data, name: string, settings?: Settings): Data {
  const component = componentOf(name, catalogue)!;
  const { group } = component;
  return {
    ...data,
    ...(component.worksOn === undefined ? {} : longestNodes),
    [group]: { ...(data[group] as object), [name]: settings ?? richest(component) },
  };
}

/** Nodes for what works on them, with names as long as can be. */
const longestNodes = {
  nodeGroups: {
    [`n${"o".repeat(14)}`]: {
      roles: [...new Set([...catalogue.values()].flatMap(servedRoles))],
      physicalNetworks: { ["p".repeat(64)]: `i${"f".repeat(14)}` },
    },
  },
};

/** A cluster whose every name is as long as can be: of each component an instance with the longest name that is accepted. */
function longest(engine: string): Data {
  const nobody = clusterOf(
    {},
    {
      name: "c".repeat(40),
      domain: `${"d".repeat(63)}.${"e".repeat(63)}.example.org`,
      delivery: { engine, repository: "https://git.example.org/fleet.git" },
      access: { tls: { secret: "s".repeat(40) } },
      namespaces: { infrastructure: "i".repeat(63), services: "n".repeat(63) },
      images: { pullSecrets: ["p".repeat(40)] },
    },
  );
  const found = new Map<Component, { readonly name: string; readonly settings: Settings }>();
  const withFound = (those: readonly Component[]): Data =>
    those.reduce((data, each) => {
      const one = found.get(each);
      return one === undefined ? data : withInstance(data, one.name, one.settings);
    }, nobody);
  for (const component of components.filter(({ publishes, single }) => !publishes && !single)) {
    const { name } = component;
    const options = { ...richest(component), ...samples.get(name)!.longest };
    const kinds = kindsOf(component, options);
    const settings = kinds.length === 0 ? options : { ...options, dedicated: kinds };
    // With what it asks and no more, or the time would grow as the square of the number of components.
    const data = withFound(askedBy(component));
    const names = Array.from({ length: 40 }, (_, index) => `${name}-${"x".repeat(40)}`.slice(0, 40 - index));
    const fitting = firstOf(
      names.filter((long) => long.length > name.length + 1),
      (long) => !hasErrors(build(withInstance(data, long, settings)).issues),
    );
    expect(fitting, `a second ${name}`).toBeDefined();
    found.set(component, { name: fitting!, settings });
  }
  return withFound(components);
}

/** The first that is accepted, of names of which all after an accepted one are accepted too. */
function firstOf(names: readonly string[], isAccepted: (name: string) => boolean): string | undefined {
  let [from, to] = [0, names.length];
  for (let at = 0; from < to; at = Math.floor((from + to) / 2))
    if (isAccepted(names[at]!)) to = at;
    else from = at + 1;
  return names[to];
}

/** Whose endpoints it asks, and whose those ask. */
const askedBy = ({ requires = [] }: Component): Component[] =>
  components
    .filter((other) => requires.some((word) => endpointNamed(other, word) !== undefined))
    .flatMap((other) => [other, ...askedBy(other)]);
