import { byName } from "../base/data.ts";

/** Dependency order; ties by name, so that the order of keys in a file is irrelevant. Calls back with each cycle found. */
export function order<T extends { readonly name: string; readonly after: readonly string[] }>(
  items: readonly T[],
  onCycle: (cycle: readonly string[]) => void,
): readonly T[] {
  const named = new Map([...items].sort(byName).map((item) => [item.name, item]));
  const done = new Set<string>();
  const ordered: T[] = [];
  const visit = (name: string, trail: readonly string[]): void => {
    const item = named.get(name);
    if (item === undefined || done.has(name)) return;
    if (trail.includes(name)) {
      onCycle(trail.slice(trail.indexOf(name)));
      return;
    }
    for (const before of item.after) visit(before, [...trail, name]);
    if (done.has(name)) return;
    done.add(name);
    ordered.push(item);
  };
  for (const name of named.keys()) visit(name, []);
  return ordered;
}
