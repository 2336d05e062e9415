import { expect, test } from "vitest";
import { compare } from "../../cluster/flux.ts";
import { changes, list, snapshot } from "../../cluster/observe.ts";
import { releases } from "../images.ts";
import { production } from "../plans.ts";
import { scenario } from "../scenario.ts";

/* From an empty cluster and one push to a cloud that its users can work with. */
const current = scenario("From nothing to a cloud", { plan: production(releases[0]) });
const openstack = (...args: readonly string[]) =>
  JSON.parse(current().client("openstack", ...args, "--format", "json"));

test("three members of everything are ready, on three hosts", async () => {
  const { cloud, proof } = current();
  proof.see({
    what: "one push to an empty cluster with Flux and cert-manager",
    expected: "every step ready",
    seen: "every step ready",
    seconds: cloud.seconds,
    holds: true,
  });
  const pods = await list(cloud.cluster, "pods");
  const parts = ["mariadb", "mariadb proxy", "rabbitmq", "memcached", "keystone", "placement", "glance"];
  for (const part of parts) {
    const [instance, role] = part.split(" ");
    const serving = pods.filter(
      ({ metadata: { labels = {} }, status }) =>
        labels["app.kubernetes.io/instance"] === instance &&
        // The proxies stand before the members, and have a row of their own.
        (labels["app.kubernetes.io/component"] === "proxy") === (role === "proxy") &&
        status?.phase === "Running",
    );
    const hosts = new Set(serving.map(({ spec }) => spec?.nodeName)).size;
    proof.see({
      what: `members of ${part}`,
      expected: "3 on 3 hosts",
      seen: `${serving.length} on ${hosts} hosts`,
      holds: serving.length === 3 && hosts === 3,
    });
  }
});

test("what the operators make of the objects is not undone: Flux looks again and changes nothing", async () => {
  const { cloud, proof } = current();
  const before = await snapshot(cloud.cluster, "httproutes");
  await compare(cloud.cluster);
  const { made, changed, deleted } = changes(before, await snapshot(cloud.cluster, "httproutes"));
  const touched = [...made, ...changed, ...deleted];
  proof.see({
    what: `Flux looks again at ${Object.keys(before).length} objects, which the real operators have worked on`,
    expected: "none touched",
    seen: touched.join(", ") || "none touched",
    holds: touched.length === 0,
  });
});

test("the administrator gets a token, and finds every service in the catalogue", () => {
  expect(openstack("token", "issue")).toHaveProperty("id");
  const services = openstack("catalog", "list").map(({ Name }: { Name: string }) => Name);
  const expected = "glance, keystone, placement";
  const seen = services.sort().join(", ");
  current().proof.see({
    what: "services in the catalogue, by a token of the administrator",
    expected,
    seen,
    holds: seen === expected,
  });
});

test("a project and a user can be made, and the user gets a token", () => {
  openstack("project", "create", "shop");
  openstack("user", "create", "alice", "--project", "shop", "--password", "correct-horse");
  current().client("openstack", "role", "add", "--project", "shop", "--user", "alice", "member");
  const asAlice = ["--os-username", "alice", "--os-password", "correct-horse", "--os-project-name", "shop"];
  const { project_id: project } = openstack(...asAlice, "token", "issue");
  const holds = project === openstack("project", "show", "shop").id;
  const seen = holds ? "a token for the project" : "none";
  current().proof.see({ what: "a new project, a new user in it", expected: "a token for the project", seen, holds });
});

test("an image comes back bit by bit", () => {
  const { client, proof } = current();
  client("dd", "if=/dev/urandom", "of=/tmp/image", "bs=1M", "count=32", "status=none");
  const { id } = openstack("image", "create", "blob", "--file", "/tmp/image", "--disk-format", "raw");
  client("openstack", "image", "save", id, "--file", "/tmp/back");
  const [before, after] = ["image", "back"].map((name) => client("sha256sum", `/tmp/${name}`).split(" ")[0]);
  const holds = before === after;
  proof.see({
    what: "an image of 32 MiB, written and read back over TLS through the Service",
    expected: "the same bits",
    seen: holds ? "the same bits" : "other bits",
    holds,
  });
});
