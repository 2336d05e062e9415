/** A JSON object: neither a list nor null. */
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Order of the characters' codes, the same on every machine: `localeCompare` follows the machine's language. */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const byName = (a: { readonly name: string }, b: { readonly name: string }): number => inOrder(a.name, b.name);

/** Order of the entries of a map. */
export const byKey = ([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number =>
  inOrder(a, b);

/** A copy that shares nothing with the value, as JSON would make it: what has `toJSON` becomes plain data, absent fields are left out. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : plain(item)));
  if ("toJSON" in value && typeof value.toJSON === "function") return plain(value.toJSON());
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}
