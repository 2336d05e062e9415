import fc, { type Arbitrary } from "fast-check";

// Values that people write into cluster.yaml, and those that YAML, ini files, shells or Kustomize are known to stumble over.

/** Map whose keys are each absent in three cases of four: a cluster that sets everything at once hides what one key does. */
export const dials = <T extends object>(model: Model<T>): Arbitrary<Partial<T>> => present(model, 3);
/** Map whose keys are each absent in every second case, for what stands below a key that is rare itself. */
export const inner = <T extends object>(model: Model<T>): Arbitrary<Partial<T>> => present(model, 1);

type Model<T> = { [K in keyof T]: Arbitrary<T[K]> };
const present = <T extends object>(model: Model<T>, absent: number): Arbitrary<Partial<T>> =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(model).map(([key, value]) => [key, sometimes(value as Arbitrary<unknown>, absent)]),
      ),
    )
    .map((map) => Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as Partial<T>);

const sometimes = <T>(value: Arbitrary<T>, absent: number): Arbitrary<T | undefined> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: absent, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  );

/** Map with one to three of these keys. */
const mapOf = <T>(keys: readonly string[], value: Arbitrary<T>): Arbitrary<Record<string, T>> =>
  fc.dictionary(fc.constantFrom(...keys), value, { minKeys: 1, maxKeys: 3 });
const listOf = <T>(items: readonly T[]): Arbitrary<T[]> => fc.subarray([...items], { minLength: 1 });
const one = fc.constantFrom;

/** One line of text. */
const words = one(
  ..."plain|a=b|a: b|# no comment|it's|50%|$$|é|[x]|{x}|- x|&a|*a|!x|a,b|x y|\\n|{{ x }}|yes|no|null|~|1_000|0x1F|010|1e3".split(
    "|",
  ),
  ...["", " ", " padded ", "'quoted'", '"quoted"', "'", '"', '"half', "half'", "12:30", "2026-11-23", "x".repeat(300)],
);
/** Contents of a file. */
export const texts = one(
  ...[
    "",
    "\n",
    "line",
    "line\n",
    "two\nlines\n",
    "\n\nlate\n\n",
    "tab\tbed\n",
    "dos\r\nlines\r\n",
    "  indented\n",
    "end  \n",
  ],
  ...[
    "---\na: b\n---\n",
    "'quoted'",
    '"quoted"\n',
    "é ☃ 💥\n",
    "# comment\n",
    "[group]\noption = $(VAR) ${x} $$\n",
    "{}",
    "[]",
  ],
);
const sizes = one("128Mi", "1024Mi", "2Gi", "1000M", "3Gi");
const s3 = {
  endpoint: one("https://s3.example.org", "http://s3.example.org:9000"),
  bucket: one("images", "back.ups"),
  secret: one("object-store", "object.store"),
};

/** What pods of every component can be given. */
export const placement = (role: string) => ({
  namespace: one("apart", "openstack-services", "openstack", "1e3"),
  resources: fc.record({
    [role]: inner({
      requests: inner({ cpu: one("500m", "1000m", "2"), memory: one("64Mi", "128Mi") }),
      limits: inner({ memory: sizes, cpu: one("4", "8000m") }),
    }),
  }),
  scheduling: inner({
    nodeSelector: mapOf(["example.org/role", "kubernetes.io/arch", "no"], one("control", "true", "1")),
    tolerations: listOf([
      { key: "example.org/dedicated", operator: "Equal", value: "cloud", effect: "NoSchedule" },
      { operator: "Exists" },
      { key: "slow", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 },
    ]),
    priorityClassName: one("high", "system-cluster-critical", "null"),
    topologyKeys: listOf(["kubernetes.io/hostname", "example.org/rack", "topology.kubernetes.io/zone"]),
  }),
  labels: mapOf(["example.org/team", "cost-centre", "on"], one("platform", "1", "true", "", "1e3")),
  annotations: mapOf(["example.org/owner", "prometheus.io/scrape", "y"], fc.oneof(words, texts)),
  suspend: fc.boolean(),
});

