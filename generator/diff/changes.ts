import { isMap } from "../base/data.ts";
import { mayBeSecret } from "../base/words.ts";
import type { KubernetesObject } from "../contract/kubernetes.ts";
import { keepAnnotations } from "../kit/names.ts";
import { resourceOf } from "../operators/index.ts";
import type { Delivered } from "./delivered.ts";
import { type Field, fieldsBetween } from "./fields.ts";
import { fileFields } from "./files.ts";

/** What an edit does to one object. */
export interface ObjectChange {
  readonly of: string;
  readonly id: string;
  readonly verb: "add" | "change" | "remove";
  /** Of a changed object. */
  readonly fields: readonly Field[];
  /** What happens to its pods. */
  readonly pods?: Pods;
  /** Removed from Git, and left in the cluster: the engines do not delete what holds data. */
  readonly stays?: true;
}

/**
 * A workload replaces its pods, a Job runs its own, a CronJob runs others at its next time; some pods are replaced when somebody deletes
 * them, `by-hand`. Of a custom resource that stands for pods its operator decides: which change makes it replace them is not known here.
 */
export interface Pods {
  readonly what: "replaced" | "run" | "next" | "operator" | "by-hand";
  /** How many there are to be, of a workload; undefined where an autoscaler decides. */
  readonly replicas?: number;
  /** What of them is another; empty of a new Job. */
  readonly because: readonly string[];
}

/** Differences of two sets of objects, those of the first set first. */
export function changesBetween(before: readonly Delivered[], after: readonly Delivered[]): ObjectChange[] {
  const [old, own] = [byId(before), byId(after)];
  const changed = [...new Map([...old, ...own]).keys()].flatMap((id) => changeOf(old.get(id), own.get(id)));
  const configMaps = changed
    .filter(({ id, verb, fields }) => id.startsWith("ConfigMap ") && (verb !== "change" || fields.length > 0))
    .map(({ id }) => id);
  return changed
    .map((change) => ({ ...change, ...becauseOf(configMaps, own.get(change.id), change) }))
    .filter(({ verb, fields, pods }) => verb !== "change" || fields.length > 0 || pods !== undefined);
}

const byId = (all: readonly Delivered[]): Map<string, Delivered> => new Map(all.map((each) => [each.id, each]));

function changeOf(before: Delivered | undefined, after: Delivered | undefined): ObjectChange[] {
  const { of, id, object } = (after ?? before)!;
  const pods: Pods = { what: whatOf(object), because: [] };
  if (before === undefined) return [{ of, id, verb: "add", fields: [], ...(pods.what === "run" ? { pods } : {}) }];
  if (after === undefined) return [{ of, id, verb: "remove", fields: [], ...(isKept(object) ? { stays: true } : {}) }];
  const fields = hidden(object, fieldsOf(before.object, after.object));
  const isOperated = fields.length > 0 && resourceOf(object)?.images !== undefined;
  if (isOperated) return [{ of, id, verb: "change", fields, pods: { what: "operator", because: [] } }];
  return [{ of, id, verb: "change", fields, ...(before.template === after.template ? {} : { pods }) }];
}

const whatOf = ({ kind, spec }: KubernetesObject): Pods["what"] =>
  kind === "Job" ? "run" : kind === "CronJob" ? "next" : isOnDelete(spec) ? "by-hand" : "replaced";

const isOnDelete = (spec: unknown): boolean =>
  isMap(spec) && isMap(spec.updateStrategy) && spec.updateStrategy.type === "OnDelete";

/** Either engine has a word of its own; what an engine installs has that of this engine alone. */
const isKept = ({ metadata: { annotations = {} } }: KubernetesObject): boolean =>
  ["argocd.argoproj.io/sync-options", "kustomize.toolkit.fluxcd.io/prune"].some(
    (key) => annotations[key] === keepAnnotations[key],
  );

function fieldsOf(before: KubernetesObject, after: KubernetesObject): Field[] {
  // The name of a Job follows from its pod template.
  const [old, own] = [before, after].map(({ metadata: { name: _, ...metadata }, data, ...rest }) => ({
    ...{ ...rest, metadata },
    ...(after.kind === "ConfigMap" ? {} : { data }),
  }));
  const files = [before, after].map(({ kind, data }) => (kind === "ConfigMap" && isMap(data) ? data : {}));
  const names = [...new Set(files.flatMap((each) => Object.keys(each)))];
  const textOf = (index: number, name: string) => files[index]![name] as string | undefined;
  return [...fieldsBetween(old, own), ...names.flatMap((name) => fileFields(name, textOf(0, name), textOf(1, name)))];
}

/** The image of a container, or of those that an operator makes. */
export const isImage = ({ path, before, after }: Field): boolean =>
  /[\].]image$/.test(path) && typeof before === "string" && typeof after === "string";

/** Values of Secrets are never shown, not even encrypted; nor are those of options and variables that may be passwords. */
const hidden = ({ kind }: KubernetesObject, fields: readonly Field[]): Field[] =>
  fields.map((field) => {
    const { path, before, after } = field;
    if ((kind === "Secret" && /^(?:stringD|d)ata\b/.test(path)) || isPrivate(path)) return { path };
    return {
      path,
      ...(before === undefined ? {} : { before: masked(before) }),
      ...(after === undefined ? {} : { after: masked(after) }),
    };
  });

/** True of the path of something that may be a password: `containers[api].env[OS_PASSWORD].value`, `50-instance.conf [group] password`. */
const isPrivate = (path: string): boolean =>
  !namesOfKeys.test(path) &&
  mayBeSecret(
    path
      .replace(/(?:\]|\.value)+$/, "")
      .split(/[\s.[\]]/)
      .at(-1)!,
  );

/** Fields of Kubernetes that say where something lies, and not what it is. */
const namesOfKeys = /(?:KeyRef|SecretRef|items\[[^\]]*\])\.key$|\.topologyKey$|matchLabelKeys/;

/** The same without values of variables that may be passwords, in a container that comes or goes as a whole. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (!isMap(value)) return value;
  const isHidden = "value" in value && mayBeSecret(String(value.name));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isHidden && key === "value" ? "***" : masked(item)]),
  );
}

/** What of the pods is another: image, template, ConfigMaps that they read. */
function becauseOf(
  configMaps: readonly string[],
  after: Delivered | undefined,
  { verb, pods, fields }: ObjectChange,
): Pick<ObjectChange, "pods"> {
  if (pods === undefined || verb !== "change" || pods.what === "operator") return {};
  const { spec, metadata } = after!.object;
  const ofTemplate = fields.filter(({ path }) => /^spec\.(?:jobTemplate\.spec\.)?template\./.test(path));
  const read = configMaps.filter((id) => {
    const name = id.slice(id.indexOf("/") + 1);
    return id === `ConfigMap ${metadata.namespace}/${name}` && after!.template!.includes(`"${name}-`);
  });
  const because = [
    ...(ofTemplate.some(isImage) ? ["another image"] : []),
    ...(ofTemplate.some((each) => !isImage(each)) ? ["another pod template"] : []),
    ...read.map((id) => id.replace(/ .*\//, " ")),
  ];
  const replicas = pods.what === "replaced" && isMap(spec) ? spec.replicas : undefined;
  return { pods: { ...pods, ...(typeof replicas === "number" ? { replicas } : {}), because } };
}
