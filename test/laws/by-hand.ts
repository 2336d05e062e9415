import { catalogue } from "../../generator/components/index.ts";
import type { Component } from "../../generator/contract/component.ts";
import { groups } from "../../generator/contract/context.ts";
import { componentOf } from "../../generator/input/instances.ts";
import { type Data, nodesFor } from "./clusters.ts";
import { type Settings, samples } from "./samples.ts";

/** Settings with which the default instance of a component is accepted in production. */
export const alone = ({ name }: Component): Settings => samples.get(name)?.alone ?? {};

/** A production cluster with these instances, each in its section, and with what they bring along. */
export function clusterOf(instances: Readonly<Record<string, Settings>>, more: Settings = {}): Data {
  const brought = [...catalogue.values()]
    .filter(({ provides }) => provides !== undefined)
    .map((component) => [component.name, alone(component)]);
  const all = Object.entries({ ...Object.fromEntries(brought), ...instances });
  return {
    name: "eu1",
    domain: "eu1.example.org",
    delivery: { repository: "https://git.example.org/fleet.git" },
    access: { tls: { secret: "public" } },
    ...nodesFor(all.map(([name]) => componentOf(name, catalogue)?.name ?? "")),
    ...more,
    kubernetes: { version: "1.35", nodeNetworks: ["192.0.2.0/24"], ...(more.kubernetes as object | undefined) },
    ...Object.fromEntries(
      groups.map((group) => [
        group,
        Object.fromEntries(all.filter(([name]) => componentOf(name, catalogue)?.group === group)),
      ]),
    ),
  };
}

/** Kinds of connections that a component can have for itself. */
export const kindsOf = (component: Component, settings: Settings = {}): string[] => {
  const options = Object.fromEntries(Object.entries(settings).filter(([key]) => key in component.options.shape));
  const needs = component.needs?.(component.options.parse(options)) ?? [];
  return [...new Set(needs.filter(({ from }) => from === undefined).map(({ kind }) => kind))];
};
