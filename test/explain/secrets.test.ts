import { expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { explainPath, explainSecrets } from "../../generator/explain/explain.ts";
import { explained, production, shown } from "./clusters.ts";

const rows = explainSecrets(production.model!);
const row = (name: string) => rows.find((item) => item.name === name);

test("the table is reached by the path secrets", () => {
  expect(explained("secrets", production).secrets).toEqual(rows);
  expect(explainPath("secrets", catalogue).issues).toMatchObject([{ code: "no-cluster" }]);
});

test("Secrets are sorted by namespace and name, and stand there once", () => {
  const keys = rows.map(({ namespace, name }) => `${namespace}/${name}`);
  expect(keys).toEqual([...new Set(keys)].sort());
});

test("each says what it is for and who reads it", () => {
  expect(row("glance-ceph")).toEqual({
    namespace: "openstack-services",
    name: "glance-ceph",
    keys: { keyring: "keyring" },
    purpose: "keyring of the Ceph user of store ceph",
    readBy: ["glance"],
    labels: {},
  });
  expect(row("keystone-admin")?.readBy).toEqual(["glance", "keystone", "placement"]);
  expect(row("extra")).toMatchObject({ keys: { word: "option" }, purpose: "environment of placement" });
});

test("labels that an operator insists on are shown", () => {
  expect(row("glance-database")?.labels).toEqual({ "k8s.mariadb.com/watch": "" });
  expect(row("keystone-messaging-notifications")?.labels).toEqual({ "rabbitmq.com/topology-operator": "true" });
});

test("what is made in the cluster is marked", () => {
  expect(row("keystone-fernet-keys")?.origin).toMatch(/^made in the cluster/);
  expect(row("keystone-credential-keys")?.origin).toBeUndefined();
});

test("the terminal shows every Secret below its namespace", () => {
  const text = shown("secrets", production);
  for (const { namespace, name } of rows) {
    expect(text).toContain(`NAMESPACE ${namespace}\n`);
    expect(text).toContain(`\n  ${name}\n`);
  }
  expect(text).toContain(
    [
      "  glance-database",
      "      keys     password",
      "      purpose  password of glance's user glance at the database mariadb",
      "      read by  glance",
      '      label    k8s.mariadb.com/watch: ""',
    ].join("\n"),
  );
});
