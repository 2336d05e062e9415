import type { KubernetesObject } from "../contract/kubernetes.ts";
import type { FieldSpec } from "./references.ts";

/** True when a field specification speaks of this object's kind. */
export function appliesTo({ group, kind }: FieldSpec, object: KubernetesObject): boolean {
  const slash = object.apiVersion.indexOf("/");
  const objectGroup = slash < 0 ? "" : object.apiVersion.slice(0, slash);
  return (kind === undefined || kind === object.kind) && (group === undefined || group === objectGroup);
}

/** A copy of the object with the field at `path` (lists are walked through) replaced by what `change` makes of it; absent fields stay absent. */
export function changeField<T>(object: T, path: string, change: (value: unknown) => unknown): T {
  return changeAt(object, path.split("/"), change) as T;
}

function changeAt(node: unknown, [key, ...rest]: readonly string[], change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(node);
  if (Array.isArray(node)) return node.map((item) => changeAt(item, [key, ...rest], change));
  if (node === null || typeof node !== "object" || !(key in node)) return node;
  const map = node as Record<string, unknown>;
  const changed = changeAt(map[key], rest, change);
  return changed === map[key] ? node : { ...map, [key]: changed };
}
