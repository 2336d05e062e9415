import { byKey } from "../base/data.ts";
import { duplicates } from "../base/words.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { phases } from "../contract/kubernetes.ts";
import { error, type Issue, warning } from "../issues/issue.ts";
import { amount } from "../kit/quantity.ts";
import type { Render } from "../kustomize/rendering.ts";
import type { Instance } from "../model/model.ts";
import { resourceOf } from "../operators/index.ts";

/**
 * What the API server would refuse in a rendering, where the operator's words caused it: names that are too long,
 * things of one pod that have the same name as another, and requests above limits once both are complete.
 */
export function checkAdmission(render: Render, instance: Instance, file: string): Issue[] {
  const objects = phases.flatMap((phase) => render[phase].objects);
  return [
    ...longNames(objects, instance, file),
    ...repeatedInPods(objects, instance, file),
    ...requestsAboveLimits(objects, instance, file),
    ...missingVolumes(objects, instance, file),
  ];
}

/** The longest name, where it is too long: with a shorter one the others fit too. */
function longNames(objects: readonly KubernetesObject[], { name, origin, spec }: Instance, file: string): Issue[] {
  const [long] = objects.filter((object) => excess(object) > 0).sort((a, b) => excess(b) - excess(a));
  if (long === undefined) return [];
  const namedAfter = origin.startsWith("needed by") ? `; ${name} is ${origin} and has its name` : "";
  return [
    error(
      "name-too-long",
      `${name}: its ${long.kind} would be called ${long.metadata.name}, ${excess(long)} characters more than Kubernetes takes`,
      `Choose a name that is ${excess(long)} characters shorter${namedAfter}.`,
      { file, path: spec.path, atKey: true },
    ),
  ];
}

/** What a pod would have twice, with the place in cluster.yaml of the one that the operator gave. */
function repeatedInPods(objects: readonly KubernetesObject[], { name, spec }: Instance, file: string): Issue[] {
  const repeated = objects.flatMap((object) => podsOf(object).flatMap(repeatedIn));
  const byText = new Map(repeated.map((each) => [`${each.what} ${each.name}`, each]));
  return [...byText]
    .sort(byKey)
    .map(([, each]) =>
      error(
        "duplicate-in-pod",
        `pods of ${name} ${verbs[each.what]} ${each.name} already`,
        `Choose another ${each.what === "mount" ? "path" : "name"}.`,
        { file, path: [...spec.path, ...givenAt(each, spec.common)] },
      ),
    );
}

/** Variables of `environment` that every program of an instance sets itself: `env` counts before `envFrom`. */
export function unusedVariables(render: Render, { name, spec }: Instance, file: string): Issue[] {
  const sidecars = (spec.common.sidecars ?? []).map((sidecar) => sidecar.name);
  // The variable of a cron, which stays out of a proxy for one, says nothing about the programs.
  const takers = phases
    .flatMap((phase) => render[phase].objects)
    .filter(({ kind }) => kind !== "CronJob")
    .flatMap(podsOf)
    .flatMap(({ containers = [] }) => containers)
    .filter((container) => container.envFrom !== undefined && !sidecars.includes(container.name));
  const sets = (variable: string): boolean =>
    takers.length > 0 && takers.every(({ env = [] }) => names(env).includes(variable));
  return Object.keys(spec.common.environment ?? {})
    .filter(sets)
    .map((variable) =>
      warning(
        "unused-key",
        `${variable} of ${name} has no effect: its pods set this variable themselves`,
        "Remove it. What pods connect to follows from uses and dedicated.",
        { file, path: [...spec.path, "environment", variable], atKey: true },
      ),
    );
}

/** Volumes that a sidecar mounts and its pod does not have. */
function missingVolumes(objects: readonly KubernetesObject[], { spec, name }: Instance, file: string): Issue[] {
  const pods = objects.flatMap(podsOf);
  return (spec.common.sidecars ?? []).flatMap((sidecar, index) => {
    const { volumeMounts = [] } = sidecar as { volumeMounts?: readonly { readonly name?: string }[] };
    return volumeMounts.flatMap((mount, at) => {
      const lacks = pods.some(
        ({ containers = [], volumes = [] }) =>
          names(containers).includes(sidecar.name) && !names(volumes).includes(mount.name ?? ""),
      );
      if (!lacks) return [];
      return [
        error(
          "unknown-volume",
          `${name}: the container ${sidecar.name} mounts ${mount.name}, and its pods have no such volume`,
          "Add the volume under volumes, or remove the mount.",
          { file, path: [...spec.path, "sidecars", index, "volumeMounts", at] },
        ),
      ];
    });
  });
}

