import { allOf, oneOf } from "../base/words.ts";
import { releases, upgradesFrom } from "../contract/release.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Report } from "./draft.ts";
import type { Instance } from "./model.ts";

/**
 * Services talk by versioned APIs, and each upgrade has a time at which some of them are new. Upstream upgrades in an order,
 * the Identity service first (https://docs.openstack.org/operations-guide/ops-upgrades.html#upgrade-services), by steps that it
 * tests. So an instance may stay behind, by one step and not behind what needs it; it never goes ahead.
 */
export function checkReleases(instances: readonly Instance[], { release: cluster }: ClusterSpec, report: Report): void {
  for (const { name, spec } of instances) {
    const { release } = spec;
    if (spec.service.release === undefined || release === cluster) continue;
    const path = [...spec.path, "release"];
    if (releases.indexOf(release) > releases.indexOf(cluster))
      report(
        path,
        "release-ahead",
        `${name} would run ${release}, and the cluster is at ${cluster}`,
        `An instance may stay behind the cluster, and not go ahead. Write release: "${release}" at the root, and release: "${cluster}" at the services that stay.`,
      );
    else if (!upgradesFrom(release).includes(cluster))
      report(
        path,
        "release-behind",
        `${name} would stay at ${release}, and upstream supports no upgrade from there to ${cluster}`,
        `It may be at ${oneOf(releases.filter((each) => upgradesFrom(each).includes(cluster)))} while the cluster is at ${cluster}. Upgrade it before the cluster goes on.`,
      );
  }
  for (const instance of instances) checkOrder(instance, instances, report);
}

/** Who asks a service may be written for its newer API. */
function checkOrder({ name, spec }: Instance, instances: readonly Instance[], report: Report): void {
  const isOlder = (other: Instance) => releases.indexOf(spec.release) < releases.indexOf(other.spec.release);
  const ahead = instances.filter(
    (other) => isOlder(other) && (other.component.requires ?? []).some((word) => other.peers[word] === name),
  );
  if (ahead.length === 0) return;
  const names = ahead.map((other) => other.name).sort();
  report(
    [...spec.path, "release"],
    "release-order",
    `${name} would stay at ${spec.release}, and what needs it would be newer: ${allOf(names)}`,
    `What others need is upgraded first. Write release: "${spec.release}" there too, or remove it here.`,
  );
}
