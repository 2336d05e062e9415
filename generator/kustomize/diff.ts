import { isMap, plain } from "../base/data.ts";

/** One JSON Patch operation (RFC 6902). */
export interface Operation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/** Operations that turn `before` into `after`. */
export function diff(before: unknown, after: unknown, path = ""): Operation[] {
  if (equal(before, after)) return [];
  if (isMap(before) && isMap(after)) return diffMaps(before, after, path);
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  return [{ op: "replace", path, value: after }];
}

/** Applies operations to a copy, as Kustomize does. */
export function applyOperations<T>(target: T, operations: readonly Operation[]): T {
  const copy = { root: plain(target) };
  for (const { op, path, value } of operations) {
    const keys = ["root", ...path.split("/").slice(1).map(unescapeKey)];
    const last = keys.pop()!;
    const parent = keys.reduce<unknown>(
      (node, key) => (Array.isArray(node) ? node[Number(key)] : (node as Record<string, unknown>)[key]),
      copy,
    );
    if (Array.isArray(parent)) {
      const index = last === "-" ? parent.length : Number(last);
      if (op === "remove") parent.splice(index, 1);
      else if (op === "add") parent.splice(index, 0, plain(value));
      else parent[index] = plain(value);
    } else if (op === "remove") delete (parent as Record<string, unknown>)[last];
    else (parent as Record<string, unknown>)[last] = plain(value);
  }
  return copy.root as T;
}

/** True when an operation finds what it needs: its target, or for `add` its parent. */
export function hasPath(target: unknown, { op, path }: Operation): boolean {
  const keys = path.split("/").slice(1).map(unescapeKey);
  const last = keys.pop()!;
  let node = target;
  for (const key of keys) {
    if (node === null || typeof node !== "object" || !(key in node)) return false;
    node = (node as Record<string, unknown>)[key];
  }
  if (node === null || typeof node !== "object") return false;
  if (op !== "add") return last in node;
  return !Array.isArray(node) || last === "-" || (/^[0-9]+$/.test(last) && Number(last) <= node.length);
}

/** Deep equality of plain data; an absent key is not an undefined one. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}

function diffMaps(before: Record<string, unknown>, after: Record<string, unknown>, path: string): Operation[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): Operation[] => {
    const at = `${path}/${escapeKey(key)}`;
    if (!(key in after)) return [{ op: "remove", path: at }];
    if (!(key in before)) return [{ op: "add", path: at, value: after[key] }];
    return diff(before[key], after[key], at);
  });
}

/**
 * Items are matched by what names them, so that an item more or less is one operation and not a change of all that follow.
 * Before each operation the list begins as it will end, hence positions are those of `after`.
 */
function diffLists(before: readonly unknown[], after: readonly unknown[], path: string): Operation[] {
  const operations: Operation[] = [];
  let from = 0;
  let to = 0;
  for (const [b, a] of [...matches(before, after), [before.length, after.length] as const]) {
    const removed = b - from;
    const added = a - to;
    const shared = Math.min(removed, added);
    for (let index = 0; index < shared; index++)
      operations.push(...diff(before[from + index], after[to + index], `${path}/${to + index}`));
    for (let index = shared; index < removed; index++)
      operations.push({ op: "remove", path: `${path}/${to + shared}` });
    for (let index = shared; index < added; index++)
      operations.push({
        op: "add",
        path: `${path}/${b === before.length ? "-" : to + index}`,
        value: after[to + index],
      });
    if (b < before.length) operations.push(...diff(before[b], after[a], `${path}/${a}`));
    from = b + 1;
    to = a + 1;
  }
  return operations;
}

/** Positions of the longest common subsequence, by identity. */
function matches(before: readonly unknown[], after: readonly unknown[]): [number, number][] {
  const left = before.map(identity);
  const right = after.map(identity);
  const lengths = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      lengths[i]![j] =
        left[i] === right[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) pairs.push([i++, j++]);
    else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) i++;
    else j++;
  }
  return pairs;
}

/** The field by which Kubernetes tells items of a list apart; the whole item where there is none. */
function identity(item: unknown): string {
  const map = isMap(item) ? item : {};
  return JSON.stringify(map.mountPath ?? map.name ?? item);
}

const escapeKey = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
const unescapeKey = (key: string): string => key.replaceAll("~1", "/").replaceAll("~0", "~");
