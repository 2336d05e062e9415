import fc, { type Arbitrary } from "fast-check";
import { catalogue } from "../../generator/components/index.ts";
import * as settings from "./settings.ts";
import { dials, inner } from "./settings.ts";

/** What an instance says. A choice among instances is a number until it is known which there are. */
export interface Draft {
  readonly settings: Settings;
  readonly uses?: Readonly<Record<string, unknown>>;
  readonly dedicated?: readonly string[];
  readonly patches?: readonly Patch[];
}
export type Settings = Readonly<Record<string, unknown>>;
type Patch = readonly [kind: string, role: string, op: string, path: string, value?: unknown];

const one = fc.constantFrom;

/** Images of a component by their name in cluster.yaml. */
export const imagesOf = (component: string): Record<string, string> =>
  Object.fromEntries(Object.entries(catalogue.get(component)!.images).map(([name, image]) => [name, image("2026.1")]));

const merged = (...parts: readonly Arbitrary<object>[]): Arbitrary<Settings> =>
  fc.tuple(...parts).map((list) => Object.assign({}, ...list));

const infrastructure = (...parts: readonly Arbitrary<object>[]): Arbitrary<Draft> =>
  merged(...parts).map((all) => ({ settings: all }));

const service = (component: string, own: Parameters<typeof dials>[0], more: Arbitrary<object> = fc.constant({})) =>
  fc
    .tuple(
      merged(
        dials({
          ...settings.placement("api"),
          ...settings.configuration(catalogue.get(component)!.conf!, imagesOf(component)),
          credentials: settings.credentials,
          ...own,
        }),
        settings.freely("api"),
        more,
      ),
      dials({
        uses: inner(providers),
        dedicated: fc.subarray(["database", "messaging", "cache"]),
        patches: fc.subarray([...patches], { minLength: 1 }),
      }),
    )
    .map(([all, rest]): Draft => ({ settings: all, ...rest }));

/** Whom a service can use: an instance, by a number, or what lies outside. */
const providers = {
  database: fc.oneof(
    fc.nat(3),
    one<object[]>({ host: "db.example.org" }, { host: "192.0.2.3", port: 3307, name: "own_name" }),
  ),
  messaging: fc.oneof(
    fc.nat(3),
    one<object[]>(
      { hosts: ["mq.example.org"] },
      { hosts: ["mq-1.example.org", "192.0.2.4"], port: 5673, vhost: "own" },
    ),
  ),
  cache: fc.oneof(
    fc.nat(3),
    one<object[]>({ hosts: ["cache.example.org"] }, { hosts: ["192.0.2.5", "cache-2.example.org"], port: 11212 }),
  ),
  identity: fc.nat(3),
};

/** Patches that fit every instance of a service, whatever else it says. */
const patches: readonly Patch[] = [
  [
    "Deployment",
    "api",
    "add",
    "/spec/template/spec/hostAliases",
    [{ ip: "192.0.2.7", hostnames: ["old.example.org"] }],
  ],
  ["Deployment", "api", "remove", "/spec/template/spec/containers/0/lifecycle"],
  ["Deployment", "api", "replace", "/spec/template/spec/containers/0/image", "registry.example.org/own:1"],
  ["Deployment", "api", "add", "/spec/template/spec/containers/0/env/-", { name: "OWN", value: "1" }],
  ["Service", "api", "add", "/metadata/labels/example.org~1tier", "front"],
  ["PodDisruptionBudget", "api", "replace", "/spec/maxUnavailable", "20%"],
  ["Job", "db-expand", "replace", "/spec/backoffLimit", 3],
  ["Job", "db-contract", "add", "/metadata/annotations/example.org~1note", "yes"],
  ["ServiceAccount", "jobs", "add", "/metadata/annotations/example.org~1role", "a: b\n- c\n"],
  ["Deployment", "api", "add", "/spec/template/spec/hostname", null],
];

/** Instances of each component. */
export const instances: Readonly<Record<string, Arbitrary<Draft>>> = {
  gateway: infrastructure(
    dials({
      ...settings.placement("proxy"),
      serviceType: one("NodePort", "ClusterIP"),
      loadBalancerAddress: one("192.0.2.1"),
    }),
    settings.freely("proxy"),
  ),
  mariadb: infrastructure(
    dials({ ...settings.placement("server"), ...settings.volume, restore: settings.restores }),
    settings.oddly,
    fc.record({ backup: settings.backups }),
  ),
  rabbitmq: infrastructure(dials({ ...settings.placement("server"), ...settings.volume }), settings.oddly),
  memcached: infrastructure(
    dials({ ...settings.placement("server"), memory: one(64, 1024), maxConnections: one(8192) }),
    settings.counted("server"),
  ),
  keystone: service("keystone", {
    notifications: fc.boolean(),
    tokens: settings.tokens,
    seed: settings.seeds,
    files: fc.dictionary(one("domains/keystone.people.conf", "domains/on", "policy.yaml"), settings.texts),
    crons: fc.record({ "trust-flush": settings.schedules }),
  }),
  glance: service(
    "glance",
    {
      notifications: fc.boolean(),
      imageSizeCap: one(1_048_576, 107_374_182_400),
      stagingSize: one("5Gi", "1024Mi"),
      crons: fc.dictionary(one("purge-deleted", "purge-deleted-images"), settings.schedules),
    },
    fc.record({ stores: settings.stores }),
  ),
  placement: service("placement", {}),
};
