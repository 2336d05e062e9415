import fc, { type Arbitrary } from "fast-check";
import { type Draft, imagesOf, instances, type Settings } from "./instances.ts";
import { dials, inner } from "./settings.ts";

/** What a cluster.yaml says, before it is written as YAML. */
export type Data = Settings & { readonly name: string };
type Drafts = Readonly<Record<string, Readonly<Record<string, Draft>>>>;

const one = fc.constantFrom;
const sum = (digit: string) => `sha256:${digit.repeat(64)}`;
const repositories = ["keystone", "memcached", "mariadb", "gateway"].flatMap((component) =>
  Object.values(imagesOf(component)).map((image) => image.replace(/:[^:/]*$/, "")),
);

const head = fc.record({
  name: one("eu1", "a", "rz2-prod", "1e3", "x".repeat(40)),
  profile: one("production", "development"),
  domain: one("eu1.example.org", "x.io"),
});
const facts = dials({
  release: one("2025.1", "2025.2", "2026.1", "2026.2"),
  publicNames: one("{service}-rz2.{domain}", "{service}.cloud.example.org", "api.{service}.{domain}"),
  region: one("RegionOne", "eu-1", "Region.2_x", "1", "on", "0x1F"),
  zones: one(["a", "b", "c"], ["no", "on"], ["1"]),
  namespaces: fc.oneof(
    one("grouped", "single", "per-component"),
    fc.dictionary(
      one("infrastructure", "services", "keystone", "glance-two", "mariadb", "rabbitmq", "gateway", "memcached-two"),
      one("cloud", "null", "010", "openstack-services", "openstack-infrastructure", "n".repeat(63)),
    ),
  ),
  kubernetes: inner({
    dnsDomain: one("k8s.example.org"),
    storageClass: one("ssd", "ssd.local"),
    sharedStorageClass: one("cephfs"),
  }),
  images: inner({
    registry: one("mirror.example.org", "mirror.example.org:5000/hub", "docker.io"),
    pullSecrets: one(["mirror"], ["mirror", "second"]),
    digests: fc.dictionary(one(...repositories), one(sum("a"), sum("b")), { minKeys: 1, maxKeys: 2 }),
  }),
  trustedCa: one("company-ca"),
  proxy: inner({
    http: one("http://proxy.example.org:3128"),
    https: one("http://proxy.example.org:3128"),
    noProxy: one([".example.org", "10.0.0.0/8"]),
  }),
  internal: one<Settings[]>(
    { tls: "required" },
    { tls: "optional" },
    { tls: "none" },
    { tls: "required", issuer: { name: "company" } },
    { tls: "optional", issuer: { kind: "Issuer", name: "company" } },
  ),
  operators: fc.dictionary(
    one("mariadb-operator", "rabbitmq-cluster-operator", "rabbitmq-topology-operator", "cert-manager", "envoy-gateway"),
    one("installed", "existing"),
  ),
});
const delivery = fc
  .tuple(
    one("https://git.example.org/fleet.git", "ssh://git@git.example.org/cloud/fleet.git"),
    dials({
      engine: one("flux", "argocd"),
      branch: one("production", "cloud/eu", "1.10"),
      ref: one<object[]>({ tag: "2026.10" }, { commit: "0123456789".repeat(4) }),
      secret: one("deploy-key"),
    }),
  )
  .map(([repository, more]) => ({ repository, ...more }));
const access = one<Settings[]>(
  { tls: { secret: "public" } },
  { tls: { issuer: { name: "letsencrypt" } } },
  { tls: { issuer: { kind: "Issuer", name: "company" } }, className: "envoy-own" },
  { mode: "existing", gateway: { name: "public", namespace: "ingress" }, tls: { secret: "public" } },
  { mode: "none" },
  { tls: "none" },
);
const secrets = one<Settings[]>(
  { provider: "existing" },
  { provider: "external-secrets", store: { name: "vault" } },
  { provider: "external-secrets", store: { kind: "SecretStore", name: "vault" }, prefix: "clouds/rz2" },
  { provider: "sops", recipients: ["age1eelzzkul58ur6t3nnvlkfnedu2s9gjsxxwpcfhf9qler4mcdmq9qum9h4d"] },
);

