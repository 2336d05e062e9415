import { clusterFolder, overlayFolder } from "../base/layout.ts";
import type { Phase } from "../contract/kubernetes.ts";
import { internalTls } from "../input/spec.ts";
import { fitted } from "../kit/hash.ts";
import type { Render } from "../kustomize/rendering.ts";
import { phasesOf } from "../kustomize/write.ts";
import type { Instance, Model } from "../model/model.ts";
import { operatorsThatTrustOurCa } from "../render/certificates.ts";
import { type Operator, operatorNamed, withRequired } from "./operators.ts";

/** An object whose health a later step waits for. */
export interface HealthCheck {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** One step of bringing a cluster up: an overlay's phase, or an operator. */
export interface Step {
  readonly name: string;
  /** Directory that the engine builds. */
  readonly path: string;
  readonly after: readonly string[];
  readonly health: readonly HealthCheck[];
  readonly suspend: boolean;
  readonly instance?: Instance;
  readonly phase?: Phase;
  readonly operator?: Operator;
  /** Secret with the key that its files are decrypted with. */
  readonly decryptionKey?: string;
}

/**
 * Name of an engine's object. Those of several clusters may share a namespace, so the cluster's name stands in each; both
 * engines label what they apply with it, and a label holds 63 characters.
 */
export const engineName = ({ spec }: Model, step: string): string => fitted(`${spec.name}-${step}`, 63);

/** The operators that the engine installs; others are needed too, but somebody else sees to them. */
export function installedOperators(model: Model): readonly Operator[] {
  const needed = withRequired([...model.operators, ...(needsIssuer(model) ? ["cert-manager"] : [])]);
  const { operators } = model.spec;
  return needed.filter(({ name }) => operators?.[name as keyof typeof operators] !== "existing");
}

/** The steps of a cluster in dependency order. Few edges: each one costs every later commit a wait. */
export function stepsOf(model: Model, renders: ReadonlyMap<string, Render>, hasSecrets: boolean): Step[] {
  const { spec } = model;
  const installed = installedOperators(model);
  const present = (name: string) => installed.some((operator) => operator.name === name);
  const step = (
    name: string,
    path: string,
    after: readonly string[],
    health: readonly HealthCheck[],
    more: Partial<Step> = {},
  ): Step => ({ name, path, after: [...new Set(after)].sort(), health, suspend: false, ...more });
  const deployment = (name: string, namespace: string): HealthCheck => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    name,
    namespace,
  });
  const gateway = model.instances.find(({ component }) => component.publishes);
  const told = operatorsThatTrustOurCa(model);
  // An operator's namespace is there when what it comes after is.
  const before = told.flatMap((name) => operatorNamed(name).after).concat("cert-manager");
  const certificates =
    internalTls(spec) === "none"
      ? []
      : [
          step(
            "certificates",
            `${overlayFolder(spec.name)}/certificates`,
            ["namespaces", ...before.filter(present)],
            [],
          ),
        ];

  const operatorSteps = installed.map((operator) =>
    step(
      operator.name,
      `${clusterFolder(spec.name)}/${spec.delivery.engine}/operators/${operator.name}`,
      [
        ...operator.after.filter(present),
        // Its pod waits for the CA that it is to trust.
        ...(told.includes(operator.name) ? ["certificates"] : []),
      ],
      operator.deployments.map((name) => deployment(name, operator.namespace)),
      { operator },
    ),
  );
  const gatewayClass =
    gateway === undefined
      ? []
      : [step("gateway-class", `${overlayFolder(spec.name)}/gateway-class`, ["envoy-gateway"].filter(present), [])];

  const lastPhase = (name: string): string => `${name}-${phasesOf(renders.get(name)!).at(-1)!}`;
  const instanceSteps = model.instances.flatMap((instance) => {
    const phasesHere = phasesOf(renders.get(instance.name)!);
    const signed = instance === gateway ? [] : certificates.map(({ name }) => name);
    const outside = [
      // The broker's operator refuses a user whose Secret is not there.
      ...(hasSecrets ? ["secrets"] : signed.length > 0 ? [] : ["namespaces"]),
      ...signed,
      ...(instance.component.operators ?? []).filter(present),
      ...instance.after.map(lastPhase),
      ...(gateway !== undefined && gateway !== instance && instance.component.endpoints !== undefined
        ? [`${gateway.name}-run`]
        : []),
      ...(instance === gateway ? ["gateway-class"] : []),
    ];
    return phasesHere.map((phase, index) =>
      step(
        `${instance.name}-${phase}`,
        `${overlayFolder(spec.name)}/${instance.name}/${phase}`,
        index === 0 ? outside : [`${instance.name}-${phasesHere[index - 1]!}`],
        healthOf(instance, phase, renders.get(instance.name)!),
        {
          instance,
          phase,
          suspend: instance.spec.common.suspend ?? false,
        },
      ),
    );
  });
  return [
    step("namespaces", `${overlayFolder(spec.name)}/namespaces`, [], []),
    ...(hasSecrets
      ? [step("secrets", `${overlayFolder(spec.name)}/secrets`, ["namespaces"], [], decryption(model))]
      : []),
    ...operatorSteps,
    ...certificates,
    ...gatewayClass,
    ...instanceSteps,
  ];
}

const decryption = ({ spec: { secrets } }: Model): Partial<Step> =>
  secrets.provider === "sops" ? { decryptionKey: secrets.keySecret } : {};

/** cert-manager signs the certificates of the inside, and the public ones when an issuer is named. */
const needsIssuer = ({ spec }: Model): boolean =>
  internalTls(spec) !== "none" ||
  (spec.access.mode === "gateway" && typeof spec.access.tls === "object" && "issuer" in spec.access.tls);

/**
 * What the next step waits for: Jobs to complete, services to be rolled out, infrastructure to have a quorum. Database
 * and user objects are not waited for: they are Ready only while every member is, and the Jobs retry anyway.
 */
function healthOf(instance: Instance, phase: Phase, render: Render): HealthCheck[] {
  const check = (apiVersion: string, kind: string, name: string): HealthCheck => ({
    apiVersion,
    kind,
    name,
    namespace: instance.namespace,
  });
  const waited = render[phase].objects.flatMap((object): HealthCheck[] => {
    switch (object.kind) {
      case "Job":
      case "Deployment":
      case "StatefulSet":
      case "DaemonSet":
        return [check(object.apiVersion, object.kind, object.metadata.name)];
      case "MariaDB":
        return [check("apps/v1", "StatefulSet", object.metadata.name)];
      case "RabbitmqCluster":
        return [check("apps/v1", "StatefulSet", `${object.metadata.name}-server`)];
      default:
        return [];
    }
  });
  return waited.sort((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
}
