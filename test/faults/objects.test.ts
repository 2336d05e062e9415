import { expect, test } from "vitest";
import { type KubernetesObject, phases } from "../../generator/contract/kubernetes.ts";
import { build } from "../input/cases.ts";

/* Faults that a week of use would have met: the input of each, and what has to reach the cluster. What a mistake says is in test/input. */

interface Parts {
  readonly root?: string;
  readonly profile?: "production" | "development";
  readonly infrastructure?: string;
  readonly services?: string;
}

/** What a cluster of these parts gives an instance: objects by kind and name, and the texts of its ConfigMaps. */
function given(instance: string, { root = "", profile = "development", infrastructure = "", services }: Parts) {
  const { rendered, issues } = build(`name: eu1
profile: ${profile}
domain: eu1.example.org
kubernetes: { version: "1.35" }
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { issuer: { name: letsencrypt } } }
${root}
infrastructure: { ${infrastructure} }
services: { ${services ?? "keystone: {}"} }
`);
  expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
  const renders = phases.map((phase) => rendered!.renders.get(instance)![phase]);
  const objects = renders.flatMap((render) => render.objects);
  const texts = renders.flatMap(({ configMaps }) => configMaps.flatMap(({ data }) => Object.entries(data)));
  return {
    object: (kind: string, name: RegExp = /./): Spec => {
      const found = objects.filter((each) => each.kind === kind && name.test(each.metadata.name));
      expect(
        found.map(({ metadata }) => metadata.name),
        `${kind} ${name}`,
      ).toHaveLength(1);
      return found[0]! as Spec;
    },
    /** What its files say, all layers together. */
    text: texts.map(([, text]) => text).join("\n"),
  };
}
// biome-ignore lint/suspicious/noExplicitAny: each test knows the fields of the kind that it asks for
type Spec = KubernetesObject & { readonly spec: any };

const s3 = 's3: { endpoint: "https://s3.example.org", bucket: backups, secret: s3, ownCa: true';

test("scaling by load looks at the program, and not at a sidecar that requests no CPU", () => {
  const { object } = given("keystone", {
    services: `keystone: {
      autoscaling: { api: { minReplicas: 3, maxReplicas: 9 } },
      sidecars: [{ name: logs, image: "registry.example.org/fb:1" }] }`,
  });
  expect(object("HorizontalPodAutoscaler").spec.metrics).toMatchObject([
    { type: "ContainerResource", containerResource: { container: "api", name: "cpu" } },
  ]);
});

test("backups and a restore check a bucket with the authority in its Secret", () => {
  const { object } = given("mariadb", {
    infrastructure: `mariadb: { backup: { target: { ${s3} } } }, restore: { ${s3}, prefix: "eu1/mariadb" } } }`,
  });
  const tls = { enabled: true, caSecretKeyRef: { key: "ca.crt", name: "s3" } };
  expect(object("PhysicalBackup").spec.storage.s3.tls).toEqual(tls);
  expect(object("MariaDB").spec.bootstrapFrom.s3.tls).toEqual(tls);
});

test("the pod of a backup tolerates the nodes of the database", () => {
  const tolerations = [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }];
  const { object } = given("mariadb", {
    infrastructure: `mariadb: {
      backup: { target: { ${s3} } } },
      scheduling: { tolerations: [{ key: node-role.kubernetes.io/control-plane, operator: Exists }] } }`,
  });
  expect(object("PhysicalBackup").spec.tolerations).toEqual(expect.arrayContaining(tolerations));
});

