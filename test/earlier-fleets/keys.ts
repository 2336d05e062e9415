/** A JSON Schema as far as keys are told in it. */
interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Every key that a schema of cluster.yaml knows, as `services.keystone.replicas`; where any name may stand, `*`. */
export function keysOf(schema: Schema): string[] {
  const found = new Set<string>();
  const visit = (part: Schema, at: readonly string[]): void => {
    const inner = (key: string, value: Schema) => {
      found.add([...at, key].join("."));
      visit(value, [...at, key]);
    };
    if (part.$ref !== undefined) visit(referred(schema, part.$ref), at);
    for (const other of [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.allOf ?? [])]) visit(other, at);
    for (const [key, value] of Object.entries(part.properties ?? {})) inner(key, value);
    for (const value of Object.values(part.patternProperties ?? {})) inner("*", value);
    if (typeof part.additionalProperties === "object") inner("*", part.additionalProperties);
    if (part.items !== undefined) visit(part.items, at);
  };
  visit(schema, []);
  return [...found].sort();
}

/** What a reference within a schema leads to: `#/definitions/setting-uses/properties/cache`. */
const referred = (schema: Schema, ref: string): Schema =>
  ref
    .split("/")
    .slice(1)
    .reduce((part: unknown, key) => (part as Record<string, unknown>)[key], schema) as Schema;
