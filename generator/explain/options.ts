import type { Component } from "../contract/component.ts";
import { defaultRelease, type Release, releases } from "../contract/release.ts";
import { type KnownOptions, type Option, optionsOf } from "../options/known.ts";
import { wordsFor } from "../options/values.ts";
import type { Detail } from "./connections.ts";
import type { InstancePlace } from "./place.ts";

/**
 * What the packages of a service know: the groups of its file, the options of a group, or what one option takes. Without the
 * release of a cluster an option is told at all releases, and a list at the default one.
 */
export function knownTo(component: Component, { setting }: InstancePlace, release: Release | undefined): Detail[] {
  const [key, file, group, name] = setting.map(String);
  const known = optionsOf(component.project ?? component.name, release ?? defaultRelease);
  if (key !== "config" || file === undefined || file !== component.conf || known === undefined) return [];
  const at = `in ${release ?? defaultRelease}`;
  if (group === undefined)
    return [{ title: `Groups ${at}`, entries: known.groups.map((each) => ({ name: each, text: count(known, each) })) }];
  if (name === undefined)
    return [
      {
        title: `Options ${at}`,
        entries: known.namesIn(group).map((each) => ({ name: each, text: textOf(known.option(group, each)!) })),
      },
    ];
  const texts = (release === undefined ? releases : [release]).map((each) => ({
    release: each,
    text: statement(optionsOf(component.project ?? component.name, each)!, group, name),
  }));
  const same = [...Map.groupBy(texts, ({ text }) => text)];
  return [
    {
      title: "As its packages say",
      entries: same.map(([text, at]) => ({ name: at.map((each) => each.release).join(", "), text })),
    },
  ];
}

const count = (known: KnownOptions, group: string): string => {
  const { length } = known.namesIn(group);
  return `${length} ${length === 1 ? "option" : "options"}`;
};

function statement(known: KnownOptions, group: string, name: string): string {
  const option = known.option(group, name);
  const renamed = known.renamed(group, name);
  if (option !== undefined) return textOf(option);
  if (renamed !== undefined) return `the old name of ${renamed.replace(/^([^/]*)\//, "[$1] ")}`;
  return known.isFree(group, name) ? "a value" : "unknown to the packages";
}

const textOf = (option: Option): string =>
  [
    `${option.several ? "a list, one line for each value: " : ""}${wordsFor(option)}`,
    ...(option.leaves ? ["upstream means to remove it"] : []),
  ].join("; ");
