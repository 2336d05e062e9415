import { isSecret, type Path, showValue } from "../../base/words.ts";
import type { Component } from "../../contract/component.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { type KnownOptions, type Option, optionsOf } from "../../options/known.ts";
import { refusalOf } from "../../options/values.ts";
import type { InstanceSpec } from "../spec.ts";
import { type Named, oldName, releaseAt, shown, unknownGroup, unknownName } from "./option-names.ts";

/** An option as cluster.yaml sets it: in a file of oslo.config, or by a variable. */
interface Written {
  readonly group: string;
  readonly name: string;
  readonly path: Path;
  /** Undefined where a Secret has it. */
  readonly value: unknown;
  /** Variables are found by the new name alone. */
  readonly variable?: string;
}

/**
 * Compares options with what the packages of the release know. oslo.config passes over what it does not know, and refuses a
 * value that an option cannot have when the program asks for it.
 */
export function* checkKnownOptions(instance: InstanceSpec, component: Component): Iterable<Issue> {
  const { release } = instance;
  const written = [...inFiles(instance, component), ...inEnvironment(instance)];
  const known = written.length === 0 ? undefined : optionsOf(component.project ?? component.name, release);
  if (known === undefined) return;
  const own = new Set(instance.common.ownOptions ?? []);
  const names = namesIn(instance);
  const isGroup = (group: string): boolean =>
    known.namesIn(group).length > 0 || (known.ofDrivers.size > 0 && names.has(group.toLowerCase()));
  const refusedGroups = new Set<string>();
  for (const each of written.map((one) => placed(one, known))) {
    const { group, name, path, variable } = each;
    if (own.has(group) || own.has(`${group}.${name}`) || known.isFree(group, name)) continue;
    const option = known.option(group, name) ?? (isGroup(group) ? known.ofDrivers.get(name) : undefined);
    const at: Named = {
      ...{ group, name, path, isVariable: variable !== undefined },
      ...{ instance: instance.name, project: component.project ?? component.name, release },
    };
    const renamed = at.isVariable ? undefined : known.renamed(group, name);
    if (option !== undefined) yield* checkValue(each, option, `${shown(at, group, name)} of ${instance.name}`);
    else if (renamed !== undefined) yield oldName(at, renamed);
    else if (isGroup(group)) yield unknownName(at, known);
    else if (!refusedGroups.has(group)) yield unknownGroup(at, known);
    // The order of variables means nothing: each is told.
    if (!at.isVariable && !isGroup(group)) refusedGroups.add(group);
  }
}

function* inFiles({ common, path }: InstanceSpec, { conf, layered = [] }: Component): Iterable<Written> {
  for (const file of conf === undefined ? [] : [conf, ...layered])
    for (const [group, options] of Object.entries(common.config?.[file] ?? {}))
      for (const [name, value] of Object.entries(options))
        yield { group, name, path: [...path, "config", file, group, name], value };
}

function* inEnvironment({ common, path }: InstanceSpec): Iterable<Written> {
  for (const key of ["environment", "environmentFrom"] as const)
    for (const [variable, value] of Object.entries(common[key] ?? {})) {
      const [, group, name] = /^OS_(.+?)__(.+)$/.exec(variable) ?? [];
      if (group === undefined) continue;
      yield {
        group: group === "DEFAULT" ? group : group.toLowerCase(),
        name: name!.toLowerCase(),
        path: [...path, key, variable],
        value: typeof value === "string" ? value : undefined,
        variable,
      };
    }
}

/** A variable is in capitals, its group and its option may have others; in a name a dash means an underscore. */
function placed(one: Written, known: KnownOptions): Written {
  if (one.variable === undefined) return { ...one, name: one.name.replaceAll("-", "_") };
  const like = (names: readonly string[], word: string) =>
    names.find((name) => name.toLowerCase() === word.toLowerCase()) ?? word;
  const group = like(known.groups, one.group);
  return { ...one, group, name: like(known.namesIn(group), one.name) };
}

/** The words of its keys and values: one of them may be the name of a group that a driver reads. */
function namesIn({ options, common }: InstanceSpec): ReadonlySet<string> {
  const values = Object.values(common.config ?? {}).flatMap((groups) => Object.values(groups).map(Object.values));
  const text = JSON.stringify([options, values, Object.values(common.environment ?? {})]);
  return new Set(text.toLowerCase().split(/[^a-z0-9_.-]+/));
}

function* checkValue({ path, value }: Written, option: Option, subject: string): Iterable<Issue> {
  if (value === undefined) return;
  const texts = Array.isArray(value) ? (option.several ? value.map(String) : [value.join(",")]) : [String(value)];
  for (const text of texts) {
    const right = refusalOf(option, text);
    if (right !== undefined)
      yield error(
        "wrong-option-value",
        `${subject} cannot be ${isSecret(path) ? "what is written" : showValue(text)}: oslo.config refuses it`,
        `It must be ${right}.`,
        { path, dependsOn: releaseAt(path) },
      );
  }
}
