import type { Component } from "../contract/component.ts";
import type { Connection, Identity } from "../contract/connection.ts";
import { defaultReplicas, mainRole } from "../contract/replicas.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";

/** A component as it will run: where, wired to what, and why it exists. */
export interface Instance {
  readonly name: string;
  readonly component: Component;
  /** What its name adds to the component's: `-two`, or empty. */
  readonly suffix: string;
  readonly namespace: string;
  readonly spec: InstanceSpec;
  readonly connections: readonly Connection[];
  readonly identity: Identity | undefined;
  /** Instances that must be up before this one, sorted. */
  readonly after: readonly string[];
  /** Why it is there: the operator wrote it, or another instance needs it. */
  readonly origin: string;
  /** Namespaces of the instances that connect to it, sorted. */
  readonly clients: readonly string[];
  /** Connections that its clients may open together, with reserve; 0 when it is no database. */
  readonly connectionLimit: number;
}

/** What we decided for one cluster. */
export interface Model {
  readonly spec: ClusterSpec;
  /** In dependency order; ties by name. */
  readonly instances: readonly Instance[];
  readonly namespaces: readonly Namespace[];
  /** Names of the operators whose custom resources occur, in order. */
  readonly operators: readonly string[];
  /** True of the cluster that bases are rendered for: placeholders stand for its values. */
  readonly isBase?: true;
}
export interface Namespace {
  readonly name: string;
  readonly instances: readonly string[];
}

/** The replica count of a role: the operator's word, else the profile's, else the component's. */
export function replicasOf(
  component: Component,
  spec: InstanceSpec,
  profile: "production" | "development",
  role: string,
): number {
  const { replicas } = spec.common;
  const written =
    typeof replicas === "number" ? (role === mainRole(component) ? replicas : undefined) : replicas?.[role];
  return written ?? defaultReplicas(component, profile, role);
}
