import { z } from "zod";
import type { Issue } from "../issues.ts";
import type { Catalogue, Component } from "../model/contract.ts";
import { zodFindings } from "./check.ts";
import { readYaml } from "./read.ts";
import { checkCluster } from "./rules.ts";
import { clusterShape, commonShape, serviceShape } from "./schema.ts";
import { type Finding, located, type Source } from "./source.ts";
import { suggestion } from "./words.ts";

const common = z.strictObject(commonShape);
const service = z.strictObject(serviceShape);
const head = z.strictObject(clusterShape);

/** Settings that every component understands. */
export type Common = z.output<typeof common>;
/** Settings that only services have. */
export type ServiceSettings = z.output<typeof service>;
/** One instance as written, with defaults. */
export interface InstanceSpec {
  readonly name: string;
  readonly component: string;
  /** Where it stands in the file: `services.glance`. */
  readonly path: readonly (string | number)[];
  readonly common: Common;
  readonly service: ServiceSettings;
  /** The component's own options, parsed by its schema. */
  readonly options: unknown;
}
/** cluster.yaml, checked and with every default filled in. */
export interface ClusterSpec extends z.output<typeof head> {
  readonly file: string;
  /** Sorted by name: the order of keys in the file is irrelevant. */
  readonly instances: readonly InstanceSpec[];
}

/** The two maps of instances in cluster.yaml. */
export const groups = ["infrastructure", "services"] as const;

/** Schema of one instance's settings: the common ones, those of its group, and the component's own, in one flat map. */
export const instanceSchema = (component: Component): z.ZodObject =>
  z.strictObject({ ...commonShape, ...(component.group === "services" ? serviceShape : {}), ...component.options.shape });

/** Schema of what stands beside the instances. */
export const headSchema = z.strictObject({
  ...clusterShape,
  infrastructure: z.record(z.string(), z.unknown()).optional().describe("Infrastructure instances: name -> settings. What services need is added by itself."),
  services: z.record(z.string(), z.unknown()).optional().describe("Service instances: name -> settings."),
});

/** Reads and checks one cluster.yaml; every mistake is reported at once. The spec is undefined when one of them is an error. */
export function parseCluster(file: string, text: string | Uint8Array, catalogue: Catalogue): { spec: ClusterSpec | undefined; source: Source; issues: readonly Issue[] } {
  const reading = readYaml(file, text);
  const { source } = reading;
  if (reading.value === undefined) return { spec: undefined, source, issues: reading.issues };
  const findings: Finding[] = [];
  const parsedHead = headSchema.safeParse(reading.value);
  if (!parsedHead.success) findings.push(...zodFindings(parsedHead.error, headSchema, reading.value, []));
  const instances = groups.flatMap((group) => parseInstances(reading.value!, group, catalogue, findings));
  const partial = parsedHead.success ? parsedHead.data : undefined;
  if (partial !== undefined) findings.push(...checkCluster({ ...partial, file, instances }, source, catalogue));
  const issues = [...reading.issues, ...findings.filter(({ path }) => !reading.refused(path)).map((finding) => located(source, finding))].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  if (partial === undefined || issues.some(({ severity }) => severity === "error")) return { spec: undefined, source, issues };
  const { infrastructure: _, services: __, ...rest } = partial;
  return { spec: { ...rest, file, instances: instances.sort((a, b) => (a.name < b.name ? -1 : 1)) }, source, issues };
}

/** An instance that nobody wrote down. */
export function defaultInstance(component: Component, name: string, options: Readonly<Record<string, unknown>> = {}): InstanceSpec {
  return { name, component: component.name, path: [component.group, name], common: {}, service: {}, options: component.options.parse(options) };
}

/** The component that an instance's name begins with, the longest one. */
export const componentOf = (name: string, catalogue: Catalogue): Component | undefined =>
  [...catalogue.values()].filter((component) => name === component.name || name.startsWith(`${component.name}-`)).sort((a, b) => b.name.length - a.name.length)[0];

function parseInstances(value: Readonly<Record<string, unknown>>, group: (typeof groups)[number], catalogue: Catalogue, findings: Finding[]): InstanceSpec[] {
  const written = value[group];
  if (written === null || typeof written !== "object" || Array.isArray(written)) return [];
  return Object.entries(written).flatMap(([name, raw]): InstanceSpec[] => {
    const path = [group, name];
    const explicit = (raw as { component?: unknown } | null)?.component;
    const component = typeof explicit === "string" ? catalogue.get(explicit) : componentOf(name, catalogue);
    const refuse = (code: string, message: string, hint: string, at: readonly string[] = path) => {
      findings.push({ code, path: at, atKey: at === path, message, hint });
      return [];
    };
    const known = [...catalogue.values()].filter((item) => item.group === group).map((item) => item.name);
    if (component === undefined)
      return typeof explicit === "string"
        ? refuse("unknown-component", `there is no component "${explicit}"`, suggestion(explicit, known, "See the list of components."), [...path, "component"])
        : refuse("unknown-component", `"${name}" begins with no component's name`, suggestion(name, known, `An instance's name begins with its component's: ${known.join(", ")}.`));
    if (name !== component.name && !name.startsWith(`${component.name}-`)) return refuse("instance-name", `"${name}" is no name for an instance of ${component.name}`, `Call it ${component.name}-<something>: the name of every object begins with the component's.`);
    if (component.group !== group) return refuse("wrong-group", `${component.name} belongs to ${component.group}, not ${group}`, `Move ${name} below ${component.group}:.`);
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 40) return refuse("instance-name", `"${name}" is no name for an instance`, "Lower case letters, digits and '-', at most 40 characters.");
    const settings = raw ?? {};
    const schema = instanceSchema(component);
    const parsed = schema.safeParse(settings);
    if (!parsed.success) {
      findings.push(...zodFindings(parsed.error, schema, settings, path));
      return [];
    }
    const pick = (shape: object) => Object.fromEntries(Object.entries(parsed.data).filter(([key]) => key in shape));
    return [{ name, component: component.name, path, common: pick(commonShape) as Common, service: pick(serviceShape) as ServiceSettings, options: pick(component.options.shape) }];
  });
}
