import type { Component } from "./component.ts";
import type { Profile } from "./context.ts";

/** The replica count of a role when nobody says anything. */
export const defaultReplicas = (component: Component, profile: Profile, role: string): number =>
  (profile === "development" ? component.development?.roles?.[role]?.replicas : undefined) ??
  component.roles[role]?.replicas ??
  1;

/** Roles that have a number of replicas: all but those that run once on each node. */
export const countedRoles = ({ roles }: Component): readonly string[] =>
  Object.keys(roles).filter((role) => roles[role]!.scaling !== "node");

/** The one role that a bare `replicas: 5` can mean; undefined where there are several. */
export function meantRole({ roles }: Component): string | undefined {
  const [first, ...others] = Object.keys(roles).filter((role) => roles[role]!.beside === undefined);
  return others.length === 0 ? first : undefined;
}

/** The role that a bare `replicas: 5` means: the first in the component's header. */
export const mainRole = (component: Component): string => Object.keys(component.roles)[0] ?? "server";
