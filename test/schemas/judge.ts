import { readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { unzipSync } from "fflate";
import { type KubernetesObject, parseObjects } from "../tools/kustomize.ts";
import { customResources, kubernetes, type ModuleFolder } from "./sources.ts";
import { closed, closedTypes, type Schema, type Schemas } from "./strict.ts";

/** What is wrong with an object, one sentence per finding; an empty list means the API server would know every field. */
export type Judge = (object: KubernetesObject) => string[];

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** A judge over the pinned schemas, read from the modules' archives; each kind is compiled when it is first met. */
export function createJudge(archives: Readonly<Record<string, string>>): Judge {
  const read = (source: ModuleFolder): Map<string, string> => textFiles(source, archives[source.module]!);
  const core = coreSchemas(read(kubernetes));
  const custom = customSchemas(customResources.map(read), core("v1").components.schemas);
  const compiled = new Map<string, ValidateFunction | undefined>();

  return (object) => {
    const id = `${object.apiVersion}/${object.kind}`;
    if (!compiled.has(id)) {
      const schema = custom.get(id) ?? core(object.apiVersion).kind(object.kind);
      compiled.set(id, schema && compile(schema, { useDefaults: custom.has(id) }));
    }
    const validate = compiled.get(id);
    if (validate === undefined) return [`${id} has no schema: name its module in test/schemas/sources.ts`];
    const defaulted = structuredClone(object);
    // Ajv fills in defaults only after it has judged oneOf and anyOf: the second pass is the judgement.
    validate(defaulted);
    validate(defaulted);
    return [...new Set((validate.errors ?? []).map(sentence))];
  };
}

/** Kubernetes' kinds by apiVersion; an apiVersion that Kubernetes does not serve has no kinds. */
function coreSchemas(files: Map<string, string>) {
  const cache = new Map<string, { components: { schemas: Schemas }; kind(name: string): Schema | undefined }>();
  return (apiVersion: string) => {
    const known = cache.get(apiVersion);
    if (known !== undefined) return known;
    const name = apiVersion.includes("/") ? `apis__${apiVersion.replace("/", "__")}` : `api__${apiVersion}`;
    const text = files.get(`${name}_openapi.json`);
    const open: { components: { schemas: Schemas } } =
      text === undefined ? { components: { schemas: {} } } : JSON.parse(text);
    const components = { schemas: closedTypes(open.components.schemas) };
    const kind = (wanted: string): Schema | undefined => {
      const found = Object.entries(components.schemas).find(([, schema]) =>
        schema["x-kubernetes-group-version-kind"]?.some(
          ({ group, version, kind }) =>
            kind === wanted && (group === "" ? version : `${group}/${version}`) === apiVersion,
        ),
      );
      return found && { $ref: `#/components/schemas/${found[0]}`, components };
    };
    const schemas = { components, kind };
    cache.set(apiVersion, schemas);
    return schemas;
  };
}

/** Custom resources by `apiVersion/kind`; `metadata` is Kubernetes' own whatever their definition says of it. */
function customSchemas(folders: readonly Map<string, string>[], core: Schemas): Map<string, Schema> {
  const definitions = folders
    .flatMap((files) => [...files.values()].flatMap(parseObjects))
    .filter(({ kind }) => kind === "CustomResourceDefinition") as unknown as Definition[];
  return new Map(
    definitions.flatMap(({ spec }) =>
      spec.versions
        .filter(({ served }) => served)
        .map(({ name, schema }): [string, Schema] => {
          const root = closed(schema.openAPIV3Schema);
          const metadata = { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };
          const properties = { ...root.properties, apiVersion: {}, kind: {}, metadata };
          return [`${spec.group}/${name}/${spec.names.kind}`, { ...root, properties, components: { schemas: core } }];
        }),
    ),
  );
}

/** The module's YAML and JSON files of one folder, by name. */
export function textFiles({ module, version, folder }: ModuleFolder, archive: string): Map<string, string> {
  const prefix = `${module}@${version}/${folder}/`;
  const wanted = (name: string): boolean =>
    name.startsWith(prefix) && /^[^/]+\.(json|ya?ml)$/.test(name.slice(prefix.length));
  const files = Object.entries(unzipSync(readFileSync(archive), { filter: ({ name }) => wanted(name) }));
  if (files.length === 0) throw new Error(`${module}@${version} has no schemas in ${folder}.`);
  return new Map(files.map(([name, content]) => [name.slice(prefix.length), new TextDecoder().decode(content)]));
}

/** Patterns are Go's, where a flag can stand within: https://pkg.go.dev/regexp/syntax. */
const re2 = Object.assign(
  (pattern: string, flags: string) =>
    new RegExp(pattern.replace("(?i)", ""), pattern.includes("(?i)") ? `${flags}i` : flags),
  { code: "re2" },
);

/**
 * The API server fills in defaults before it judges a custom resource, and after it for its own kinds:
 * there the published defaults are Go's zero values and would hide a missing field.
 */
const compile = (schema: Schema, { useDefaults }: { useDefaults: boolean }): ValidateFunction =>
  new Ajv({
    useDefaults,
    allErrors: true,
    strict: false,
    unicodeRegExp: false,
    code: { regExp: re2 },
    logger: false,
    formats: {
      int32: { type: "number", validate: (value: number) => value === (value | 0) },
      int64: { type: "number", validate: Number.isInteger },
      "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
      byte: /^([A-Za-z0-9+/]\s*)*(=\s*){0,2}$/,
      ipv4: isIPv4,
      ipv6: isIPv6,
    },
  }).compile(schema);

function sentence({ keyword, instancePath, params, message }: ErrorObject): string {
  const path = instancePath === "" ? "" : `${instancePath}: `;
  if (keyword === "additionalProperties") return `${path}unknown field "${params.additionalProperty}"`;
  if (keyword === "enum") return `${path}must be one of ${params.allowedValues.join(", ")}`;
  return `${path}${message}`;
}