/** What pods of an OpenStack service can be given beyond it. */
export const configuration = (conf: string, images: Readonly<Record<string, string>>) => ({
  config: mapOf(
    [conf, conf, "logging.conf", "uwsgi.ini"],
    mapOf(
      ["DEFAULT", "database", "oslo_middleware", "a-group:x"],
      mapOf(
        ["debug", "max_pool_size", "use_stderr", "own"],
        fc.oneof(words, fc.boolean(), fc.integer({ min: -5, max: 70_000 }), one(0.5), listOf(["a", 1, "c d"])),
      ),
    ),
  ),
  files: mapOf(["policy.yaml", "api-paste.ini", "own.json", "_x", "on", "1.x"], texts),
  environment: mapOf(["TZ", "OS_DEFAULT__DEBUG", "HTTP_PROXY", "NO_PROXY", "Y"], fc.oneof(words, texts)),
  environmentFrom: mapOf(
    ["OS_LDAP__PASSWORD", "OWN_TOKEN"],
    fc.record({ secret: one("own", "shared"), key: one("password", "token.txt") }),
  ),
  volumes: listOf([
    { name: "theme", mountPath: "/opt/theme", readOnly: true, source: { configMap: { name: "theme" } } },
    { name: "certificates", mountPath: "/etc/pki/own", source: { secret: { secretName: "certificates" } } },
    { name: "work", mountPath: "/var/lib/work", source: { emptyDir: { sizeLimit: "1Gi" } } },
    { name: "data", mountPath: "/srv/data", source: { persistentVolumeClaim: { claimName: "data" } } },
  ]),
  sidecars: listOf([
    { name: "audit", image: "registry.example.org/audit:1.2", args: ["--level", "3", "010", "yes", "a\nb\n"] },
    {
      name: "twin",
      image: Object.values(images)[0]!,
      command: ["sleep", "infinity"],
      ports: [{ containerPort: 9100, name: "metrics" }],
    },
    {
      name: "tail",
      image: `docker.io/library/busybox@sha256:${"0".repeat(64)}`,
      resources: { limits: { memory: "64Mi" } },
    },
  ]),
  image: mapOf(
    Object.keys(images),
    one(
      "registry.example.org/own/image:1",
      "registry.example.org:5000/own/image",
      `registry.example.org/own/image@sha256:${"1".repeat(64)}`,
      `registry.example.org/own/image:2@sha256:${"2".repeat(64)}`,
      Object.values(images)[0]!.replace(/:.*/, ":own"),
    ),
  ),
});

/** How many there are: a number, or one by role. */
export const counted = (role: string) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }).map((replicas) => ({ replicas })) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 9 }).map((count) => ({ replicas: { [role]: count } })) },
  );
/** The same, or bounds. */
export const freely = (role: string) =>
  fc.oneof(
    { weight: 3, arbitrary: counted(role) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 9 }), dials({ cpu: one(50) }))
        .map(([minReplicas, maxReplicas, more]) => ({
          autoscaling: { [role]: { minReplicas, maxReplicas, ...more } },
        })),
    },
  );
/** The same of a quorum; one member only in development. */
export const oddly = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: one(1, 3, 5, 7).map((replicas) => ({ replicas })) },
);

export const backups = fc.oneof(
  fc.constant("none"),
  fc
    .tuple(
      dials({ schedule: one("15 2 * * *", "0 */6 * * 1-5"), retention: one("24h", "2160h") }),
      fc.oneof(
        fc
          .tuple(fc.record(s3), dials({ prefix: one("clouds", "a/b/"), region: one("eu-1") }))
          .map(([target, more]) => ({ s3: { ...target, ...more } })),
        fc
          .tuple(one("100Gi", "1024Gi"), dials({ storageClass: one("archive") }))
          .map(([size, more]) => ({ volume: { size, ...more } })),
      ),
    )
    .map(([more, target]) => ({ ...more, target })),
);
export const restores = fc
  .tuple(fc.record(s3), dials({ time: one("2026-11-01T00:00:00Z") }))
  .map(([source, time]) => ({ s3: { ...source, prefix: "old/mariadb" }, ...time }));

const generation = one<object[]>({ generation: 1, beside: 2 }, { generation: 2, beside: 1 }, { generation: 3 });
/** Generations of users and passwords, also while they change. */
export const credentials = inner({ database: generation, messaging: generation, identity: generation });

/** Stores of glance by name. */
export const stores = fc.dictionary(
  one("ceph", "fast_one", "a", "archive"),
  fc.oneof(
    fc.record({
      type: fc.constant("rbd"),
      monitors: listOf(["10.0.0.1", "10.0.0.2:6789", "[fd00::1]:3300"]),
      pool: one("images", "im.ages"),
      secret: one("ceph", "glance-ceph"),
    }),
    fc.record({ type: fc.constant("s3"), ...s3 }),
    fc
      .tuple(fc.constant("file"), one("100Gi", "2Ti"), dials({ storageClass: one("cephfs") }))
      .map(([type, size, more]) => ({ type, size, ...more })),
  ),
  { minKeys: 1, maxKeys: 2 },
);

export const tokens = inner({
  expiration: fc.integer({ min: 60, max: 604_800 }),
  allowExpiredWindow: fc.integer({ min: 0, max: 604_800 }),
  rotation: one("daily", "weekly"),
});
/** What a Keystone is seeded with. */
export const seeds = inner({
  domains: fc.constant([{ name: "people", description: 'People\'s own, $(HOME) "quoted"' }]),
  projects: fc.constant([{ name: "shop", domain: "Default" }]),
  roles: listOf(["auditor", "two words"]),
  users: fc.constant([
    { name: "alice", project: "shop", roles: ["auditor"], secret: "alice" },
    { name: "bob", secret: "bob" },
  ]),
  services: fc.constant([
    {
      name: "swift",
      type: "object-store",
      public: "https://swift.example.org/v1",
      internal: "http://swift.storage:8080",
    },
  ]),
});
export const schedules = fc.oneof(one("0 5 * * 0", "*/10 * * * *"), fc.constant(false));
export const volume = { storage: one("7Gi", "1024Gi"), storageClass: one("nvme", "ssd.local", "on") };
