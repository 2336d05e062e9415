import type { Component } from "./component.ts";

/** Roles of node groups that a component serves; none of one that does not run once for each group. */
export const servedRoles = ({ perNodeGroup = [] }: Pick<Component, "perNodeGroup">): readonly string[] =>
  typeof perNodeGroup === "string" ? [perNodeGroup] : perNodeGroup;
