import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { explainPath } from "../../generator/explain/explain.ts";
import { cluster, detail, development, explained, production } from "./clusters.ts";

test("the clusters of these tests are right", () => {
  expect([...production.issues, ...development.issues].filter(({ severity }) => severity === "error")).toEqual([]);
});

describe("what a key means", () => {
  test.each([
    ["release", "OpenStack release, in quotes.", "2025.1, 2025.2, 2026.1 or 2026.2", { value: "2026.1" }],
    ["delivery.ref.tag", "Tag that the cluster is held at.", "the name of a tag", undefined],
    ["zones[0]", expect.stringMatching(/^An entry of zones\. Values of topology/), expect.any(String), undefined],
    ["infrastructure.memcached.memory", "Cache per server, MiB.", "a whole number from 16 to 65536", { value: 256 }],
    [
      "infrastructure.mariadb.storage",
      "Volume of each member. It can grow, never shrink.",
      "a whole number of Mi, Gi or Ti: 100Gi",
      { depends: "100Gi, in development 10Gi" },
    ],
    ["services.glance.replicas.api", "Replicas of api.", expect.any(String), { depends: "3, in development 1" }],
    ["services.glance.crons.purge-deleted", "Schedule of purge-deleted.", expect.any(String), { value: "5 1 * * *" }],
    [
      "access.className",
      expect.stringMatching(/^GatewayClass that Overstack makes .* another controller write mode: existing\.$/),
      expect.any(String),
      { value: "envoy" },
    ],
    [
      "services.keystone.seed.users[0].secret",
      expect.stringMatching(/sets this password again/),
      expect.any(String),
      undefined,
    ],
    ["services.glance-two.stores.<any>.pool", "Pool.", "a pool name", { value: "images" }],
  ])("%s has its meaning, type and default", (path, meaning, type, given) => {
    expect(explained(path)).toMatchObject({ meaning, type });
    expect(explained(path).default).toEqual(given);
  });

  test("a key that has to be written is required, an entry of a map is not", () => {
    expect(explained("domain").required).toBe(true);
    expect(explained("region").required).toBe(false);
    expect(explained("operators.cert-manager").required).toBe(false);
  });

  test("an option of a service is told as its packages have it, at each release or at the cluster's", () => {
    const option = "services.glance.config.glance-api.conf.DEFAULT.backlog";
    expect(explained(option).details).toEqual([
      {
        title: "As its packages say",
        entries: [
          { name: "2025.1, 2025.2, 2026.1", text: "a whole number, at least 1" },
          { name: "2026.2", text: "unknown to the packages" },
        ],
      },
    ]);
    expect(detail(explained(option, production), "As its packages say", "2026.1")).toBe("a whole number, at least 1");
    const group = explained("services.keystone.config.keystone.conf.token", production);
    expect(detail(group, "Options in 2026.1", "expiration")).toBe("a whole number, at least 0");
  });

  test("an instance that stays behind is explained at its own release", () => {
    const apart = cluster(`name: lab
profile: development
domain: lab.example.org
release: "2026.2"
delivery: { repository: "https://git.example.org/fleet.git" }
services:
  keystone: {}
  glance: { release: "2026.1" }
`);
    expect(explained("services.keystone.release", apart).value).toEqual({
      value: "2026.2",
      from: "computed: the release of the cluster",
    });
    expect(explained("services.glance.release", apart).value).toMatchObject({
      value: "2026.1",
      from: "written at clusters/lab/cluster.yaml:8:22",
    });
    expect(explained("services.glance.image.glance", apart).value).toMatchObject({
      value: "quay.io/airshipit/glance:2026.1-ubuntu_noble",
      from: "default of release 2026.1",
    });
    const option = explained("services.glance.config.glance-api.conf.DEFAULT.backlog", apart);
    expect(detail(option, "As its packages say", "2026.1")).toBe("a whole number, at least 1");
  });

  test("no path means the keys at the root", () => {
    const { keys } = explained("");
    expect(keys.map(({ name }) => name)).toEqual(expect.arrayContaining(["name", "delivery", "services"]));
    expect(keys.every(({ meaning, type }) => meaning !== "" && type !== "")).toBe(true);
  });

  test("keys of alternatives are shown together until the file has chosen", () => {
    const names = (about?: typeof production) =>
      explained("services.glance.stores.ceph", about).keys.map(({ name }) => name);
    expect(names()).toEqual(expect.arrayContaining(["monitors", "bucket", "size"]));
    expect(names(production)).toEqual(["type", "monitors", "pool", "user", "secret"]);
  });
});

