import { clusterFile } from "../base/layout.ts";
import { judge } from "../fleet/one-cluster.ts";
import { readClusterFile } from "../input/yaml/read-file.ts";

/** A cluster that is made from a base that changed, and is not touched by it. */
export interface Untouched {
  readonly name: string;
  /** "follows eu1-5: applied when that moves" */
  readonly why: string;
}

/** Of these clusters, those that follow a tag or a commit of their own and are made from one of the bases. */
export function untouched(root: string, bases: readonly string[], names: readonly string[]): Untouched[] {
  if (bases.length === 0) return [];
  return names.flatMap((name): Untouched[] => {
    const { value: text } = readClusterFile(root, clusterFile(name));
    if (text === undefined || !isPinned(new TextDecoder().decode(text))) return [];
    const { model } = judge({ name, text });
    const { ref } = model?.spec.delivery ?? {};
    const uses = model?.instances.some(({ component, spec }) =>
      bases.includes(`bases/${spec.release}/${component.name}`),
    );
    return ref !== undefined && uses === true
      ? [{ name, why: `follows ${Object.values(ref).join()}: applied when that moves` }]
      : [];
  });
}

/** True of a cluster.yaml that may have a pin. Few have one, and to parse all of a thousand takes seconds. */
export const isPinned = (text: string): boolean => /\bref\b/.test(text);

/** True of the inventory of a cluster that is made from one of the bases. */
export function usesOneOf(bases: readonly string[], inventory: string): boolean {
  if (bases.length === 0) return false;
  try {
    const { facts } = JSON.parse(inventory) as {
      facts: { release: string; instances: Record<string, { component: string; release?: string }> };
    };
    return Object.values(facts.instances).some(({ component, release = facts.release }) =>
      bases.includes(`bases/${release}/${component}`),
    );
  } catch {
    // It is not an inventory: comparing the cluster says so.
    return true;
  }
}