/** What the operator wrote has defaults around it: `limits` alone meet the default `requests`. Sidecars speak for themselves. */
function requestsAboveLimits(objects: readonly KubernetesObject[], { spec, name }: Instance, file: string): Issue[] {
  const sidecars = (spec.common.sidecars ?? []).map((sidecar) => sidecar.name);
  const roles = Object.keys(spec.common.resources ?? {});
  const found = objects.flatMap((object) =>
    resourcesOf(object.spec)
      .filter(({ container }) => container === undefined || !sidecars.includes(container))
      .flatMap(({ requests = {}, limits = {} }) =>
        Object.entries(requests).flatMap(([resource, request]) => {
          const limit = limits[resource];
          if (limit === undefined || amount(request) <= amount(limit)) return [];
          return [{ role: object.metadata.labels?.["app.kubernetes.io/component"] ?? "", resource, request, limit }];
        }),
      ),
  );
  return [...new Map(found.map((each) => [`${each.role} ${each.resource}`, each])).values()].map(
    ({ role, resource, request, limit }) =>
      error(
        "min-above-max",
        `${name}: ${role} requests ${request} of ${resource}, and its limit is ${limit}`,
        `Write both: resources: { ${role}: { requests: { ${resource}: … }, limits: { ${resource}: … } } }. What you leave out has its default.`,
        { file, path: [...spec.path, ...(roles.includes(role) ? ["resources", role] : [])] },
      ),
  );
}

interface Amounts {
  readonly container?: string;
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** Every `resources` of an object with the name of what it belongs to, whatever the kind; those of a volume have no limits. */
function resourcesOf(node: unknown): Amounts[] {
  if (node === null || typeof node !== "object") return [];
  const { resources, name } = node as { resources?: Amounts; name?: string };
  const below = Object.values(node).flatMap(resourcesOf);
  return resources === undefined || resources === null || typeof resources !== "object" || Array.isArray(resources)
    ? below
    : [{ ...resources, ...(name === undefined ? {} : { container: name }) }, ...below];
}

/** Objects that another instance makes, too; `owners` remembers whose each one is. */
export function clashes(render: Render, instance: Instance, owners: Map<string, string>, file: string): Issue[] {
  const taken = phases
    .flatMap((phase) => render[phase].objects)
    .flatMap(({ apiVersion, kind, metadata: { namespace, name } }) => {
      const id = `${apiVersion.split("/")[0]} ${kind} ${namespace}/${name}`;
      const owner = owners.get(id);
      owners.set(id, owner ?? instance.name);
      return owner === undefined ? [] : [`${owner} has a ${kind} called ${name}`];
    });
  return taken
    .slice(0, 1)
    .map((what) =>
      error(
        "name-clash",
        `${instance.name}: ${what}, as this instance would`,
        "Give one of the two another name, or another namespace.",
        { file, path: [...instance.spec.path] },
      ),
    );
}

/** Characters too many, for what is made from the name: Jobs of a CronJob, pods of a StatefulSet, objects of operators. */
const excess = (object: KubernetesObject): number =>
  object.metadata.name.length - (resourceOf(object)?.longestName ?? limits[object.kind] ?? 253);
const limits: Readonly<Record<string, number>> = {
  // Its Jobs get 11 characters more, and a label holds 63:
  // https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/cronjob/utils.go
  CronJob: 52,
  Deployment: 63,
  Job: 63,
  Service: 63,
  // Its pods carry a label with 11 characters more:
  // https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/controller/history/controller_history.go
  StatefulSet: 52,
};

interface Named {
  readonly name: string;
}
interface Container extends Named {
  readonly env?: readonly Named[];
  readonly envFrom?: readonly unknown[];
  readonly volumeMounts?: readonly { readonly mountPath: string }[];
}
interface Pod {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Named[];
}

function podsOf({ spec }: KubernetesObject): Pod[] {
  const parts = spec as { template?: { spec: Pod }; jobTemplate?: { spec: { template: { spec: Pod } } } } | undefined;
  return [parts?.template?.spec, parts?.jobTemplate?.spec.template.spec].filter((pod) => pod !== undefined);
}

/** Something of a pod that has a name there, which nothing else of its sort may have. */
interface Repeated {
  readonly what: "volume" | "container" | "variable" | "mount";
  readonly name: string;
}

const verbs: Readonly<Record<Repeated["what"], string>> = {
  volume: "have the volume",
  container: "have the container",
  variable: "set the variable",
  mount: "mount something at",
};

function repeatedIn({ containers = [], initContainers = [], volumes = [] }: Pod): Repeated[] {
  const all = [...initContainers, ...containers];
  const repeated = (what: Repeated["what"], names: readonly string[]): Repeated[] =>
    duplicates(names).map(({ word: name }) => ({ what, name }));
  return [
    ...repeated("volume", names(volumes)),
    ...repeated("container", names(all)),
    ...all.flatMap(({ env = [], volumeMounts = [] }) => [
      ...repeated("variable", names(env)),
      ...repeated(
        "mount",
        volumeMounts.map(({ mountPath }) => mountPath),
      ),
    ]),
  ];
}

const names = (items: readonly Named[]): string[] => items.map(({ name }) => name);

/** Where an instance's settings name it; empty for what no setting names. */
function givenAt({ what, name }: Repeated, common: Instance["spec"]["common"]): (string | number)[] {
  const inList = (key: "volumes" | "sidecars", field: string) => {
    const index = (common[key] ?? []).findIndex((item) => (item as Readonly<Record<string, unknown>>)[field] === name);
    return index === -1 ? [] : [key, index, field];
  };
  switch (what) {
    case "volume":
      return inList("volumes", "name");
    case "mount":
      return inList("volumes", "mountPath");
    case "container":
      return inList("sidecars", "name");
    case "variable": {
      const key = (["environment", "environmentFrom"] as const).find((each) => common[each]?.[name] !== undefined);
      return key === undefined ? [] : [key, name];
    }
  }
}