describe("a path can be written", () => {
  const normal = 'services.glance.config["glance-api.conf"].DEFAULT';
  test.each([
    "services.glance.config.glance-api.conf.DEFAULT",
    'services.glance.config."glance-api.conf".DEFAULT',
    "services.glance.config.'glance-api.conf'.DEFAULT",
    'services.glance.config["glance-api.conf"].DEFAULT',
    "services.glance.config['glance-api.conf'].DEFAULT",
  ])("%s is read as a path", (path) => {
    expect(explained(path).path).toBe(normal);
    expect(explained(path, production).path).toBe(normal);
  });

  test.each([
    [
      "a name with dots that the file has",
      "services.glance.config.my.policy.conf.a.b",
      'services.glance.config["my.policy.conf"].a.b',
    ],
    ["a file that nobody has", "services.glance.files.policy.d.yaml", 'services.glance.files["policy.d.yaml"]'],
    ["a label", "services.glance.labels.example.org/team", 'services.glance.labels["example.org/team"]'],
    ["an item of a list", "services.glance.volumes.0.name", "services.glance.volumes[0].name"],
  ])("a path with %s is read", (_, path, normalized) => {
    expect(explained(path, production).path).toBe(normalized);
  });
});

describe("where a value comes from", () => {
  test.each([
    ["services.glance.replicas.api", 7, "written at clusters/eu1/cluster.yaml:15:22"],
    ["infrastructure.mariadb.replicas.server", 5, "written at clusters/eu1/cluster.yaml:8:38"],
    ["services.keystone.replicas.api", 3, "default of profile production"],
    [
      "services.placement.replicas.api",
      { minReplicas: 4, maxReplicas: 8 },
      expect.stringMatching(/^computed: autoscaling, written at .*:23:/),
    ],
    ["infrastructure.mariadb.storage", "100Gi", "default of profile production"],
    ["infrastructure.mariadb.storageClass", "fast", "computed: kubernetes.storageClass"],
    [
      "infrastructure.mariadb.image.mariadb",
      "mirror.example.org/cloud/library/mariadb:11.8.5",
      "computed: default of release 2026.1, on the mirror of images.registry",
    ],
    ["services.glance.namespace", "openstack-services", 'computed: namespaces "grouped" (default)'],
    ["services.glance.imageSizeCap", 1099511627776, "default"],
    ["services.glance.crons.purge-deleted", "5 1 * * *", "default"],
    ["services.glance.config.glance-api.conf.DEFAULT.image_size_cap", 5, expect.stringMatching(/^written at .*:20:/)],
    [
      "services.glance.config.glance-api.conf.DEFAULT.public_endpoint",
      "https://glance.eu1.example.org",
      "computed: generated for glance",
    ],
    ["services.glance.resources.api.limits.memory", "2Gi", "default of profile production"],
    ["services.glance.uses.cache", null, "not written"],
    ["services.glance-two.imageSizeCap", null, "cluster eu1 has no glance-two"],
    ["operators.mariadb-operator", "installed", "default"],
    ["region", "RegionOne", "default"],
  ])("the value of %s has its origin", (path, value, from) => {
    expect(explained(path, production).value).toEqual({ value, from });
  });

  test("an instance that nobody wrote was added for another", () => {
    expect(explained("infrastructure.memcached", production).value?.from).toBe("added: needed by glance");
    expect(explained("infrastructure.gateway", production).value?.from).toBe("added: public access");
    expect(explained("infrastructure.mariadb", production).value?.from).toBe(
      "written at clusters/eu1/cluster.yaml:8:3",
    );
  });

  test("development has its own defaults", () => {
    expect(explained("services.glance.replicas", development).value).toEqual({
      value: { api: 1 },
      from: "default of profile development",
    });
    expect(explained("infrastructure.mariadb.storage", development).value?.value).toBe("10Gi");
  });

  test("what descriptions say of storage is what is rendered", () => {
    for (const about of [production, development])
      for (const [name, kind, field] of [
        ["mariadb", "MariaDB", "storage.size"],
        ["rabbitmq", "RabbitmqCluster", "persistence.storage"],
      ] as const) {
        const object = about.rendered!.renders.get(name)?.run.objects.find((item) => item.kind === kind);
        if (object === undefined) continue;
        const [outer, inner] = field.split(".") as [string, string];
        const spec = object.spec as Record<string, Record<string, unknown>>;
        expect(explained(`infrastructure.${name}.storage`, about).value?.value).toBe(spec[outer]![inner]);
      }
  });

  test("a file with mistakes still shows what is written in it", () => {
    const broken = cluster("name: eu1\ndomain: eu1.example.org\nregion: Nord\nnonsense: 1\n");
    expect(explained("region", broken).value).toEqual({
      value: "Nord",
      from: "written at clusters/eu1/cluster.yaml:3:9",
    });
    expect(explained("release", broken).value).toBeUndefined();
    expect(explainPath("secrets", catalogue, broken).issues[0]?.code).toBe("broken-cluster");
  });
});

