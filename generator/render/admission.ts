import type { KubernetesObject } from "../contract/kubernetes.ts";
import { phases } from "../contract/kubernetes.ts";
import { error, type Issue, type IssueCode } from "../issues/issue.ts";
import type { Render } from "../kustomize/rendering.ts";
import type { Instance } from "../model/model.ts";
import { resourceOf } from "../operators/index.ts";

/**
 * What the API server would refuse in a rendering, where the operator's words caused it: names that are too long, and
 * things of one pod that have the same name as another.
 */
export function checkAdmission(render: Render, instance: Instance, file: string): Issue[] {
  const objects = phases.flatMap((phase) => render[phase].objects);
  const issue = (code: IssueCode, message: string, hint: string): Issue =>
    error(code, message, hint, { file, path: [...instance.spec.path] });
  const [long] = objects.filter((object) => excess(object) > 0).sort((a, b) => excess(b) - excess(a));
  const twice = [...new Set(objects.flatMap((object) => podsOf(object).flatMap(repeatedIn)))].sort();
  return [
    ...(long === undefined
      ? []
      : [
          issue(
            "name-too-long",
            `${instance.name}: its ${long.kind} would be called ${long.metadata.name}, ${excess(long)} characters more than Kubernetes takes`,
            `Choose a name that is ${excess(long)} characters shorter${instance.origin.startsWith("needed by") ? `; ${instance.name} is ${instance.origin} and has its name` : ""}.`,
          ),
        ]),
    ...twice.map((what) =>
      issue("duplicate-in-pod", `${instance.name}: ${what} is there already`, "Choose another name or place for it."),
    ),
  ];
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
  // Its Jobs get 11 characters more, and a label holds 63.
  CronJob: 52,
  Deployment: 63,
  Job: 63,
  Service: 63,
  // Its pods carry a label with 11 characters more.
  StatefulSet: 52,
};

interface Named {
  readonly name: string;
}
interface Container extends Named {
  readonly env?: readonly Named[];
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

function repeatedIn({ containers = [], initContainers = [], volumes = [] }: Pod): string[] {
  const all = [...initContainers, ...containers];
  return [
    ...repeated(volumes.map(({ name }) => `the volume ${name}`)),
    ...repeated(all.map(({ name }) => `the container ${name}`)),
    ...all.flatMap(({ env = [], volumeMounts = [] }) => [
      ...repeated(env.map(({ name }) => `the variable ${name}`)),
      ...repeated(volumeMounts.map(({ mountPath }) => `a mount at ${mountPath}`)),
    ]),
  ];
}

const repeated = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) !== index);
