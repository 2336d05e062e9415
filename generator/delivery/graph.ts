import { clusterFolder, overlayFolder } from "../base/layout.ts";
import { type KubernetesObject, type Phase, phases } from "../contract/kubernetes.ts";
import { fitted } from "../kit/hash.ts";
import type { PhaseRender, Render } from "../kustomize/rendering.ts";
import { phasesOf } from "../kustomize/write.ts";
import { type Instance, type Model, operatorsOf } from "../model/model.ts";
import { order } from "../model/order.ts";
import { type Edge, edgesOf } from "../model/phase-order.ts";
import { certManager } from "../operators/cert-manager.ts";
import { envoyGateway } from "../operators/envoy-gateway.ts";
import { predecessors, resourceOf } from "../operators/index.ts";
import type { Operator } from "../operators/operator.ts";
import { hasCertificates, operatorsThatTrustOurCa } from "../render/certificates.ts";
import { storageClassObjects } from "../render/storage-classes.ts";
import { installedOperators } from "./installation.ts";

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
  /** Seconds that an attempt may take. */
  readonly timeout: number;
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

/** The steps of a cluster in dependency order. Few edges: each one costs every later commit a wait. */
export function stepsOf(model: Model, renders: ReadonlyMap<string, Render>, hasSecrets: boolean): Step[] {
  const shared = sharedSteps(model, hasSecrets);
  const instances = instanceSteps(model, renders, new Set(shared.map(({ name }) => name)));
  const ordered = order([...shared, ...instances], (cycle) => {
    throw new Error(`these steps wait for each other: ${cycle.join(" -> ")}`);
  });
  return [...ordered];
}

const step = (
  name: string,
  path: string,
  after: readonly string[],
  health: readonly HealthCheck[],
  more: Partial<Step> = {},
): Step => ({ name, path, after: [...new Set(after)].sort(), health, suspend: false, timeout: 1800, ...more });

/** What instances share: namespaces, Secrets, operators, certificates and the class of the Gateway. */
function sharedSteps(model: Model, hasSecrets: boolean): Step[] {
  const { spec } = model;
  const folder = overlayFolder(spec.name);
  const installed = installedOperators(model);
  const present = (name: string) => installed.some((operator) => operator.name === name);
  const trusting = operatorsThatTrustOurCa(model);
  // Their certificates lie in the namespaces of these operators, which the operators before them may bring.
  const signers = trusting.flatMap(predecessors).concat(certManager.name);
  return [
    step("namespaces", `${folder}/namespaces`, [], []),
    ...(hasSecrets ? [step("secrets", `${folder}/secrets`, ["namespaces"], [], decryption(model))] : []),
    ...installed.map((operator) => {
      const before = [
        ...predecessors(operator).filter(present),
        // Its pod waits for the CA that it is to trust.
        ...(trusting.includes(operator) ? ["certificates"] : []),
      ];
      const path = `${clusterFolder(spec.name)}/${spec.delivery.engine}/operators/${operator.name}`;
      const health = operator.deployments.map((name) => deployment(name, operator.namespace));
      return step(operator.name, path, before, health, { operator });
    }),
    ...(hasCertificates(model)
      ? [step("certificates", `${folder}/certificates`, ["namespaces", ...signers.filter(present)], [])]
      : []),
    ...(model.instances.some(({ component }) => component.publishes)
      ? [step("gateway-class", `${folder}/gateway-class`, [envoyGateway.name].filter(present), [])]
      : []),
    ...(storageClassObjects(model).length === 0 ? [] : [step("storage-classes", `${folder}/storage-classes`, [], [])]),
  ];
}

const deployment = (name: string, namespace: string): HealthCheck => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  name,
  namespace,
});

/** One step for each phase of an instance that holds anything; `shared` are the names of the steps that instances share. */
function instanceSteps(model: Model, renders: ReadonlyMap<string, Render>, shared: ReadonlySet<string>): Step[] {
  const { spec, instances } = model;
  const present: Present = new Map(instances.map(({ name }) => [name, phasesOf(renders.get(name)!)]));
  const edges = edgesOf(instances).flatMap((edge) => among(present, edge));
  return instances.flatMap((instance) => {
    const { name } = instance;
    return present.get(name)!.map((phase, index, own) => {
      const before = edges.filter(([, then]) => then.instance === name && then.phase === phase);
      const first = index === 0 ? beginning(instance, shared) : [`${name}-${own[index - 1]!}`];
      return step(
        `${name}-${phase}`,
        `${overlayFolder(spec.name)}/${name}/${phase}`,
        [...first, ...before.map(([other]) => `${other.instance}-${other.phase}`)],
        healthOf(instance, phase, renders.get(name)!),
        { instance, phase, suspend: instance.isSuspended, timeout: timeoutOf(renders.get(name)![phase]) },
      );
    });
  });
}

/** What instances share and the first step of each waits for. */
function beginning(instance: Instance, shared: ReadonlySet<string>): string[] {
  const { component } = instance;
  const isSigned = shared.has("certificates") && !component.publishes;
  return [
    // The broker's operator refuses a user whose Secret is not there.
    ...(shared.has("secrets") ? ["secrets"] : isSigned ? [] : ["namespaces"]),
    ...(isSigned ? ["certificates"] : []),
    ...operatorsOf(instance).filter((name) => shared.has(name)),
    ...(component.publishes ? ["gateway-class"] : []),
  ];
}

/** Phases of each instance that hold anything, in order. */
type Present = ReadonlyMap<string, readonly Phase[]>;

/** An edge between phases that exist: from the last one that is done by then to the first one that begins after it. */
function among(present: Present, [before, then]: Edge): Edge[] {
  const place = (phase: Phase) => phases.indexOf(phase);
  const last = present.get(before.instance)!.findLast((phase) => place(phase) <= place(before.phase));
  const first = present.get(then.instance)!.find((phase) => place(phase) >= place(then.phase));
  return last === undefined || first === undefined
    ? []
    : [
        [
          { ...before, phase: last },
          { ...then, phase: first },
        ],
      ];
}

/** Seconds: longer than a Job's own deadline, so that a running migration is never replaced by the next commit. */
const timeoutOf = ({ objects }: PhaseRender): number =>
  Math.max(1800, ...objects.filter(({ kind }) => kind === "Job").map((job) => 300 + deadlineOf(job)));

const deadlineOf = ({ spec }: KubernetesObject): number =>
  Number((spec as { readonly activeDeadlineSeconds?: number }).activeDeadlineSeconds ?? 0);

const decryption = ({ spec: { secrets } }: Model): Partial<Step> =>
  secrets.provider === "sops" ? { decryptionKey: secrets.keySecret } : {};

/**
 * What the next step waits for: Jobs to complete, services to be rolled out, infrastructure to have a quorum. Database
 * and user objects are not waited for: they are Ready only while every member is, and the Jobs retry anyway.
 */
function healthOf(instance: Instance, phase: Phase, render: Render): HealthCheck[] {
  const check = (apiVersion: string, kind: string, name: string, namespace = instance.namespace): HealthCheck => ({
    apiVersion,
    kind,
    name,
    namespace,
  });
  const waited = render[phase].objects.flatMap((object): HealthCheck[] => {
    switch (object.kind) {
      case "Job":
      case "Deployment":
      case "StatefulSet":
      case "DaemonSet":
        return [check(object.apiVersion, object.kind, object.metadata.name, object.metadata.namespace)];
      default: {
        const made = resourceOf(object)?.health?.(object.metadata.name);
        return made === undefined ? [] : [check(made.apiVersion, made.kind, made.name)];
      }
    }
  });
  return waited.sort((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
}