/** What the name of an instance adds to its component's: also what could be a Job's hash, and the longest that fits. */
const suffixes = one(
  "",
  "",
  "",
  "-two",
  "-two",
  "-two-two",
  "-b",
  "-a1b2c3d",
  "-2",
  "-10",
  "-0123456789-0123456789-01",
);
const drafts: Arbitrary<Drafts> = fc.record(
  Object.fromEntries(
    Object.entries(instances).map(([component, draft]) => [
      component,
      // There is one Gateway: routes do not choose among several.
      fc.dictionary(component === "gateway" ? one("") : suffixes, draft, { maxKeys: 2 }),
    ]),
  ),
);

/** Clusters as people write them. Nearly all are valid: what one setting asks of another is seen to. */
export const clusters: Arbitrary<Data> = fc
  .tuple(head, facts, delivery, access, secrets, drafts)
  .map(([first, more, engine, entry, store, written]) =>
    plain({
      ...first,
      ...more,
      delivery: engine,
      access: first.profile === "production" && entry.tls === "none" ? { tls: { secret: "public" } } : entry,
      secrets: store.provider === "sops" && engine.engine === "argocd" ? { provider: "existing" } : store,
      infrastructure: settled(["gateway", "mariadb", "rabbitmq", "memcached"], written, first.profile, more),
      services: settled(["keystone", "glance", "placement"], written, first.profile, more),
    }),
  );

/** Without the prototypes and repeated objects of generated data, as if it had been read from a file. */
const plain = (data: Data): Data => JSON.parse(JSON.stringify(data));

function settled(components: readonly string[], written: Drafts, profile: string, facts: Settings): Settings {
  return Object.fromEntries(
    components.flatMap((component) => {
      const own = Object.entries(written[component] ?? {});
      // Backups are decided on in production, also for a database that services bring along.
      const missing = component === "mariadb" && !own.some(([suffix]) => suffix === "");
      const all = missing ? [...own, ["", { settings: { backup: "none" } }] as [string, Draft]] : own;
      return all.map(([suffix, draft]) => [
        `${component}${suffix}`,
        {
          ...fitted(component, draft.settings, profile, facts),
          ...connected(component, draft, written),
          ...patched(component, suffix, draft),
        },
      ]);
    }),
  );
}

/** Counts and stores that the profile bears. */
function fitted(component: string, settings: Settings, profile: string, facts: Settings): Settings {
  const { replicas, autoscaling: _, ...uncounted } = settings;
  if (["mariadb", "rabbitmq"].includes(component))
    return profile === "production" && replicas === 1 ? uncounted : settings;
  const stores = Object.entries((settings.stores ?? {}) as Record<string, { type: string; storageClass?: string }>);
  const shared = (facts.kubernetes as { sharedStorageClass?: string } | undefined)?.sharedStorageClass;
  const isOwnVolume = stores.some(
    ([, store]) => store.type === "file" && store.storageClass === undefined && shared === undefined,
  );
  return {
    ...(isOwnVolume ? { ...uncounted, replicas: 1 } : settings),
    ...(stores.length > 1 ? { defaultStore: stores[0]![0] } : {}),
  };
}

/** Numbers become names of instances; what is not needed is not asked for. */
function connected(component: string, { settings, uses = {}, dedicated = [] }: Draft, written: Drafts): Settings {
  const needed = (kind: string): boolean =>
    kind === "identity" ? component !== "keystone" : kind !== "messaging" || settings.notifications === true;
  const names = (kind: string): string[] => {
    const provider = { database: "mariadb", messaging: "rabbitmq", cache: "memcached" }[kind] ?? "keystone";
    return Object.keys(written[provider] ?? {}).map((suffix) => `${provider}${suffix}`);
  };
  const own = dedicated.filter(needed);
  const used = Object.entries(uses)
    .filter(([kind]) => needed(kind) && !own.includes(kind))
    .map(([kind, use]) => [kind, typeof use === "number" ? names(kind)[use % names(kind).length] : use]);
  return {
    ...(own.length === 0 ? {} : { dedicated: own }),
    ...(used.length === 0 ? {} : { uses: Object.fromEntries(used) }),
  };
}

const patched = (component: string, suffix: string, { patches }: Draft): Settings =>
  patches === undefined
    ? {}
    : {
        patches: patches.map(([kind, role, op, path, value]) => ({
          target: { kind, name: `${component}-${role}${suffix}` },
          ops: [{ op, path, ...(value === undefined ? {} : { value }) }],
        })),
      };
