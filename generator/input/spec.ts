import { z } from "zod";
import type { Component } from "../contract/component.ts";
import type { Kind } from "../contract/connection.ts";
import type { InternalTls } from "../contract/context.ts";
import type { Release } from "../contract/release.ts";
import { commonShape, nodeShape, serviceShape } from "./schema/instance.ts";
import { rootShape } from "./schema/root.ts";
import type { Versions } from "./versions.ts";

const common = z.strictObject(commonShape);
const service = z.strictObject(serviceShape);
const node = z.strictObject(nodeShape);
const root = z.strictObject(rootShape);

/** Settings that every component understands. */
export type Common = z.output<typeof common>;
/** Settings that only services have. */
export interface ServiceSettings extends Omit<z.output<typeof service>, "uses" | "credentials"> {
  /** Name of an instance, or what the kind's schema says of a server outside. */
  readonly uses?: { readonly identity?: string | undefined; readonly [kind: Kind]: string | object | undefined };
  /** By kind of connection, `identity`, or option with a Secret. */
  readonly credentials?: Readonly<Record<string, Generations | undefined>>;
}
/** Generations of a user: the one in use, and one that exists next to it during a rotation. */
export interface Generations {
  readonly generation: number;
  readonly alsoValid?: number | undefined;
}
/** Settings that only what runs on nodes has. */
export type NodeSettings = z.output<typeof node>;
/** One instance as written, with defaults. */
export interface InstanceSpec {
  readonly name: string;
  readonly component: string;
  /** The OpenStack release that it runs: its own word, else its owner's, else the cluster's. */
  readonly release: Release;
  /** Where it stands in the file: `services.glance`. */
  readonly path: readonly (string | number)[];
  readonly common: Common;
  readonly service: ServiceSettings;
  readonly node: NodeSettings;
  /** The component's own options, parsed by its schema. */
  // biome-ignore lint/suspicious/noExplicitAny: of the type that the component's schema gives
  readonly options: any;
}
/** cluster.yaml, checked and with every default filled in. */
export interface ClusterSpec extends z.output<typeof root> {
  readonly file: string;
  /** What versions.yaml says. */
  readonly versions?: Versions;
  /** Sorted by name: the order of keys in the file is irrelevant. */
  readonly instances: readonly InstanceSpec[];
}

/** How connections inside the cluster are protected when nobody says: production encrypts. */
export const internalTls = ({ internal, profile }: Pick<ClusterSpec, "internal" | "profile">): InternalTls =>
  internal.tls ?? (profile === "production" ? "required" : "none");

/** An instance that nobody wrote down. */
export function defaultInstance(
  component: Component,
  name: string,
  release: Release,
  options: Readonly<Record<string, unknown>> = {},
): InstanceSpec {
  return {
    name,
    component: component.name,
    release,
    path: [component.group, name],
    common: {},
    service: {},
    node: {},
    options: component.options.parse(options),
  };
}
