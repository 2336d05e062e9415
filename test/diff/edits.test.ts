import { describe, expect, test } from "vitest";
import { type ClusterDiff, clusterDiff } from "../../generator/diff/cluster-diff.ts";
import { diffText } from "../../generator/diff/text.ts";
import type { Cluster } from "../../generator/fleet/one-cluster.ts";
import { hasErrors } from "../../generator/issues/issue.ts";
import { build } from "../laws/cases.ts";

/* What is said of small edits: the edit, and every line. */

const text = `name: eu1
release: "2026.1"
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { secret: public } }
kubernetes: { version: "1.35" }
secrets: { provider: existing }
infrastructure:
  mariadb: { backup: none }
services:
  keystone: {}
  placement: {}
`;
const before = made(text);

function made(input: string): Cluster {
  const cluster = build(input);
  if (hasErrors(cluster.issues)) throw new Error(cluster.issues.map(({ message }) => message).join("\n"));
  return cluster;
}

const edited = (from: string, to: string): ClusterDiff => clusterDiff(before, made(text.replace(from, to)));

const cases: readonly (readonly [edit: string, from: string, to: string, said: string])[] = [
  [
    "more replicas start pods, and replace none",
    "placement: {}",
    "placement: { replicas: { api: 5 } }",
    `
  1 object changes; no pod is replaced, no Job runs
  placement
    ~ Deployment openstack-services/placement-api
        spec.replicas: 3 -> 5`,
  ],
  [
    "an option replaces the pods that read it",
    "keystone: {}",
    "keystone: { tokens: { expiration: 7200 } }",
    `
  4 objects change; 1 workload replaces its pods
  keystone
    ~ Deployment openstack-services/keystone-api: its 3 pods are replaced: ConfigMap keystone-conf-d
    ~ CronJob openstack-services/keystone-trust-flush: its next pods are others: ConfigMap keystone-conf-d
    ~ CronJob openstack-services/keystone-fernet-rotate: its next pods are others: ConfigMap keystone-conf-d
    ~ ConfigMap openstack-services/keystone-conf-d
        50-instance.conf [token] expiration: + 7200`,
  ],
  [
    "another image runs each Job again",
    "placement: {}",
    "placement: { image: { placement: registry.example.org/placement:1 } }",
    `
  3 objects change; 1 workload replaces its pods, 2 Jobs run
  order
    1. placement-expand
    2. placement-run
    3. placement-contract
  images
    quay.io/airshipit/placement:2026.1-ubuntu_noble -> registry.example.org/placement:1   placement
  placement
    ~ Job openstack-services/placement-db-expand: runs again: another image
    ~ Deployment openstack-services/placement-api: its 3 pods are replaced: another image
    ~ Job openstack-services/placement-db-contract: runs again: another image`,
  ],
  [
    "more memory replaces pods",
    "placement: {}",
    "placement: { resources: { api: { requests: { memory: 1Gi } } } }",
    `
  1 object changes; 1 workload replaces its pods
  placement
    ~ Deployment openstack-services/placement-api: its 3 pods are replaced: another pod template
        spec.template.spec.containers[api].resources.requests.memory: 512Mi -> 1Gi`,
  ],
  [
    "members of a database are its operator's",
    "mariadb: { backup: none }",
    "mariadb: { backup: none, options: { max_connections: 9000 } }",
    `
  1 object changes; of 1 custom resource the operator decides
  impact
    interruption: MariaDB.k8s.mariadb.com openstack-infrastructure/mariadb: if members restart, no write to the database is acknowledged while the writer restarts (1 to 10 s were seen)
    risk: MariaDB.k8s.mariadb.com openstack-infrastructure/mariadb: if members restart, one of 3 members is away at a time, and one more lost then stops the others
  mariadb
    ~ MariaDB.k8s.mariadb.com openstack-infrastructure/mariadb: its operator decides which pods to replace
        spec.myCnf:
          - max_connections = 1000
          + max_connections = 9000`,
  ],
  [
    "a policy is shown line by line",
    "placement: {}",
    `placement: { files: { policy.yaml: "placement:usages: 'role:admin'" } }`,
    `
  2 objects change; 1 workload replaces its pods
  placement
    ~ Deployment openstack-services/placement-api: its 3 pods are replaced: ConfigMap placement-etc
    ~ ConfigMap openstack-services/placement-etc
        policy.yaml: + placement:usages: 'role:admin'`,
  ],
  [
    "another time of a CronJob replaces nothing",
    "keystone: {}",
    "keystone: { crons: { trust-flush: '0 4 * * *' } }",
    `
  1 object changes; no pod is replaced, no Job runs
  keystone
    ~ CronJob openstack-services/keystone-trust-flush
        spec.schedule: 30 3 * * * -> 0 4 * * *`,
  ],
  [
    "a new instance is one line",
    "placement: {}",
    "placement: {}\n  placement-two: {}",
    `
  1 object changes, 27 objects are new; 3 Jobs run
  order
    1. placement-two-expand
    2. placement-two-contract
  gateway
    ~ Gateway.gateway.networking.k8s.io openstack-infrastructure/gateway
        spec.listeners[placement-two]: + {"name":"placement-two","hostname":"placement-two.eu1.example.org","port":443,"protocol":"HTTPS","tls":{"certificateR...
  placement-two
    all of it is new: 3 Jobs, 1 Database, 1 User, 1 Grant, 2 ServiceAccounts, 1 Role, 1 RoleBinding, 4 NetworkPolicies, 1 Deployment, 1 PodDisruptionBudget, 1 Service, 1 HTTPRoute, 1 BackendTLSPolicy, 4 ConfigMaps
  certificates
    + Certificate.cert-manager.io openstack-services/placement-two-internal-tls
  flux
    + Kustomization.kustomize.toolkit.fluxcd.io flux-system/eu1-placement-two-expand
    + Kustomization.kustomize.toolkit.fluxcd.io flux-system/eu1-placement-two-run
    + Kustomization.kustomize.toolkit.fluxcd.io flux-system/eu1-placement-two-contract`,
  ],
  [
    "a removed instance leaves its data",
    "  placement: {}\n",
    "",
    `
  1 object changes, 24 objects go, 3 objects stay without being in Git; no pod is replaced, no Job runs
  gateway
    ~ Gateway.gateway.networking.k8s.io openstack-infrastructure/gateway
        spec.listeners[placement]: - {"name":"placement","hostname":"placement.eu1.example.org","port":443,"protocol":"HTTPS","tls":{"certificateRefs":[{"...
  certificates
    - Certificate.cert-manager.io openstack-services/placement-internal-tls
  flux
    - Kustomization.kustomize.toolkit.fluxcd.io flux-system/eu1-placement-expand
    - Kustomization.kustomize.toolkit.fluxcd.io flux-system/eu1-placement-run
    - Kustomization.kustomize.toolkit.fluxcd.io flux-system/eu1-placement-contract
  placement
    all of it goes: 3 Jobs, 1 Database, 1 User, 1 Grant, 2 ServiceAccounts, 1 Role, 1 RoleBinding, 4 NetworkPolicies, 1 Deployment, 1 PodDisruptionBudget, 1 Service, 1 HTTPRoute, 1 BackendTLSPolicy, 4 ConfigMaps
      stays in the cluster: Database.k8s.mariadb.com openstack-services/placement-mariadb.database
      stays in the cluster: User.k8s.mariadb.com openstack-services/placement-mariadb.database
      stays in the cluster: Grant.k8s.mariadb.com openstack-services/placement-mariadb.database`,
  ],
];