test("options of the database and of the broker are added to what is generated", () => {
  const parts = {
    infrastructure: `mariadb: { options: { max-connections: 8192, slow_query_log: true } },
      rabbitmq: { options: { heartbeat: 30 }, plugins: [rabbitmq_shovel] }`,
    services: "keystone: { notifications: true }",
  };
  const lines = given("mariadb", parts).object("MariaDB").spec.myCnf.split("\n");
  expect(lines).toEqual(expect.arrayContaining(["max_connections = 8192", "slow_query_log = ON"]));
  for (const kept of ["innodb_buffer_pool_size", "wait_timeout", "character_set_server", "wsrep_retry_autocommit"])
    expect(
      lines.filter((line: string) => line.startsWith(`${kept} = `)),
      kept,
    ).toHaveLength(1);
  const plain = given("rabbitmq", { ...parts, infrastructure: "" }).object("RabbitmqCluster", /^rabbitmq$/).spec;
  const { rabbitmq } = given("rabbitmq", parts).object("RabbitmqCluster", /^rabbitmq$/).spec;
  expect(rabbitmq.additionalPlugins).toEqual(["rabbitmq_shovel"]);
  for (const line of [...plain.rabbitmq.additionalConfig.trim().split("\n"), "heartbeat = 30"])
    expect(rabbitmq.additionalConfig.split("\n")).toContain(line);
});

test("an option of ceph.conf leaves the monitors and the keyring", () => {
  const { text } = given("glance", {
    services: `glance: {
      stores: { ceph: { type: rbd, monitors: ["10.0.0.1"], secret: glance-ceph } },
      config: { ceph.ceph.conf: { client: { rbd_cache: "false" } } } }`,
  });
  for (const line of ["keyring = /etc/ceph/ceph/keyring", "mon_host = 10.0.0.1", "rbd_cache = false"])
    expect(text.split("\n")).toContain(line);
});

test("a store of images says the region of its bucket", () => {
  const { text } = given("glance", {
    services: `glance: { stores: { objects: {
      type: s3, endpoint: "https://s3.eu-central-1.amazonaws.com", bucket: images, secret: s, region: eu-central-1 } } }`,
  });
  expect(text).toMatch(/^\[objects\]\n(?:.+\n)*s3_store_region_name = eu-central-1$/m);
});

test("Glance fetches no URL, unless the operator names the servers", () => {
  const store = "stores: { shared: { type: file } }";
  const closed = given("glance", { services: `glance: { ${store} }` }).text;
  expect(closed).toContain("enabled_import_methods = [glance-direct,copy-image]\n");
  const open = given("glance", {
    services: `glance: { ${store}, webDownload: { hosts: [cloud-images.example.org] } }`,
  }).text;
  expect(open).toContain("allowed_hosts = [cloud-images.example.org]\n");
  expect(open).toContain("allowed_ports = [443]\n");
});

test("addresses of pods and of Services are reached without the proxy", () => {
  const root = `proxy: { http: "http://proxy.example.org:3128", noProxy: [.corp.example.org] }
kubernetes: { version: "1.35", podNetworks: [10.244.0.0/16], serviceNetworks: [10.96.0.0/12] }`;
  const { rendered } = build(`name: eu1
profile: development
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
${root}
services: { glance: { stores: { shared: { type: file } } } }
`);
  const direct = "localhost,127.0.0.1,.svc,.cluster.local,10.244.0.0/16,10.96.0.0/12,.corp.example.org";
  const said = JSON.stringify([...rendered!.renders.get("glance")!.run.configMaps]);
  expect(said).toContain(`"no_proxy":"${direct}"`);
  expect(said).toContain(`"NO_PROXY":"${direct}"`);
});

test("what cleans up trusts mounts no key of stored credentials", () => {
  const { volumes } = given("keystone", {}).object("CronJob", /trust-flush/).spec.jobTemplate.spec.template.spec;
  expect(JSON.stringify(volumes)).toContain("keystone-fernet-keys");
  expect(JSON.stringify(volumes)).not.toContain("credential-keys");
});

test("programs log in as who reads and writes rows, and Jobs as who changes tables", () => {
  const { object } = given("placement", {
    root: "internal: { databaseRights: rows }",
    services: "placement: { credentials: { database: { generation: 2, alsoValid: 1 } } }",
  });
  const rightsOf = (name: RegExp) => object("Grant", name).spec.privileges;
  for (const name of [/database$/, /database-g2$/])
    expect(rightsOf(name)).toEqual(["SELECT", "INSERT", "UPDATE", "DELETE"]);
  for (const name of [/database-schema$/, /database-schema-g2$/]) expect(rightsOf(name)).toEqual(["ALL PRIVILEGES"]);
  const secretOf = ({ containers }: Spec["spec"]) =>
    containers[0].env.find(({ name }: { name: string }) => name === "PLACEMENT_DATABASE_PASSWORD").valueFrom
      .secretKeyRef.name;
  expect(secretOf(object("Deployment").spec.template.spec)).toBe("placement-database-g2");
  expect(secretOf(object("Job", /db-expand/).spec.template.spec)).toBe("placement-database-schema-g2");
});

