/** The part of OpenAPI 3 and of Kubernetes' structural schemas that decides which fields exist. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Schemas;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly components?: { readonly schemas: Schemas };
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-group-version-kind"?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
  readonly [keyword: string]: unknown;
}

export type Schemas = Readonly<Record<string, Schema>>;

/** Kubernetes' named types with every object closed: a field that is not described is refused. */
export const closedTypes = (schemas: Schemas): Schemas => ({ ...closedAll(schemas), ...corrected });

/** The schema with every object closed, except where it keeps unknown fields. */
export function closed({ nullable, ...described }: Schema): Schema {
  // What has no type may be anything, null too; to Ajv the word means something beside a type alone.
  const schema: Schema =
    nullable === undefined || described.type === undefined ? described : { ...described, nullable };
  const { type, properties = {}, items, additionalProperties } = schema;
  const itemsClosed = items === undefined ? schema : { ...schema, items: closed(items) };
  if (type !== "object") return itemsClosed;
  const embedded: Schemas = schema["x-kubernetes-embedded-resource"] ? { apiVersion: {}, kind: {}, metadata: {} } : {};
  const unknown = additionalProperties ?? schema["x-kubernetes-preserve-unknown-fields"] ?? false;
  return {
    ...itemsClosed,
    properties: { ...embedded, ...closedAll(properties) },
    additionalProperties: typeof unknown === "object" ? closed(unknown) : unknown,
  };
}

/** Only structural places are closed: inside allOf, anyOf, oneOf and not, a schema narrows values and never adds fields. */
const closedAll = (schemas: Schemas): Schemas =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema)]));

/** Types of which the published schema says less than the API server: free-form objects, and the form of a quantity. */
const corrected: Schemas = {
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": { type: "object" },
  "io.k8s.apimachinery.pkg.runtime.RawExtension": { type: "object" },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": {
    type: ["string", "number"],
    pattern: "^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$",
  },
};
