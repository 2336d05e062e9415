import { kindsWithUsers } from "../connections/index.ts";
import type { Kind } from "../contract/connection.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { furtherUsersOf, loginOf } from "../model/accounts.ts";
import type { Instance, Model } from "../model/model.ts";
import { withNumbers } from "./cluster-file.ts";

/** Connections whose credentials have generations. */
const rotatable: readonly Rotatable[] = [...kindsWithUsers, "identity"];
export type Rotatable = Kind | "identity";

/** Where the credentials of one connection of one instance are on their way. */
export interface Rotation {
  readonly instance: string;
  readonly kind: Rotatable;
  readonly step: "prepare" | "switch" | "finish";
  /** What cluster.yaml says afterwards. */
  readonly generation: number;
  readonly alsoValid?: number;
  /** What the commit does, and what rolls. */
  readonly does: string;
  /** Names of the Secrets of the generation before, in the instance's namespace: nobody may read them when it ends. */
  readonly old: readonly string[];
}

/** The next step for one connection. cluster.yaml holds the state, so that a rotation can be resumed by anybody at any time. */
export function nextStep(model: Model, instance: string, kind: Rotatable): Rotation | undefined {
  const found = instanceOf(model, instance);
  if (found === undefined || !kindsOf(model, instance).includes(kind)) return undefined;
  const { generation = 1, alsoValid } = found.spec.service.credentials?.[kind] ?? {};
  const of = (number: number) => secretsOf(found, kind, number);
  if (alsoValid === undefined)
    return {
      instance,
      kind,
      step: "prepare",
      generation,
      alsoValid: generation + 1,
      does: `a second user of ${instance} with a Secret of its own is made, and the first stays; nothing rolls`,
      old: of(generation),
    };
  if (alsoValid > generation)
    return {
      instance,
      kind,
      step: "switch",
      generation: alsoValid,
      alsoValid: generation,
      does: `the pods of ${instance} roll, one at a time, and log in as the new user`,
      old: of(generation),
    };
  return {
    instance,
    kind,
    step: "finish",
    generation,
    does: `the old user of ${instance} goes, with its objects; nothing rolls`,
    old: of(alsoValid),
  };
}

/** Connections of an instance that can rotate. */
export function kindsOf(model: Model, instance: string): Rotatable[] {
  const found = instanceOf(model, instance);
  if (found === undefined) return [];
  return rotatable.filter((kind) =>
    kind === "identity"
      ? found.component.user !== undefined
      : found.connections.some((connection) => connection.need.kind === kind && connection.instance !== undefined),
  );
}

/** cluster.yaml after a step, every other byte as it was; undefined where that cannot be had. */
export const withStep = (
  text: string,
  path: readonly (string | number)[],
  { kind, generation, alsoValid }: Pick<Rotation, "kind" | "generation" | "alsoValid">,
): string | undefined =>
  withNumbers(text, [...path, "credentials", kind], { generation, ...(alsoValid === undefined ? {} : { alsoValid }) });

/** Secrets, `<namespace>/<name>`, of all generations of a connection that exist now. */
export function secretsInUse(model: Model, instance: string, kind: Rotatable): string[] {
  const found = instanceOf(model, instance)!;
  const { generation = 1, alsoValid } = found.spec.service.credentials?.[kind] ?? {};
  return [generation, ...(alsoValid === undefined ? [] : [alsoValid])]
    .flatMap((number) => secretsOf(found, kind, number))
    .map((name) => `${found.namespace}/${name}`);
}

/** Commands that come to an end when a step is done in the cluster, and the next one is safe; none after the last. */
export function waitFor(
  { instance, step, old }: Rotation,
  model: Model,
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): string[] {
  const { namespace } = instanceOf(model, instance)!;
  switch (step) {
    case "prepare":
      return after.filter((object) => !before.some((other) => idOf(other) === idOf(object))).flatMap(waitForNew);
    case "switch":
      return [
        `kubectl -n ${namespace} rollout status deployment -l app.kubernetes.io/instance=${instance}`,
        `kubectl -n ${namespace} get pod -l app.kubernetes.io/instance=${instance} --field-selector=status.phase=Running -o yaml | grep -E 'name: (${old.join("|")})$'    must print nothing`,
      ];
    case "finish":
      return [];
  }
}

/** What the operators and Jobs have to do. It waits for the object itself first: the old ones are ready already. */
function waitForNew({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): string[] {
  const done = { User: "Ready", Grant: "Ready", Permission: "Ready", Job: "Complete" }[kind];
  if (done === undefined) return [];
  const group = apiVersion.split("/")[0];
  const object = kind === "Job" ? `job/${name}` : `${kind.toLowerCase()}.${group}/${name}`;
  const wait = `kubectl -n ${namespace} wait ${object} --timeout=15m`;
  return [`${wait} --for=create && ${wait} --for=condition=${done}`];
}

const idOf = ({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): string =>
  [apiVersion, kind, namespace, name].join(" ");

const instanceOf = (model: Model, instance: string): Instance | undefined =>
  model.instances.find(({ name }) => name === instance);

/** Names of the Secrets of one generation. */
function secretsOf({ component, name, spec, connections }: Instance, kind: Rotatable, generation: number): string[] {
  const accounts =
    kind === "identity"
      ? [loginOf(name, spec), ...furtherUsersOf(component, name, spec)].flatMap(({ accounts }) => accounts)
      : connections
          .filter(({ need, instance }) => need.kind === kind && instance !== undefined)
          .flatMap((connection) => connection.accounts);
  const mark = generation === 1 ? "" : `-g${generation}`;
  return accounts.filter((account) => account.mark === mark).map(({ secret }) => secret);
}
