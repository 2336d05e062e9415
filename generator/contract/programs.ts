import type { Component } from "./component.ts";

/** Crons whose schedule an operator may change, with the default. */
export const schedulesOf = ({ crons = {} }: Component): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(crons).flatMap(([name, { at }]) => (typeof at === "string" ? [[name, at]] : [])));

/** Jobs of a component: its own, and the one that enters it into the Identity service. */
export const jobsOf = ({ jobs = {}, user }: Component): readonly string[] => [
  ...Object.keys(jobs),
  ...(user === undefined ? [] : ["register"]),
];

/** All that runs in pods of its own, by the name that `resources` takes: roles, Jobs, crons. */
export const programsOf = (component: Component): readonly string[] => [
  ...Object.keys(component.roles),
  ...jobsOf(component),
  ...Object.keys(component.crons ?? {}),
];
