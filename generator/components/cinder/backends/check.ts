import type { CheckInput } from "../../../contract/component.ts";
import { error, type Issue, warning } from "../../../issues/issue.ts";
import { checkClientOfAny } from "../../ceph/check-client.ts";
import { type BackupOptions, placeOf } from "../backup/index.ts";
import { type Backends, backendTypes, sorted, typeOf } from "./index.ts";

/** Combinations that would lose volumes, or that serve nobody. */
export function checkBackends({
  instance,
  profile,
  options: { backends, backup },
}: CheckInput<{ readonly backends: Backends; readonly backup?: BackupOptions | undefined }>): Issue[] {
  const issues: Issue[] = [];
  if (sorted(backends).length === 0 && profile === "production")
    issues.push(
      error(
        "no-volume-backend",
        `${instance} has no back end to keep volumes in`,
        "Name one: backends: { ceph: { type: rbd } } on the Ceph of this cluster, or type nfs with server and path, or type lvm with a node.",
        { path: [] },
      ),
    );
  const places = new Map<string, string>();
  for (const [name, backend] of sorted(backends)) {
    if (backend.type === "rbd") issues.push(...checkRbd(instance, name, backend));
    const { place: placeIn, at } = typeOf(backend);
    const place = placeIn(backend);
    const whole = `${place} ${at?.(backend) ?? ""}`;
    const other = places.get(whole);
    if (other !== undefined)
      issues.push(
        error(
          "shared-volume-place",
          `${instance}'s back ends ${other} and ${name} are both ${place}: each would count, and clean up, what the other has made`,
          "Give one of them another place, or remove it: a type of volumes can tell users' choices apart on one back end.",
          { path: ["backends", name] },
        ),
      );
    places.set(whole, name);
  }
  if (backup === undefined) return issues;
  const same =
    backup.type === "rbd"
      ? places.get(`${placeOf(backup)} ${backendTypes.rbd.at({ ...backup, type: "rbd" })}`)
      : undefined;
  if (same !== undefined)
    issues.push(
      error(
        "shared-volume-place",
        `${instance} would keep backups in ${placeOf(backup)}, where the back end ${same} has its volumes: both would be lost together`,
        "Name another pool, best of another Ceph cluster.",
        { path: ["backup"] },
      ),
    );
  const unread = sorted(backends).filter(([, { type }]) => type !== "rbd");
  if (unread.length > 0)
    issues.push(
      warning(
        "volume-without-backup",
        `volumes of ${unread.map(([name]) => name).join(" and ")} cannot be backed up: their files and devices are on nodes, and ${instance}'s backup has no rights there`,
        "Copy what lies there by other means, or keep what needs backups on a back end of type rbd.",
        { path: ["backup"] },
      ),
    );
  return issues;
}

/** What it says of Ceph, and of images where it lies in a cluster of its own: its user there is somebody else's to make. */
function checkRbd(instance: string, name: string, backend: Backends[string] & { type: "rbd" }): Issue[] {
  const issues = [...checkClientOfAny(instance, `the back end ${name}`, ["backends", name], backend)];
  if (backend.monitors !== undefined && backend.images !== undefined)
    issues.push(
      error(
        "unused-key",
        `${instance}: images of the back end ${name} has no effect with monitors: what its user may read is said at that Ceph`,
        "Remove it, and give the user the right there: osd 'profile rbd-read-only pool=…'.",
        { path: ["backends", name, "images"], atKey: true },
      ),
    );
  return issues;
}