describe("what follows in a cluster", () => {
  test("a service shows as whom its Jobs change tables, where its programs may not", () => {
    const lab = cluster(`name: lab
profile: development
domain: lab.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
internal: { databaseRights: rows }
services: { keystone: {} }
`);
    expect(detail(explained("services.keystone", lab), "Connections", "database")).toContain(
      "; user keystone, password in Secret keystone-database; Jobs: user keystone_schema, password in Secret keystone-database-schema: ",
    );
  });

  test("a service shows whom it uses, and why", () => {
    const why = (service: string, kind: string) =>
      detail(explained(`services.${service}`, production), "Connections", kind);
    expect(why("keystone", "database")).toBe(
      "mariadb-keystone at mariadb-proxy-keystone.openstack-infrastructure.svc.cluster.local:3306, database keystone; user keystone, password in Secret keystone-database: its own, dedicated written at clusters/eu1/cluster.yaml:12:17.",
    );
    expect(why("keystone", "messaging")).toMatch(
      /^rabbitmq at rabbitmq\..*:5671, virtual host notifications; .*: the shared one/,
    );
    expect(why("glance", "database")).toMatch(/^mariadb at .*: chosen by uses\.database, written at .*:16:\d+\.$/);
    expect(why("placement", "cache")).toMatch(
      /^outside of Overstack at cache\.example\.org:11211: chosen by uses\.cache/,
    );
    expect(why("glance", "identity")).toMatch(/^keystone at https:\/\/keystone-api\..*\/v3: the shared one/);
    expect(why("keystone", "identity")).toBeUndefined();
  });

  test("max_connections with its arithmetic", () => {
    const mariadb = explained("infrastructure.mariadb", production);
    const line = (name: string) => detail(mariadb, "max_connections", name);
    expect(line("glance api")).toBe("4 processes x 10 connections x 8 replicas (one more during an update) = 320");
    expect(line("placement api")).toBe("4 processes x 10 connections x 9 replicas (one more during an update) = 360");
    expect(line("jobs")).toBe("2 Jobs or crons x 2 connections for each client = 8");
    expect(line("sum")).toBe("688");
    expect(line("reserve")).toBe("a fifth: 688 x 1.2 = 825.6");
    expect(line("total")).toBe("1000 (rounded up to hundreds, at least 1000)");
    const instance = production.model!.instances.find(({ name }) => name === "mariadb")!;
    expect(instance.connectionLimit).toBe(1000);
  });

  test("max_connections with what config and environment say of processes and pools", () => {
    const lab = cluster(`name: lab
profile: development
domain: lab.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
services:
  keystone:
    config: { uwsgi.ini: { uwsgi: { processes: 16 } }, keystone.conf: { database: { max_pool_size: 50 } } }
  placement:
    environment: { OS_PLACEMENT_DATABASE__MAX_OVERFLOW: "20" }
    config: { placement.conf: { placement_database: { max_pool_size: 0, max_overflow: 7 } } }
  heat:
    config: { heat.conf: { DEFAULT: { num_engine_workers: 2 } } }
`);
    const line = (name: string) => detail(explained("infrastructure.mariadb", lab), "max_connections", name);
    expect(line("keystone api")).toMatch(/^16 processes x 55 connections x 2 replicas/);
    expect(line("placement api")).toMatch(/^4 processes x 25 connections x 2 replicas/);
    expect(line("heat engine")).toMatch(/^2 processes x 10 connections x 2 replicas/);
    expect(lab.model!.instances.find(({ name }) => name === "mariadb")!.connectionLimit).toBe(2500);
  });

  test("namespaces, images and public names are listed", () => {
    expect(detail(explained("namespaces", production), "Namespaces", "openstack-services")).toBe(
      "keystone, glance and placement",
    );
    expect(detail(explained("images.registry", production), "Images of mariadb", "mariadb")).toMatch(
      /^mirror\.example\.org/,
    );
    expect(detail(explained("publicNames", production), "Public names", "glance")).toBe("glance.eu1.example.org");
  });
});

