import type { z } from "zod";
import type { Ini, OptionValue } from "../../../contract/configuration.ts";
import type { Context } from "../../../contract/context.ts";
import type { Server } from "../../../contract/destination.ts";
import type { RequiredSecret } from "../../../contract/secret.ts";
import type { NamedClient } from "../../../kit/ceph.ts";
import type { VolumeKey } from "../../../kit/volume-keys.ts";
import type { Extras } from "../../../kit/workload.ts";

/** What a type of back end says about one back end of that type. */
export interface BackendType<Backend> {
  readonly schema: z.ZodObject;
  /** Options of the driver. */
  readonly options: (name: string, backend: Backend, ctx: Context) => Readonly<Record<string, OptionValue>>;
  /** Further configuration files, by name. */
  readonly files?: (name: string, backend: Backend) => Readonly<Record<string, Ini | string>>;
  /** Clusters of Ceph that it is a client of. */
  readonly ceph?: (name: string, backend: Backend, ctx: Context) => readonly NamedClient[];
  /** Keys that its volumes are attached with; of an instance with these connections. */
  readonly keys?: (
    name: string,
    backend: Backend,
    instance: Pick<Context, "connections" | "suffix">,
  ) => readonly VolumeKey[];
  readonly pod?: (name: string, backend: Backend) => Extras;
  readonly secrets?: (name: string, backend: Backend) => readonly RequiredSecret[];
  /** Servers that hold the volumes. */
  readonly servers?: (backend: Backend) => readonly Server[];
  /** Pools of the storage that Cinder is connected to: of its volumes, and those that it clones from. */
  readonly pools?: (backend: Backend) => { readonly write: string; readonly read: readonly string[] } | undefined;
  /** Where the volumes lie, as a person writes it. */
  readonly place: (backend: Backend) => string;
  /** What tells places of one name apart, where they may be called alike. */
  readonly at?: (backend: Backend) => string;
}
