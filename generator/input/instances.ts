import { byName } from "../base/data.ts";
import { showPath, showValue, suggestion } from "../base/words.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import { type Group, groups } from "../contract/context.ts";
import { error, type Issue, type IssueCode } from "../issues/issue.ts";
import { parsePruned } from "./mistakes/parse-without-mistakes.ts";
import type { WrittenInstance } from "./releases.ts";
import { commonShape, nodeShape, serviceShape } from "./schema/instance.ts";
import { instanceSchema } from "./schema/whole.ts";
import type { Common, NodeSettings, ServiceSettings } from "./spec.ts";

/** The instances that a file writes down, each without its mistakes, and the mistakes. */
export function parseInstances(
  value: Readonly<Record<string, unknown>>,
  catalogue: Catalogue,
): { instances: WrittenInstance[]; findings: Issue[] } {
  const findings: Issue[] = [];
  const instances = groups.flatMap((group) =>
    Object.entries(mapAt(value, group)).flatMap(([name, raw]): WrittenInstance[] => {
      const path = [group, name];
      const component = componentFor(name, raw, group, catalogue);
      if (!("options" in component)) {
        findings.push(component);
        return [];
      }
      const parsed = parsePruned(instanceSchema(component), raw ?? {}, path);
      findings.push(
        ...parsed.findings.map((finding) => releaseOfOthers(optionOfPart(finding, name, component), name, component)),
      );
      return parsed.data === undefined ? [] : [split(name, component, path, parsed.data)];
    }),
  );
  return { instances: instances.sort(byName), findings };
}

/** An option at the name of a part: say where it belongs. */
function optionOfPart(finding: Issue, name: string, { partOf, options }: Component): Issue {
  const { code, path = [] } = finding;
  if (partOf === undefined || code !== "unknown-key" || !Object.hasOwn(options.shape, String(path[2]))) return finding;
  return {
    ...finding,
    code: "option-of-part",
    message: `${showPath(path)} cannot stand here: the options of ${name} follow from its owner`,
    hint: `Write it where an instance of ${partOf} has the part.`,
  };
}

/** A release where there is none to choose: a part has that of its owner, and infrastructure is not OpenStack's. */
function releaseOfOthers(finding: Issue, name: string, { partOf }: Component): Issue {
  const { code, path = [] } = finding;
  if (code !== "unknown-key" || path.length !== 3 || path[2] !== "release") return finding;
  const [why, hint] =
    partOf === undefined
      ? [`${name} is no program of OpenStack`, "Remove it. Another version of it is another image: image."]
      : [`${name} has the release of its owner`, `Write it at the instance of ${partOf}.`];
  return { ...finding, message: `${showPath(path)} cannot stand here: ${why}`, hint };
}

/** The component that an instance's name begins with, the longest one. */
export const componentOf = (name: string, catalogue: Catalogue): Component | undefined =>
  [...catalogue.values()]
    .filter((component) => isInstanceName(name, component))
    .sort((a, b) => b.name.length - a.name.length)[0];

const isInstanceName = (name: string, { name: component }: Component): boolean =>
  name === component || name.startsWith(`${component}-`);

/** The component of an instance, or why there is none. */
function componentFor(name: string, raw: unknown, group: Group, catalogue: Catalogue): Component | Issue {
  const explicit = (raw as { component?: unknown } | null)?.component;
  const component = typeof explicit === "string" ? catalogue.get(explicit) : componentOf(name, catalogue);
  const known = [...catalogue.values()].filter((item) => item.group === group).map((item) => item.name);
  const refuse = (code: IssueCode, message: string, hint: string): Issue =>
    error(code, message, hint, { path: [group, name], atKey: true });
  if (component === undefined && typeof explicit === "string")
    return error("unknown-component", `there is no component ${showValue(explicit)}`, suggestion(explicit, known), {
      path: [group, name, "component"],
    });
  if (component === undefined)
    return refuse(
      "unknown-component",
      `the name ${showValue(name)} does not begin with the name of a component`,
      suggestion(name, known, `An instance is called after its component: ${known.join(", ")}.`),
    );
  if (!isInstanceName(name, component))
    return refuse(
      "instance-name",
      `${showValue(name)} cannot be the name of an instance of ${component.name}`,
      `Call it ${component.name}-${name}: the name of every object begins with the component's.`,
    );
  if (component.group !== group)
    return refuse(
      "wrong-group",
      `${name} cannot stand below ${group}: ${component.name} belongs to ${component.group}`,
      `Move it below ${component.group}:.`,
    );
  if (name.length > 40)
    return refuse(
      "name-too-long",
      `${showValue(name)} cannot be the name of an instance: it has ${name.length} characters`,
      "Choose a name with at most 40 characters.",
    );
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))
    return refuse(
      "instance-name",
      `${showValue(name)} cannot be the name of an instance`,
      "It must be a name of lower case letters, digits and inner '-'.",
    );
  return component;
}

function split(
  name: string,
  component: Component,
  path: string[],
  data: Readonly<Record<string, unknown>>,
): WrittenInstance {
  const pick = (shape: object) => Object.fromEntries(Object.entries(data).filter(([key]) => Object.hasOwn(shape, key)));
  return {
    name,
    component: component.name,
    path,
    common: pick(commonShape) as Common,
    service: pick(serviceShape) as ServiceSettings,
    node: pick(nodeShape) as NodeSettings,
    options: pick(component.options.shape),
  };
}

function mapAt(value: Readonly<Record<string, unknown>>, key: string): object {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === "object" && found !== null && !Array.isArray(found) ? found : {};
}
