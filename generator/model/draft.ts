import type { Component } from "../contract/component.ts";
import type { Need } from "../contract/connection.ts";
import type { InstanceSpec } from "../input/spec.ts";
import type { Issue, IssueCode } from "../issues/issue.ts";

/** An instance on its way to being resolved. */
export interface Draft {
  readonly component: Component;
  readonly spec: InstanceSpec;
  readonly origin: string;
  /** What it needs with its options. */
  readonly needs: readonly Need[];
  /** The instance that it is a part of. */
  readonly owner?: string;
  /** The Identity service of another cluster is its own, unless it chooses one. */
  readonly identityElsewhere?: true;
  /** Node group that it is made for. */
  readonly nodeGroup?: string;
}
/** Takes a mistake: where in cluster.yaml, code, message, way out. */
export type Report = (
  path: readonly (string | number)[],
  code: IssueCode,
  message: string,
  hint: string,
  severity?: Issue["severity"],
) => void;
