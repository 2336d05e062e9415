import { test } from "vitest";
import { list } from "../../cluster/observe.ts";
import { until } from "../../cluster/processes.ts";
import { namespace } from "../client.ts";
import { file } from "../cloud.ts";
import { releases } from "../images.ts";
import { sql } from "../infrastructure.ts";
import { production } from "../plans.ts";
import { acknowledgedOf, apis, messages } from "../requests.ts";
import { during, scenario } from "../scenario.ts";

/* From one release of OpenStack to the next that may be skipped to, while users and services are at work. */
const [from, to] = releases;
const current = scenario("Upgrade under load", { load: true, plan: production(from) });
const services = ["keystone", "placement", "glance"];

/** Releases that the pods of these services run, by the tags of their images: `2026.1`, or several. */
async function running(): Promise<string> {
  const pods = await list(current().cloud.cluster, "pods");
  const images = pods
    .filter(({ metadata, status }) => {
      const labels = metadata.labels ?? {};
      return services.some((name) => labels["app.kubernetes.io/instance"] === name) && status?.phase === "Running";
    })
    .flatMap(({ spec }) => (spec as { containers: { image: string }[] }).containers.map(({ image }) => image));
  return [...new Set(images.map((image) => /:([\d.]+)-/.exec(image)?.[1] ?? image))].sort().join(", ");
}

test(`from ${from} to ${to}, one line`, async () => {
  const { cloud, client, proof } = current();
  const { fleet, cluster, deliver } = cloud;
  const openstack = (...args: readonly string[]) => client("openstack", ...args, "--format", "value").trim();
  const token = openstack("token", "issue", "--column", "id");
  client("dd", "if=/dev/urandom", "of=/tmp/image", "bs=1M", "count=32", "status=none");
  const image = openstack("image", "create", "old", "--file", "/tmp/image", "--disk-format", "raw", "--column", "id");

  const what = `from ${from} to ${to}, one line`;
  const seen = await during(current(), what, async () => {
    fleet.edit(file, `release: "${from}"`, `release: "${to}"`);
    await deliver();
    // A pod that has been told to end finishes its requests first: Flux does not count it, but its code still runs.
    const renewed = async () => (await running()) === to;
    await until("the last old pod to end", renewed, { seconds: 400, processes: cluster.processes });
    return { expected: `every pod runs ${to}`, seen: `every pod runs ${await running()}` };
  });
  proof.none(`${what}: requests of users`, seen, apis);
  proof.none(`${what}: calls and notifications`, seen, messages);

  const see = (what: string, expected: string, seen: string) =>
    proof.see({ what, expected, seen, holds: seen === expected });
  // Both end with another status when the schema lacks something.
  for (const [service, ...check] of [
    ["keystone", "keystone-manage", "db_sync", "--check"],
    ["glance", "glance-manage", "db", "check"],
  ]) {
    const pod = ["-n", namespace, "exec", `deployment/${service}-api`, "-c", "api", "--"];
    const said = cluster.kubectl(...pod, ...["sh", "-c", `${check.join(" ")} > /dev/null 2>&1; echo $?`]).trim();
    see(
      `what the new code of ${service} misses in its schema`,
      "status 0: nothing",
      `status ${said}: ${said === "0" ? "nothing" : "something"}`,
    );
  }
  const get = `curl --silent --cacert "$OS_CACERT" --header "X-Auth-Token: ${token}" --output /dev/null`;
  const status = client("sh", "-c", `${get} --write-out '%{http_code}' "$OS_AUTH_URL/projects"`);
  see("a token of before the upgrade, asking for projects", "200", status.trim());
  client("openstack", "image", "save", image, "--file", "/tmp/back");
  const [before, after] = ["image", "back"].map((name) => client("sha256sum", `/tmp/${name}`).split(" ")[0]);
  see("an image of before the upgrade", "the same bits", before === after ? "the same bits" : "other bits");
});

test("nothing that was acknowledged is lost", () => {
  const { cloud, load, proof } = current();
  const projects = new Set(sql(cloud.cluster, "SELECT name FROM keystone.project"));
  proof.kept("acknowledged projects", acknowledgedOf(load.requests(), "project"), projects);
  const images = new Set(sql(cloud.cluster, "SELECT id FROM glance.images WHERE status = 'active'"));
  proof.kept("acknowledged images", acknowledgedOf(load.requests(), "upload"), images);
});
