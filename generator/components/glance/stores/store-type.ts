import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { z } from "zod";
import type { DataConstraint } from "../../../contract/component.ts";
import type { Ini, OptionValue } from "../../../contract/configuration.ts";
import type { Context } from "../../../contract/context.ts";
import type { Server } from "../../../contract/destination.ts";
import type { Placed } from "../../../contract/kubernetes.ts";
import type { RequiredSecret } from "../../../contract/secret.ts";

/** What a type of store says about one store of that type. */
export interface StoreType<Store> {
  readonly schema: z.ZodObject;
  /** Options in the store's own group. */
  readonly options: (name: string, store: Store, ctx: Context) => Readonly<Record<string, OptionValue>>;
  /** Further configuration files, by name. */
  readonly files?: (name: string, store: Store) => Readonly<Record<string, Ini>>;
  /** Pool of the storage that the instance is connected to, where it is one of these. */
  readonly pool?: (store: Store) => string | undefined;
  readonly mounts: (ctx: Context, name: string, store: Store) => StoreMounts;
  readonly secrets?: (name: string, store: Store) => readonly RequiredSecret[];
  readonly objects?: (ctx: Context, name: string, store: Store) => readonly Placed[];
  /** Servers that hold the images. */
  readonly servers?: (store: Store) => readonly Server[];
  /** Where the images lie, as a person writes it. */
  readonly place: (store: Store) => string;
  /** What else must not change, apart from the place. */
  readonly data?: (ctx: Context, name: string, store: Store) => readonly DataConstraint[];
}

/** What the API's pod needs to reach a store. */
export interface StoreMounts {
  readonly volumes?: readonly IVolume[];
  readonly mounts?: readonly IVolumeMount[];
  readonly environment?: readonly IEnvVar[];
}
