import { isAcknowledged, type Request, type Seen } from "./load.ts";
import type { Database } from "./scenario.ts";

/** Of each member that runs, how often it refused or ended a transaction because of one from another member. */
export async function conflicts(
  members: readonly number[],
  status: Database["status"],
): Promise<ReadonlyMap<number, number>> {
  const counted = new Map<number, number>();
  for (const index of members) {
    const both = ["wsrep_local_cert_failures", "wsrep_local_bf_aborts"].map((name) => status(index, name));
    await Promise.all(both).then(
      ([refused, ended]) => counted.set(index, refused! + ended!),
      () => undefined,
    );
  }
  return counted;
}

/** What clients saw, and with two writers how much of it at which of them. */
export function sentence(seen: Seen, before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): string {
  const failures = `${seen.failed.length} requests failed (${(seen.part * 100).toFixed(1)} %)`;
  const alone = `${seen.pause.toFixed(1)} s without an acknowledged row, ${failures}`;
  if (Object.keys(seen.commits).length < 2) return alone;
  const each = Object.entries(seen.commits).map(([member, count]) => `${member} ${count}`);
  const met = [...after].map(([index, count]) => Math.max(0, count - (before.get(index) ?? 0)));
  return `${alone}; rows: ${each.join(", ")}; two writers for ${seen.overlap.toFixed(1)} s, conflicts at members ${met.join(", ")}, at clients ${seen.deadlocks}`;
}

/** What members do not have of what was acknowledged, or have not counted; each difference is a line. */
export async function differences(
  requests: readonly Request[],
  members: readonly number[],
  sql: Database["sql"],
): Promise<string[]> {
  const rows = requests.flatMap((request) => (isAcknowledged(request) ? [request.row!] : []));
  console.log(`${rows.length} rows, ${requests.length - rows.length} requests failed`);
  const lines: string[] = [];
  for (const index of members) {
    const kept = new Set((await sql(index, "SELECT number FROM keystone.kept")).map(Number));
    lines.push(...rows.filter((row) => !kept.has(row)).map((row) => `mariadb-${index} has no row ${row}`));
    // Each row was counted in its own transaction; some that were not acknowledged are there too.
    const counted = Number((await sql(index, "SELECT SUM(number) FROM keystone.counted"))[0]);
    if (counted !== kept.size) lines.push(`mariadb-${index} has ${kept.size} rows, and counted ${counted}`);
  }
  return lines;
}
