import { type Document, parseDocument } from "yaml";
import type { Model } from "../model/model.ts";

/** Connections whose credentials have generations. */
export const rotatable = ["database", "messaging", "identity"] as const;
export type Rotatable = (typeof rotatable)[number];

/** Where the credentials of one connection of one instance are on their way. */
export interface Rotation {
  readonly instance: string;
  readonly kind: Rotatable;
  readonly step: "prepare" | "switch" | "finish";
  /** What cluster.yaml says afterwards. */
  readonly generation: number;
  readonly beside?: number;
  /** What the commit does, and when the next step is safe. */
  readonly does: string;
  readonly afterwards: string;
}

/** The next step for one connection. cluster.yaml holds the state, so that a rotation can be resumed by anybody at any time. */
export function nextStep(model: Model, instance: string, kind: Rotatable): Rotation | undefined {
  const found = model.instances.find(({ name }) => name === instance);
  if (found === undefined || !kindsOf(model, instance).includes(kind)) return undefined;
  const { generation = 1, beside } = found.spec.service.credentials?.[kind] ?? {};
  const { namespace } = found;
  if (beside === undefined)
    return {
      instance,
      kind,
      step: "prepare",
      generation,
      beside: generation + 1,
      does: `a second user of ${instance} with a Secret of its own is made beside the first; nothing rolls`,
      afterwards: waitFor(kind, instance, namespace, generation + 1),
    };
  if (beside > generation)
    return {
      instance,
      kind,
      step: "switch",
      generation: beside,
      beside: generation,
      does: `the pods of ${instance} roll, one at a time, and log in as the new user`,
      afterwards: `kubectl -n ${namespace} rollout status deployment -l app.kubernetes.io/instance=${instance}`,
    };
  return {
    instance,
    kind,
    step: "finish",
    generation,
    does: `the old user of ${instance} goes, with its objects; nothing rolls`,
    afterwards: "Nothing: the rotation is complete.",
  };
}

/** Connections of an instance that can rotate. */
export function kindsOf(model: Model, instance: string): Rotatable[] {
  const found = model.instances.find(({ name }) => name === instance);
  if (found === undefined) return [];
  return rotatable.filter((kind) =>
    kind === "identity"
      ? found.component.user !== undefined
      : found.wires.some((wire) => wire.need.kind === kind && wire.instance !== undefined),
  );
}

/** cluster.yaml after a step; comments, order and spelling of everything else stay. */
export function withStep(text: string, path: readonly (string | number)[], rotation: Rotation): string {
  const document = parseDocument(text);
  const at = [...path, "credentials", rotation.kind];
  const parent = document.getIn([...path]);
  if (parent === null || parent === undefined) document.setIn([...path], document.createNode({}));
  document.setIn(
    at,
    document.createNode(
      {
        generation: rotation.generation,
        ...(rotation.beside === undefined ? {} : { beside: rotation.beside }),
      },
      { flow: true },
    ),
  );
  return print(document);
}

const print = (document: Document): string => document.toString({ lineWidth: 0 });

const waitFor = (kind: Rotatable, instance: string, namespace: string, generation: number): string => {
  switch (kind) {
    case "database":
      return `kubectl -n ${namespace} wait --for=condition=Ready user.k8s.mariadb.com,grant.k8s.mariadb.com -l app.kubernetes.io/instance=${instance} --timeout=10m`;
    case "messaging":
      return `kubectl -n ${namespace} wait --for=condition=Ready user.rabbitmq.com,permission.rabbitmq.com -l app.kubernetes.io/instance=${instance} --timeout=10m`;
    case "identity":
      return `kubectl -n ${namespace} wait --for=condition=Complete job -l app.kubernetes.io/instance=${instance},app.kubernetes.io/component=register --timeout=10m   (it makes the user ${instance}-g${generation})`;
  }
};
