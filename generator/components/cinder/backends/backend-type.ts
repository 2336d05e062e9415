import type { z } from "zod";
import type { Ini, OptionValue } from "../../../contract/configuration.ts";
import type { Server } from "../../../contract/destination.ts";
import type { RequiredSecret } from "../../../contract/secret.ts";
import type { NamedClient } from "../../../kit/ceph.ts";
import type { Extras } from "../../../kit/workload.ts";

/** What a type of back end says about one back end of that type. */
export interface BackendType<Backend> {
  readonly schema: z.ZodObject;
  /** Options of the driver. */
  readonly options: (name: string, backend: Backend) => Readonly<Record<string, OptionValue>>;
  /** Further configuration files, by name. */
  readonly files?: (name: string, backend: Backend) => Readonly<Record<string, Ini | string>>;
  /** Clusters of Ceph that it is a client of. */
  readonly ceph?: (name: string, backend: Backend) => readonly NamedClient[];
  readonly pod?: (name: string, backend: Backend) => Extras;
  readonly secrets?: (name: string, backend: Backend) => readonly RequiredSecret[];
  /** Servers that hold the volumes. */
  readonly servers?: (backend: Backend) => readonly Server[];
  /** Where the volumes lie, as a person writes it. */
  readonly place: (backend: Backend) => string;
  /** What tells places of one name apart, where they may be called alike. */
  readonly at?: (backend: Backend) => string;
}
