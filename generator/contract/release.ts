/** OpenStack releases that bases exist for, oldest first. */
export const releases = ["2025.1", "2025.2", "2026.1", "2026.2"] as const;
export type Release = (typeof releases)[number];

/** Something that releases say differently: `later` is for those that are not named. */
export type ByRelease<T> = Readonly<Partial<Record<Release, T>> & { later: T }>;

/** What holds at a release. */
export const atRelease = <T extends object>(word: T | ByRelease<T>, release: Release): T =>
  "later" in word ? (word[release] ?? word.later) : word;

/** The release of a cluster that names none. */
export const defaultRelease: Release = "2026.1";

/** Releases with "skip level upgrade" status: one may be upgraded to the next of them directly. */
const slurp: readonly Release[] = ["2025.1", "2026.1"];

/**
 * The releases that upstream supports an upgrade to, from `from`: the next one, and from SLURP to SLURP
 * (https://docs.openstack.org/project-team-guide/release-cadence-adjustment.html).
 */
export function upgradesFrom(from: Release): readonly Release[] {
  const next = releases[releases.indexOf(from) + 1];
  const nextSlurp = slurp[slurp.indexOf(from) + 1];
  const steps = [next, slurp.includes(from) ? nextSlurp : undefined].filter((step) => step !== undefined);
  return [...new Set(steps)];
}
