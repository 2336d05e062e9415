import { expect, test } from "vitest";
import { changes, list, snapshot } from "../observe.ts";
import { watchPods, workloadOf } from "../pods.ts";
import type { Site } from "../site.ts";

/** What `overstack diff` says of a commit, as far as a cluster can show whether it is so. */
interface Said {
  readonly changes: readonly {
    readonly id: string;
    readonly verb: "add" | "change" | "remove";
    readonly fields: readonly { readonly path: string }[];
    readonly pods?: { readonly what: "replaced" | "run" | "next" | "operator" | "by-hand" };
    readonly stays?: true;
  }[];
  readonly impact: readonly { readonly rule: string; readonly objects: readonly string[]; readonly instead?: string }[];
}

/** Of these kinds the cluster is asked; Kustomize makes ConfigMaps, which no label tells apart, and pods name them by hash. */
const kinds = [
  ...["CronJob", "Deployment", "HTTPRoute", "Job", "NetworkPolicy", "PodDisruptionBudget", "Role"],
  ...["RoleBinding", "Secret", "Service", "ServiceAccount", "StatefulSet"],
  ...["Connection", "Database", "Grant", "MariaDB", "User"],
];

/** `Database.k8s.mariadb.com ns/name` -> `Database ns/name`; hashes of names go, as in what is said. */
const plain = (id: string): string => id.replace(/^(\w+)\.\S+ /, "$1 ").replace(/^(Job .*)-[0-9a-f]{7}(?=$|-)/, "$1");
const isAsked = (id: string): boolean => kinds.includes(plain(id).split(" ")[0]!);
const sorted = (ids: Iterable<string>): string[] => [...new Set(ids)].sort();

/** What is said of the files as they are edited now. */
function said(lab: Site): Said {
  const print = (): string => {
    try {
      return lab.fleet.overstack("-o", "json", "diff");
    } catch (cause) {
      // 3: something differs.
      const { status, stdout } = cause as { readonly status: number; readonly stdout: string };
      if (status !== 3) throw cause;
      return stdout;
    }
  };
  const { clusters } = JSON.parse(print()) as { readonly clusters: readonly Said[] };
  return clusters[0] ?? { changes: [], impact: [] };
}

/** Identities of the pods of each workload that comes from the repository. */
async function podsByWorkload({ cluster }: Site): Promise<Map<string, Set<string>>> {
  const ours = "app.kubernetes.io/managed-by=overstack";
  const all = await Promise.all(["deployments", "statefulsets"].map((plural) => list(cluster, plural, ours)));
  const own = new Map(
    all
      .flat()
      .filter(({ metadata }) => metadata.ownerReferences === undefined)
      .map(({ metadata: { name } }) => [name, new Set<string>()]),
  );
  // One that is about to be deleted is there until its kubelet says that it has ended.
  for (const pod of await list(cluster, "pods"))
    if (!("deletionTimestamp" in pod.metadata)) own.get(workloadOf(pod) ?? "")?.add(pod.metadata.uid);
  return own;
}

