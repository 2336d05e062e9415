import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Arbitrary } from "fast-check";
import type { Judged } from "../config/judged.ts";

/** Settings of an instance, as cluster.yaml says them. */
export type Settings = Readonly<Record<string, unknown>>;

/** What the tests know of a component beyond its header and its schema. */
export interface Samples {
  /** Random values of settings for which the schema is not enough, by key. */
  readonly settings?: Readonly<Record<string, Arbitrary<unknown>>>;
  /** Settings that each random instance has, since a cluster without them is refused. */
  readonly always?: Arbitrary<Settings>;
  /** What the default instance says in production when others bring it along. */
  readonly alone?: Settings;
  /** Options that lengthen the names of its objects. */
  readonly longest?: Settings;
  /** Makes drawn settings fit each other, the instance with this suffix and the cluster, whose `kubernetes` may name a shared class of volumes. */
  readonly fit?: (settings: Settings, sharedStorageClass: string | undefined, suffix: string) => Settings;
  /** Instances by name that together use every option of the component; they stand in the golden cluster `every-dial`. */
  readonly example: Readonly<Record<string, Settings>>;
  /** A service that is a Python package: what judges its configuration and runs its programs. */
  readonly judged?: Judged;
}

/** The components of one file of `test/components`, by name. */
export type Family = Readonly<Record<string, Samples>>;

const folder = join(import.meta.dirname, "../components");

/** Families by the name of their file. */
export const families: ReadonlyMap<string, Family> = new Map(
  await Promise.all(
    readdirSync(folder)
      .filter((file) => file.endsWith(".ts"))
      .sort()
      .map(async (file): Promise<[string, Family]> => {
        const { default: family } = (await import(pathToFileURL(join(folder, file)).href)) as { default: Family };
        return [file.slice(0, -".ts".length), family];
      }),
  ),
);

/** What the tests know of each component. */
export const samples: ReadonlyMap<string, Samples> = new Map(
  [...families.values()].flatMap((family) => Object.entries(family)),
);