test.each(cases)("%s", (_, from, to, said) => expect(diffText([edited(from, to)])).toBe(`eu1${said}\n`));

describe("an upgrade", () => {
  const { changes, images } = edited("2026.1", "2026.2");

  test("runs each Job again and replaces each API, for another image", () => {
    const ofPods = changes.flatMap(({ id, pods }) => (pods === undefined ? [] : [[id.split(" ")[0], pods.what]]));
    expect(Object.groupBy(ofPods, ([kind]) => kind!)).toMatchObject({
      Deployment: [0, 1].map(() => ["Deployment", "replaced"]),
      Job: [0, 1, 2, 3, 4, 5].map(() => ["Job", "run"]),
      CronJob: [0, 1].map(() => ["CronJob", "next"]),
    });
    expect(changes.every(({ pods }) => pods?.because.join() !== "")).toBe(true);
  });

  test("shows each image once", () => {
    expect(images.map(({ before: from, of }) => [from.split("/").at(-1), of])).toEqual([
      ["keystone:2026.1-ubuntu_noble", ["keystone"]],
      ["placement:2026.1-ubuntu_noble", ["placement"]],
      ["openstack-client:2026.1-ubuntu_noble", ["placement"]],
    ]);
  });
});

test("what is not applied at once is said", () => {
  const suspended = text.replace("placement: {}", "placement: { suspend: true }");
  const paused = made(suspended);
  const changed = made(suspended.replace("suspend: true", "suspend: true, replicas: 5"));
  expect(diffText([clusterDiff(paused, changed)])).toContain(
    "    later: placement is suspended: applied when it goes on\n",
  );
  const pinned = made(
    text
      .replace("delivery: {", "delivery: { ref: { tag: eu1-5 },")
      .replace("keystone: {}", "keystone: { replicas: 5 }"),
  );
  expect(diffText([clusterDiff(before, pinned)])).toContain(
    "    later: the cluster follows eu1-5: applied when that moves\n",
  );
});

test("what is refused says what to do instead", () => {
  const locks = text.replace("infrastructure:\n", "infrastructure:\n  etcd: {}\n");
  const larger = made(locks.replace("etcd: {}", "etcd: { storage: 16Gi }"));
  expect(diffText([clusterDiff(made(locks), larger)])).toBe(`eu1
  1 object changes; no pod is replaced, no Job runs
  impact
    refused: StatefulSet openstack-infrastructure/etcd-server: spec.volumeClaimTemplates cannot change, the API server refuses it
      Enlarge each volume claim, then delete the StatefulSet and leave its pods: kubectl delete statefulset NAME --cascade=orphan. The engine makes it again.
  etcd
    ~ StatefulSet openstack-infrastructure/etcd-server
        spec.volumeClaimTemplates[data].spec.resources.requests.storage: 8Gi -> 16Gi
`);
});

test("clusters of which the same is said are shown together", () => {
  const one = edited("keystone: {}", "keystone: { tokens: { expiration: 7200 } }");
  const names = ["eu1", "eu2", "eu3", "eu4", "eu5"];
  const other = { ...one, name: "us1", changes: one.changes.slice(0, 1) };
  const [first, second] = diffText([...names.map((name) => ({ ...one, name })), other]).split("\n\n");
  expect(first!.split("\n")[0]).toBe("eu1, eu2, eu3 and 2 more clusters");
  expect(second!.split("\n")[0]).toBe("us1");
});

test("a new cluster is counted, and of one that is gone it is said what stays", () => {
  expect(diffText([clusterDiff(undefined, before)])).toMatch(/^eu1\n {2}a new cluster: \d+ objects\n$/);
  const gone = diffText([clusterDiff(before, undefined)]);
  expect(gone).toMatch(/^eu1\n {2}no longer a cluster of this fleet: \d+ objects\n/);
  expect(gone).toContain("      stays in the cluster: MariaDB.k8s.mariadb.com openstack-infrastructure/mariadb\n");
});
