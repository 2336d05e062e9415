import { z } from "zod";

// What sources of volumes and containers have in common. A test compares these schemas with the types of Kubernetes' API.

type Shape = Readonly<Record<string, z.ZodType>>;

/** A map of Kubernetes: the fields that must be there, and those that may. */
export const fields = (must: Shape, may: Shape = {}) =>
  z.strictObject({
    ...must,
    ...Object.fromEntries(Object.entries(may).map(([key, schema]) => [key, schema.optional()])),
  });

/** A map that names what it means by its only field: the handler of a probe, the source of a variable. */
export const oneField = (may: Shape, beside: Shape = {}) =>
  fields({}, { ...may, ...beside }).refine(
    (value) => Object.keys(value).filter((key) => Object.hasOwn(may, key)).length === 1,
    `a map with one of ${Object.keys(may).join(", ")}`,
  );

export const text = z.string();
export const flag = z.boolean();
export const whole = z.number().int();
export const texts = z.array(text);
export const words = z.record(z.string(), text);

/** https://github.com/kubernetes/apimachinery/blob/v0.36.0/pkg/api/resource/quantity.go */
export const amount = z.union([
  z
    .string()
    .regex(
      /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$/,
      "an amount with a unit of Kubernetes: 500m, 512Mi",
    ),
  z.number(),
]);
export const amounts = z.record(z.string(), amount);

export const labelSelector = fields(
  {},
  {
    matchLabels: words,
    matchExpressions: z.array(fields({ key: text, operator: text }, { values: texts })),
  },
);

export const fieldRef = fields({ fieldPath: text }, { apiVersion: text });
export const resourceFieldRef = fields({ resource: text }, { containerName: text, divisor: amount });