/** Delivers what is edited, and compares what the API server and its controllers have done with what was said before. */
async function asSaid(lab: Site): Promise<{ readonly told: Said; readonly least: ReadonlyMap<string, number> }> {
  const told = said(lab);
  const [before, pods, watched] = [
    await snapshot(lab.cluster),
    await podsByWorkload(lab),
    await watchPods(lab.cluster),
  ];
  await lab.deliver();
  watched.stop();
  const [seen, later] = [changes(before, await snapshot(lab.cluster)), await podsByWorkload(lab)];
  const objects = told.changes.filter(({ id }) => isAsked(id));
  const idsOf = (all: readonly Said["changes"][number][]) => sorted(all.map(({ id }) => plain(id)));
  const [made, gone] = [seen.made, seen.deleted].map((ids) => sorted(ids.map(plain)));
  // One whose name has another hash was made, and the old one is gone.
  const both = made!.filter((id) => gone!.includes(id) || id.startsWith("Job "));

  expect({
    made: made!.filter((id) => !both.includes(id)),
    deleted: gone!.filter((id) => !both.includes(id)),
    jobs: made!.filter((id) => id.startsWith("Job ")),
  }).toEqual({
    made: idsOf(objects.filter(({ id, verb }) => verb === "add" && !id.startsWith("Job "))),
    deleted: idsOf(objects.filter(({ verb, stays }) => verb === "remove" && stays !== true)),
    jobs: idsOf(objects.filter(({ pods: own }) => own?.what === "run")),
  });
  const touched = sorted([...seen.changed.map(plain), ...both]);
  const changed = objects.filter(({ verb }) => verb !== "remove");
  expect(
    touched.filter((id) => !idsOf(changed).includes(id)),
    "changed, and nobody had said so",
  ).toEqual([]);
  // A label or an annotation of an object does not count as a change of it.
  const weighty = changed.filter(({ verb, id, fields, pods: own }) => {
    const isOfSpec = fields.some(({ path }) => !path.startsWith("metadata."));
    return verb === "change" && !id.startsWith("Job ") && (isOfSpec || own !== undefined);
  });
  expect(
    idsOf(weighty).filter((id) => !touched.includes(id)),
    "said to change, and as before",
  ).toEqual([]);

  const stayed = (name: string) => [...pods.get(name)!].filter((uid) => later.get(name)!.has(uid)).length;
  const lived = [...pods.keys()].filter((name) => later.has(name) && pods.get(name)!.size > 0);
  const namesOf = (what: string) =>
    sorted(told.changes.filter(({ pods: own }) => own?.what === what).map(({ id }) => id.split("/")[1]!));
  expect(sorted(lived.filter((name) => stayed(name) === 0))).toEqual(
    namesOf("replaced").filter((name) => lived.includes(name)),
  );
  const left = lived.filter((name) => !namesOf("replaced").includes(name));
  for (const name of left) expect(stayed(name), name).toBe(Math.min(pods.get(name)!.size, later.get(name)!.size));
  return { told, least: watched.least() };
}

/** The rules that were given, of one object or of the cluster. */
const rulesOf = ({ impact }: Said, object: string): string[] =>
  impact.filter(({ objects }) => objects.some((id) => id.endsWith(`/${object}`))).map(({ rule }) => rule);

