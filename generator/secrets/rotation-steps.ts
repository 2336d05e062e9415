import { kindsWithUsers } from "../connections/index.ts";
import { allAccounts, type Connection } from "../contract/connection.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { rewrappedOptions, rotatingOptions } from "../contract/secret.ts";
import { furtherUsersOf, loginOf, markOf, optionsOf } from "../model/accounts.ts";
import type { Instance, Model } from "../model/model.ts";
import { withValue } from "./cluster-file.ts";

/** A kind of connection, `identity`, or an option with a Secret. */
export type Rotatable = string;

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
  const does = isKey(model, instance, kind) ? doesToKey : isShared(model, instance, kind) ? doesToPassword : doesToUser;
  if (alsoValid === undefined)
    return {
      instance,
      kind,
      step: "prepare",
      generation,
      alsoValid: generation + 1,
      does: does.prepare(instance),
      old: of(generation),
    };
  if (alsoValid > generation)
    return {
      instance,
      kind,
      step: "switch",
      generation: alsoValid,
      alsoValid: generation,
      does: does.switch(instance),
      old: of(generation),
    };
  return {
    instance,
    kind,
    step: "finish",
    generation,
    does: does.finish(instance),
    old: of(alsoValid),
  };
}

/** What each step does to a user. */
const doesToUser = {
  prepare: (of: string) =>
    `a second user of ${of} with a Secret of its own is made, and the first stays; nothing rolls`,
  switch: (of: string) => `the pods of ${of} roll, one at a time, and log in as the new user`,
  finish: (of: string) => `the old user of ${of} goes, with its objects; nothing rolls`,
};
/** What each step does to a key that stored data is encrypted with. */
const doesToKey = {
  prepare: (of: string) =>
    `a second key is made, and the pods of ${of} roll: they can decrypt with both, and encrypt with the first`,
  switch: (of: string) =>
    `the pods of ${of} roll and encrypt with the second key, and a Job encrypts with it what is stored`,
  finish: (of: string) => `the old key goes, and the pods of ${of} roll`,
};

/** What each step does to a password that all clients of a server share. */
const doesToPassword = {
  prepare: (of: string) => `a second password is made, and the members of ${of} roll, one at a time: they take both`,
  switch: (of: string) => `the members of ${of} and the pods of its clients roll, and log in with the second password`,
  finish: (of: string) => `the old password goes, and the members of ${of} roll`,
};

/** What can rotate of an instance. What a part has from its owner rotates there. */
export function kindsOf(model: Model, instance: string): Rotatable[] {
  const found = instanceOf(model, instance);
  if (found === undefined) return [];
  const isOwn = ({ instance: provider, lender }: Connection) => provider !== undefined && lender === undefined;
  return [
    ...kindsWithUsers.filter((kind) => found.connections.some((item) => item.need.kind === kind && isOwn(item))),
    ...(found.component.user === undefined ? [] : ["identity"]),
    ...rotatingOptions(found.component.secretOptions),
  ];
}

/** True for what stored data is encrypted with, and not for a user with a password. */
export const isKey = (model: Model, instance: string, kind: Rotatable): boolean =>
  rewrappedOptions(instanceOf(model, instance)?.component.secretOptions).includes(kind);

/** True for a password that a server takes next to another one. */
const isShared = (model: Model, instance: string, kind: Rotatable): boolean =>
  instanceOf(model, instance)?.component.secretOptions?.[kind]?.also !== undefined;

/** cluster.yaml after a step, every other byte as it was; undefined where that cannot be had. */
export const withStep = (
  text: string,
  path: readonly (string | number)[],
  { kind, generation, alsoValid }: Pick<Rotation, "kind" | "generation" | "alsoValid">,
): string | undefined =>
  withValue(text, [...path, "credentials", kind], { generation, ...(alsoValid === undefined ? {} : { alsoValid }) });

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
  { instance, kind, step, old, alsoValid }: Rotation,
  model: Model,
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): string[] {
  if (isShared(model, instance, kind)) return waitForMembers({ instance, step, alsoValid }, model);
  const { namespace } = instanceOf(model, instance)!;
  const fresh = after.filter((object) => !before.some((other) => idOf(other) === idOf(object))).flatMap(waitForNew);
  const rolled = rollout("deployment", instance, namespace);
  if (isKey(model, instance, kind)) return step === "finish" ? [] : [rolled, ...fresh];
  switch (step) {
    case "prepare":
      return fresh;
    case "switch":
      return [rolled, readByNobody(old, instance, namespace)];
    case "finish":
      return [];
  }
}

/** The members of a server, and where they have another password the pods of its clients, which have copies of it. */
function waitForMembers(
  { instance, step, alsoValid }: Pick<Rotation, "instance" | "step" | "alsoValid">,
  model: Model,
) {
  if (step === "finish") return [];
  const members = rollout("statefulset", instance, instanceOf(model, instance)!.namespace);
  if (step === "prepare") return [members];
  const clients = model.instances.flatMap(({ name, namespace, connections }) => {
    const copies = connections
      .filter((connection) => connection.instance === instance)
      .map(({ account }) => `${account.secret.slice(0, -account.mark.length)}${markOf(alsoValid!)}`);
    return copies.length === 0 ? [] : [rollout("deployment", name, namespace), readByNobody(copies, name, namespace)];
  });
  return [members, ...clients];
}

const rollout = (kind: string, instance: string, namespace: string): string =>
  `kubectl -n ${namespace} rollout status ${kind} -l app.kubernetes.io/instance=${instance}`;

const readByNobody = (secrets: readonly string[], instance: string, namespace: string): string =>
  `kubectl -n ${namespace} get pod -l app.kubernetes.io/instance=${instance} --field-selector=status.phase=Running -o yaml | grep -E 'name: (${secrets.join("|")})$'    must print nothing`;

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
function secretsOf(instance: Instance, kind: Rotatable, generation: number): string[] {
  const { component, name, spec, connections } = instance;
  const option = optionsOf(component, name, spec)[kind];
  const accounts =
    option !== undefined
      ? option.accounts
      : kind === "identity"
        ? [loginOf(instance), ...furtherUsersOf(instance)].flatMap(({ accounts }) => accounts)
        : connections
            .filter(
              ({ need, instance, lender }) => need.kind === kind && instance !== undefined && lender === undefined,
            )
            .flatMap(allAccounts);
  return accounts.filter(({ mark }) => mark === markOf(generation)).map(({ secret }) => secret);
}
