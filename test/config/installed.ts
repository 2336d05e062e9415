import { inject } from "vitest";
import type { Release } from "../../generator/contract/release.ts";
import { judgedAs } from "./judged.ts";

/** The virtual environment of a component that this run installed. */
export function environmentIn(release: Release, component: string): string {
  const folder = inject("environments")[release]?.[judgedAs(component)];
  if (folder === undefined) throw new Error(`${component} of ${release} is not installed in this run`);
  return folder;
}

/** The releases at which this run judges a component. */
export const releasesOf = (component: string): Release[] =>
  inject("cases").flatMap((item) => (item.component === component ? [item.release] : []));
