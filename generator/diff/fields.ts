import { isMap } from "../base/data.ts";
import { equal } from "../kustomize/diff.ts";

/** One field that differs; absent on the side where it is not there. */
export interface Field {
  /** `spec.template.spec.containers[glance-api].image`, or `50-instance.conf [token] expiration`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Fields that differ between two values. Items of lists are matched by what names them, as Kubernetes does. */
export function fieldsBetween(before: unknown, after: unknown, path = ""): Field[] {
  if (equal(before, after)) return [];
  const [old, own] = [entriesOf(before), entriesOf(after)];
  if (isList(before) && isList(after) && (old === undefined || own === undefined))
    return itemsBetween(before, after, path);
  if (old === undefined || own === undefined || isList(before) !== isList(after)) return [field(path, before, after)];
  const at = (key: string) => (isList(after) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`);
  return [...new Set([...old.keys(), ...own.keys()])].flatMap((key) => {
    if (!own.has(key)) return [field(at(key), old.get(key), undefined)];
    return old.has(key)
      ? fieldsBetween(old.get(key), own.get(key), at(key))
      : [field(at(key), undefined, own.get(key))];
  });
}

/** Items without names are compared as wholes, wherever they stand. */
function itemsBetween(before: readonly unknown[], after: readonly unknown[], path: string): Field[] {
  const [removed, added] = [without(before, after), without(after, before)];
  const at = `${path}[]`;
  if (removed.length + added.length === 0) return [{ path: `${path}: the order of its items` }];
  if (removed.length === 1 && added.length === 1) return [field(at, removed[0], added[0])];
  return [...removed.map((item) => field(at, item, undefined)), ...added.map((item) => field(at, undefined, item))];
}

/** Items that the others do not have, as often as they are missing there. */
export function without<T>(items: readonly T[], others: readonly T[]): T[] {
  const left = [...others];
  return items.filter((item) => {
    const found = left.findIndex((other) => equal(item, other));
    if (found !== -1) left.splice(found, 1);
    return found === -1;
  });
}

const field = (path: string, before: unknown, after: unknown): Field => ({
  path,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
});

const isList = Array.isArray;

/** Entries by which a map or a list of named items is compared; undefined for a single value, and for a list without names. */
function entriesOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (isMap(value)) return new Map(Object.entries(value));
  if (!isList(value)) return undefined;
  const named = new Map(
    value.flatMap((item): [string, unknown][] => (nameOf(item) === undefined ? [] : [[nameOf(item)!, item]])),
  );
  // Two items of one name, or one without: the list is compared as a whole.
  return named.size === value.length ? named : undefined;
}

/** The fields by which Kubernetes tells items of lists apart, the most telling first. */
function nameOf(item: unknown): string | undefined {
  if (!isMap(item)) return undefined;
  // What a StatefulSet makes volume claims of is an object, with its name below metadata.
  const found =
    item.mountPath ?? item.name ?? item.topologyKey ?? (isMap(item.metadata) ? item.metadata.name : undefined);
  return typeof found === "string" ? found : undefined;
}
