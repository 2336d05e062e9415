import { isSafeName } from "../../base/file-names.ts";
import { type Path, showPath, showValue } from "../../base/words.ts";
import type { Catalogue, Component } from "../../contract/component.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { operatorNamed, operators } from "../../operators/index.ts";

/** Namespaces that belong to others: Overstack would put its labels and its Pod Security level on them. */
const namespaces: ReadonlyMap<string, string> = new Map([
  ["kube-system", "Kubernetes"],
  ["kube-public", "Kubernetes"],
  ["kube-node-lease", "Kubernetes"],
  ["flux-system", "Flux"],
  ["argocd", "Argo CD"],
  ...operators.map(({ namespace, title }): [string, string] => [namespace, title]),
]);

/** An instance cannot live in a namespace that belongs to others, and some components live in one alone. */
export function* reservedNamespace(
  path: Path,
  namespace: string | undefined,
  component: Component | undefined,
  catalogue: Catalogue,
): Iterable<Issue> {
  if (namespace === undefined) return;
  const only = component?.namespace;
  const [resident] = [...catalogue.values()].filter((other) => other.namespace === namespace);
  const owner = namespaces.get(namespace) ?? resident?.name;
  if (only !== undefined && namespace !== only)
    yield error(
      "not-supported",
      `${showPath(path)} cannot be ${showValue(namespace)}: ${component!.name} lives in ${only}, where its operator has its rights`,
      "Remove it.",
      { path },
    );
  else if (only === undefined && owner !== undefined)
    yield error(
      "reserved-name",
      `${showPath(path)} cannot be ${showValue(namespace)}: that namespace belongs to ${owner}`,
      "Choose a namespace that holds nothing else.",
      { path },
    );
}

/** Names of directories of the repository, for a cluster that is called so reads as the directory, and of devices of Windows. */
export const isReservedCluster = (name: string): boolean =>
  ["bases", "overlays", "clusters", "namespaces", "operators"].includes(name) || !isSafeName(name);

/**
 * The word in an instance's name that makes it collide with objects of another one: `glance-api` is a Deployment of
 * `glance`, `mariadb-primary` a Service that the operator makes for `mariadb`.
 */
export function collidingWord(instance: string, component: Component): string | undefined {
  const suffix = instance.slice(component.name.length);
  const first = [...Object.keys(component.roles), ...Object.keys(component.crons ?? {}), "jobs", "egress"];
  const generation = /-(g[0-9]+)(?:-|$)/.exec(suffix)?.[1];
  if (generation !== undefined) return generation;
  return (
    first.find((word) => suffix === `-${word}` || suffix.startsWith(`-${word}-`)) ??
    suffixesOf(component).find((word) => suffix.endsWith(`-${word}`))
  );
}

/** What the operators of a component append to the names of its objects. */
const suffixesOf = ({ operators: names = [] }: Component): string[] =>
  names.flatMap((name) => Object.values(operatorNamed(name).resources).flatMap(({ suffixes = [] }) => suffixes));
