import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";

type Json = Record<string, unknown>;

interface Schema extends Json {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
}

interface Operation {
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}
interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Body {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** What a forge has published of its API. */
export interface Description {
  /** What is wrong about a request; nothing for one that the forge would understand. */
  readonly faultsOf: (method: string, url: URL, body: unknown) => string[];
  /** An answer: what the schema asks for, with these values in it. What is wrong about it is thrown. */
  readonly answerTo: (method: string, path: string, status: number, values: unknown) => unknown;
}

/** Of a forge in `descriptions/`; `prefix` is where the server has its API. */
export function descriptionOf(forge: "github" | "gitea", prefix: string): Description {
  const document = JSON.parse(readFileSync(join(import.meta.dirname, `descriptions/${forge}.json`), "utf8"));
  // Keywords of OpenAPI are not those of JSON Schema.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, logger: false });
  ajv.addSchema(document, forge);
  const resolved = <T extends object>(node: T): T => {
    const reference = (node as { $ref?: string }).$ref;
    if (reference === undefined) return node;
    return resolved(
      reference
        .slice(2)
        .split("/")
        .reduce((found, key) => found[key], document) as T,
    );
  };
  const judge = (schema: Schema, value: unknown): string[] => {
    const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"${forge}#/`));
    const isValid = ajv.compile(whole);
    return isValid(value)
      ? []
      : (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };

  const operationOf = (method: string, path: string): Operation => {
    const names = path.slice(prefix.length).split("/");
    const found = Object.entries(document.paths as Record<string, Record<string, Operation>>).find(([template]) => {
      const parts = template.split("/");
      return (
        parts.length === names.length && parts.every((part, index) => part.startsWith("{") || part === names[index])
      );
    });
    const operation = found?.[1][method.toLowerCase()];
    if (operation === undefined || !path.startsWith(prefix)) throw new Error(`${forge} describes no ${method} ${path}`);
    return operation;
  };
  const schemaOf = (body: Body | undefined): Schema | undefined =>
    body === undefined ? undefined : Object.values(resolved(body).content ?? {})[0]?.schema;

  const sample = (schema: Schema): unknown => {
    const {
      type,
      nullable,
      enum: words,
      properties = {},
      required = [],
      allOf,
      anyOf,
      oneOf,
      format,
      items,
    } = resolved(schema);
    if (nullable === true) return null;
    if (allOf !== undefined) return Object.assign({}, ...allOf.map(sample));
    const first = (anyOf ?? oneOf)?.[0];
    if (first !== undefined) return sample(first);
    if (words !== undefined) return words[0];
    if (type === "object" || Object.keys(properties).length > 0)
      return Object.fromEntries(required.map((name) => [name, sample(properties[name]!)]));
    if (type === "array") return items === undefined ? [] : [];
    if (type === "string") return format === "date-time" ? "2026-01-01T00:00:00Z" : "https://forge.example.org/x";
    return type === "boolean" ? false : 1;
  };
  const filled = (schema: Schema, values: unknown): unknown => {
    const whole = resolved(schema);
    if (Array.isArray(values)) return values.map((value) => filled(whole.items!, value));
    if (typeof values !== "object" || values === null) return values;
    const base = (sample({ ...whole, nullable: false }) ?? {}) as Json;
    const own = Object.entries(values).map(([key, value]) => {
      const property = whole.properties?.[key];
      return [key, property === undefined ? value : filled(property, value)];
    });
    return { ...base, ...Object.fromEntries(own) };
  };

  return {
    faultsOf(method, url, body) {
      const { parameters = [], requestBody } = operationOf(method, url.pathname);
      const known = parameters
        .map((parameter) => resolved(parameter) as Parameter)
        .filter((each) => each.in === "query");
      const unknown = [...url.searchParams.keys()].filter((name) => !known.some((each) => each.name === name));
      const wrong = known.flatMap(({ name, schema }) => {
        const text = url.searchParams.get(name);
        if (text === null) return [];
        return judge(schema, resolved(schema).type === "integer" ? Number(text) : text).map(
          (fault) => `${name}: ${fault}`,
        );
      });
      const schema = schemaOf(requestBody);
      const inBody = schema === undefined ? [] : judge(schema, body);
      const names = Object.keys(resolvedProperties(schema));
      const extra = Object.keys((body ?? {}) as object).filter((name) => !names.includes(name));
      return [
        ...unknown.map((name) => `there is no parameter ${name}`),
        ...wrong,
        ...inBody,
        ...extra.map((name) => `the body has no ${name}`),
      ];
    },
    answerTo(method, path, status, values) {
      const schema = schemaOf(operationOf(method, path).responses[status]);
      if (schema === undefined) throw new Error(`${forge} answers no ${status} to ${method} ${path}`);
      const answer = filled(schema, values);
      const faults = judge(schema, answer);
      if (faults.length > 0) throw new Error(`${forge} would not answer ${method} ${path} so: ${faults.join(", ")}`);
      return answer;
    },
  };

  function resolvedProperties(schema: Schema | undefined): Readonly<Record<string, unknown>> {
    if (schema === undefined) return {};
    const { properties = {}, anyOf = [], oneOf = [] } = resolved(schema);
    return Object.assign({}, properties, ...[...anyOf, ...oneOf].map(resolvedProperties));
  }
}