describe("a path that leads nowhere", () => {
  test.each([
    ["relase", 'cluster.yaml has no key "relase"', /Did you mean "release"\?/],
    ["services.galnce", 'services has no key "galnce"', /Did you mean "glance"\?/],
    ["services.glance.replics", 'services.glance has no key "replics"', /Did you mean "replicas"\?/],
    [
      "services.glance.crons.purge-deletd",
      'services.glance.crons has no key "purge-deletd"',
      /Did you mean "purge-deleted"\?/,
    ],
    ["glance.replicas", 'cluster.yaml has no key "glance"', /^It lies below services: services\.glance\.$/],
    [
      "labels",
      'cluster.yaml has no key "labels"',
      /^It lies deeper: \w+\.[a-z]+\.labels, and so in \d\d other places\.$/,
    ],
    [
      "tolerations",
      'cluster.yaml has no key "tolerations"',
      /^It lies deeper: .*\.scheduling\.tolerations, and so in /,
    ],
    [
      "sidecar",
      'cluster.yaml has no key "sidecar"',
      /^Keys that have to do with it: .*services\.[a-z]+\.sidecars, .*\begress\b/,
    ],
    [
      "quota",
      'cluster.yaml has no key "quota"',
      /^Keys that have to do with it: infrastructure\.ceph\.objectStore\.users\.<name>\.quota\.$/,
    ],
    ["uwsgi", 'cluster.yaml has no key "uwsgi"', /services\.keystone\.config\["uwsgi\.ini"\]/],
    ["max_connections", 'cluster.yaml has no key "max_connections"', /infrastructure\.mariadb[,.]/],
    ["max_pool_size", 'cluster.yaml has no key "max_pool_size"', /\["keystone\.conf"\]\.database\.max_pool_size/],
    ["policy", 'cluster.yaml has no key "policy"', /services\.keystone\.files\["policy\.yaml"\]/],
    ["maxscale", 'cluster.yaml has no key "maxscale"', /^Run: overstack explain$/],
    ["infrastructure.glance", 'infrastructure has no key "glance"', /^It lies below services/],
    ["infrastructure.mariadb.config", 'infrastructure.mariadb has no key "config"', /explain infrastructure\.mariadb$/],
    [
      "services.glance.stores.0.type",
      'services.glance.stores has no key "0"',
      /^A name there must be lower case letters/,
    ],
    ["delivery.branch.x", 'delivery.branch has no key "x"', /^Nothing lies below it/],
    ["zones.first", 'zones has no key "first"', /the first item is \[0\]/],
    ["services..[", '"services..[" is not a path', /dots between them/],
    ["__proto__.x", 'cluster.yaml has no key "__proto__"', /explain$/],
  ])("%s leads nowhere, and the message says where it ends", (path, message, hint) => {
    const { value, issues } = explainPath(path, catalogue, production);
    expect(value).toBeUndefined();
    expect(issues).toEqual([{ code: "unknown-path", severity: "error", message, hint: expect.stringMatching(hint) }]);
  });
});