test("volumes and sidecars are in the pods that run on, and in no Job", () => {
  const { object } = given("keystone", {
    services: `keystone: {
      volumes: [{ name: theme, mountPath: /opt/theme, source: { configMap: { name: theme } } }],
      sidecars: [{ name: logs, image: "registry.example.org/fb:1" }] }`,
  });
  const pods = [
    object("Deployment").spec.template.spec,
    object("Job", /db-expand/).spec.template.spec,
    object("CronJob", /trust-flush/).spec.jobTemplate.spec.template.spec,
  ];
  const named = (list: { name: string }[], name: string) => list.some((each) => each.name === name);
  expect(pods.map(({ volumes }) => named(volumes, "theme"))).toEqual([true, false, false]);
  expect(pods.map(({ containers }) => named(containers, "logs"))).toEqual([true, false, false]);
});

test("variables of an instance reach its programs and crons, and no Job", () => {
  const { object } = given("keystone", { services: "keystone: { environment: { TZ: Europe/Berlin } }" });
  const reached = [
    object("Deployment").spec.template.spec,
    object("CronJob", /trust-flush/).spec.jobTemplate.spec.template.spec,
    object("Job", /db-expand/).spec.template.spec,
  ].map(({ containers: [{ env = [], envFrom = [] }] }) =>
    JSON.stringify([env, envFrom]).includes("keystone-environment"),
  );
  expect(reached).toEqual([true, true, false]);
});

test("a mirror is that of generated images, and not of those that somebody names", () => {
  const parts = {
    root: "images: { registry: mirror.example.org/hub }",
    services: `keystone: {
      image: { keystone: "registry.example.org/own/keystone:1" },
      sidecars: [{ name: logs, image: "registry.example.org/fb:1" }] }`,
  };
  const imagesOf = (instance: string, kind: string): string[] =>
    given(instance, parts)
      .object(kind)
      .spec.template.spec.containers.map(({ image }: { image: string }) => image);
  expect(imagesOf("keystone", "Deployment")).toEqual([
    "registry.example.org/own/keystone:1",
    "registry.example.org/fb:1",
  ]);
  expect(imagesOf("memcached", "StatefulSet")).toEqual([expect.stringMatching(/^mirror\.example\.org\/hub\//)]);
});

test("browsers are told to use HTTPS where the public names have it", () => {
  const policyOf = (parts: Parts) => given("gateway", parts).object("ClientTrafficPolicy", /^gateway$/).spec.headers;
  expect(policyOf({}).lateResponseHeaders.addIfAbsent).toEqual([
    { name: "Strict-Transport-Security", value: "max-age=31536000" },
  ]);
});

/** Who is administrator of the cloud, and why: https://docs.openstack.org/nova/latest/ and the policies of what they call. */
const administrators = ["nova"];

test("a service's user is administrator of the cloud where its programs need it, and loses the role elsewhere", () => {
  const services = `keystone: {}, glance: { stores: { shared: { type: file } } }, placement: {}, barbican: {}, heat: {}, nova: {}`;
  for (const name of ["glance", "placement", "barbican", "heat", "nova"]) {
    const { containers } = given(name, { services }).object("Job", /register/).spec.template.spec;
    const { value } = containers[0].env.find((each: { name: string }) => each.name === "SEED");
    const [user] = JSON.parse(value).users;
    const roles = user.grants.map(({ role }: { role: string }) => role);
    expect(roles.includes("admin"), name).toBe(administrators.includes(name));
    const revoked = (user.revoked ?? []).map(({ role }: { role: string }) => role);
    expect(revoked, name).toEqual(["glance", "placement"].includes(name) ? ["admin"] : []);
  }
});