/** What `overstack diff` claims of a commit, each sort of claim once: a cluster with an engine does exactly that. */
export function claims(lab: Site): void {
  const { file } = lab;

  test("of a comment nothing is said, and nothing is touched", async () => {
    lab.fleet.append(file, "# nobody reads this\n");
    expect((await asSaid(lab)).told.changes).toEqual([]);
  });

  test("an option replaces the pods that read its file, by the hash in the name alone, and no Job runs", async () => {
    lab.fleet.edit(file, "keystone: {}", "keystone: { tokens: { expiration: 7200 } }");
    const { told, least } = await asSaid(lab);
    expect(rulesOf(told, "keystone-api")).toEqual(["rolling"]);
    expect(least.get("keystone-api"), "a pod goes when another one is ready").toBe(1);
    const deployment = told.changes.find(({ id }) => id.endsWith("/keystone-api"));
    expect([deployment?.pods?.what, deployment?.fields]).toEqual(["replaced", []]);
  });

  test("another image runs the Jobs of its service again, and replaces its pods", async () => {
    lab.fleet.edit(file, "glance: {}", 'glance: { image: { glance: "registry.example.org/glance:two" } }');
    const { told } = await asSaid(lab);
    expect(told.impact.map(({ rule }) => rule)).toEqual(expect.arrayContaining(["job-again", "recreate"]));
  });

  test("more replicas replace no pod", async () => {
    const scaled = "memcached: { replicas: { server: 3 } }, ";
    lab.fleet.edit(file, "infrastructure: { ", `infrastructure: { ${scaled}`);
    lab.fleet.edit(file, "keystone: { ", "keystone: { replicas: { api: 2 }, ");
    const { told } = await asSaid(lab);
    expect(rulesOf(told, "memcached-server")).toEqual(["scaled"]);
  });

  test("a StatefulSet replaces one pod after the other, and with Recreate all pods end first", async () => {
    const recreate = "[{ op: replace, path: /spec/strategy, value: { type: Recreate } }]";
    const patch = `patches: [{ target: { kind: Deployment, name: placement-api }, ops: ${recreate} }]`;
    lab.fleet.edit(file, "placement: {}", `placement: { ${patch}, labels: { team: blue } }`);
    lab.fleet.edit(file, "server: 3 }", "server: 3 }, labels: { team: blue }");
    const { told, least } = await asSaid(lab);
    expect([rulesOf(told, "memcached-server"), least.get("memcached-server")]).toEqual([["one-by-one"], 2]);
    expect([rulesOf(told, "placement-api"), least.get("placement-api")]).toEqual([["recreate"], 0]);
  });

  test("another schedule of a cron replaces nothing, and runs nothing", async () => {
    lab.fleet.edit(file, "keystone: { ", 'keystone: { crons: { trust-flush: "0 5 * * 0" }, ');
    const { told } = await asSaid(lab);
    expect(told.changes.filter(({ pods }) => pods !== undefined)).toEqual([]);
  });

  test("what is suspended is left alone until it goes on", async () => {
    // Nothing waits for it: with Flux, what depends on a suspended one stays at its commit too.
    lab.fleet.edit(file, "placement: { ", "placement: { suspend: true, ");
    await lab.others(lab.push(), "placement");
    lab.fleet.edit(file, "suspend: true, ", "suspend: true, annotations: { team: blue }, ");
    const told = said(lab);
    expect(told.impact.map(({ rule }) => rule)).toContain("suspended");
    const [before, commit] = [await snapshot(lab.cluster), lab.push()];
    await lab.others(commit, "placement");
    expect(changes(before, await snapshot(lab.cluster))).toEqual({ made: [], changed: [], deleted: [] });
    lab.fleet.edit(file, "suspend: true, ", "");
    await lab.deliver();
  });

  test("a larger claim of a StatefulSet is refused; what is said to do instead goes well, and no pod is replaced", async () => {
    lab.fleet.edit(file, "etcd: {}", "etcd: { storage: 16Gi }");
    lab.fleet.append(file, "consent: [{ change: change-data/etcd, reason: volumes enlarged by hand }]\n");
    const told = said(lab);
    const [claim] = told.impact.filter(({ rule }) => rule === "fixed-field");
    expect(claim).toMatchObject({ objects: ["StatefulSet openstack-infrastructure/etcd-server"] });
    expect(claim?.instead).toContain("kubectl delete statefulset NAME --cascade=orphan");
    const [before, pods] = [await snapshot(lab.cluster), await podsByWorkload(lab)];
    const commit = lab.push();
    await lab.failure("etcd", "run", /Forbidden|forbidden|immutable/);
    expect(changes(before, await snapshot(lab.cluster))).toEqual({ made: [], changed: [], deleted: [] });

    const namespace = ["--namespace", "openstack-infrastructure"];
    lab.cluster.kubectl(...namespace, "delete", "statefulset", "etcd-server", "--cascade=orphan", "--wait");
    lab.engine.startCompare(lab.cluster);
    await lab.engine.synced(lab.cluster, commit);
    expect((await podsByWorkload(lab)).get("etcd-server")).toEqual(pods.get("etcd-server"));
  });

  test("a service that is removed is pruned, and what is said to stay stays", async () => {
    const text = lab.fleet.git("show", `HEAD:${file}`);
    lab.fleet.edit(file, /placement: \{.*?\} \}, /.exec(text)![0], "");
    lab.fleet.edit(file, "consent: [", "consent: [{ change: remove-instance/placement, reason: not wanted }, ");
    const { told } = await asSaid(lab);
    const left = Object.keys(await snapshot(lab.cluster)).map(plain);
    const staying = told.changes.filter(({ id, stays }) => stays === true && isAsked(id)).map(({ id }) => plain(id));
    expect(staying).toContainEqual(expect.stringMatching(/^Database /));
    expect(staying.filter((id) => !left.includes(id))).toEqual([]);
  });
}
