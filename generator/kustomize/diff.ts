/** One JSON Patch operation (RFC 6902). */
export interface Operation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/** Operations that turn `before` into `after`. Lists of equal length are compared item by item, others from their common ends. */
export function diff(before: unknown, after: unknown, path = ""): Operation[] {
  if (equal(before, after)) return [];
  if (isMap(before) && isMap(after)) return diffMaps(before, after, path);
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  return [{ op: "replace", path, value: after }];
}

/** Applies operations to a copy, as Kustomize does. */
export function applyOperations<T>(target: T, operations: readonly Operation[]): T {
  const copy = { root: structuredClone(target) as unknown };
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
      else if (op === "add") parent.splice(index, 0, structuredClone(value));
      else parent[index] = structuredClone(value);
    } else if (op === "remove") delete (parent as Record<string, unknown>)[last];
    else (parent as Record<string, unknown>)[last] = structuredClone(value);
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

/** Common head and tail stay; what lies between is compared pairwise, then removed or added. */
function diffLists(before: readonly unknown[], after: readonly unknown[], path: string): Operation[] {
  let head = 0;
  while (head < before.length && head < after.length && equal(before[head], after[head])) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && equal(before.at(-1 - tail), after.at(-1 - tail)))
    tail++;
  const removed = before.length - head - tail;
  const added = after.length - head - tail;
  const shared = Math.min(removed, added);
  const operations: Operation[] = [];
  for (let index = 0; index < shared; index++)
    operations.push(...diff(before[head + index], after[head + index], `${path}/${head + index}`));
  for (let index = shared; index < removed; index++)
    operations.push({ op: "remove", path: `${path}/${head + shared}` });
  for (let index = shared; index < added; index++)
    operations.push({ op: "add", path: `${path}/${tail === 0 ? "-" : head + index}`, value: after[head + index] });
  return operations;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const escapeKey = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
const unescapeKey = (key: string): string => key.replaceAll("~1", "/").replaceAll("~0", "~");
