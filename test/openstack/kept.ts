import { until } from "../cluster/processes.ts";
import { sql } from "./infrastructure.ts";
import { acknowledgedOf } from "./requests.ts";
import type { Scenario } from "./scenario.ts";

/**
 * Notes of all that was acknowledged in a scenario whether it is still there: projects, as each of these members of the database has
 * them, images and notifications.
 */
export async function seeKept({ cloud, load, proof }: Scenario, members: readonly string[]): Promise<void> {
  const made = load.requests();
  for (const pod of members) {
    const projects = new Set(sql(cloud.cluster, "SELECT name FROM keystone.project", pod));
    proof.kept(`acknowledged projects, as ${pod} has them`, acknowledgedOf(made, "project"), projects);
  }
  const images = new Set(sql(cloud.cluster, "SELECT id FROM glance.images WHERE status = 'active'"));
  proof.kept("acknowledged images", acknowledgedOf(made, "upload"), images);
  const notifications = acknowledgedOf(made, "notification");
  const all = () => notifications.every((name) => load.received().has(name));
  // The last one may be on its way; what is lost is told below.
  await until("the last notification", all, { seconds: 60 }).catch(() => {});
  proof.kept("acknowledged notifications", notifications, load.received());
}
