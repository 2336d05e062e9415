import fc, { type Arbitrary } from "fast-check";
import type { Component } from "../../generator/contract/component.ts";
import { programsOf, schedulesOf } from "../../generator/contract/programs.ts";
import { defaultRelease } from "../../generator/contract/release.ts";
import { inner, listOf, mapOf } from "./sometimes.ts";

// Values that people write into cluster.yaml, and those that YAML, ini files, shells or Kustomize are known to stumble over.

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
/** A bucket of an object store. */
export const s3 = {
  endpoint: one("https://s3.example.org", "http://s3.example.org:9000"),
  bucket: one("images", "back.ups"),
  secret: one("bucket-keys", "bucket.keys"),
};

/** What is kept in a pool of Ceph: that of a further instance is another one, since no two of a service share any. */
export const inPoolOf = <T>(kept: T, suffix: string, usual: string): T => {
  const { type, pool = usual } = kept as { type?: string; pool?: string };
  return type === "rbd" && suffix !== "" ? { ...kept, pool: `${pool}${suffix}` } : kept;
};

type Model = Readonly<Record<string, Arbitrary<unknown>>>;

/** What pods of every component can be given. */
const placement = (component: Component): Model => ({
  ...(component.namespace === undefined ? { namespace: one("apart", "openstack-services", "openstack", "1e3") } : {}),
  resources: mapOf(
    programsOf(component),
    inner({
      requests: inner({ cpu: one("500m", "1000m", "2"), memory: one("64Mi", "128Mi") }),
      // Above every default request: less is refused.
      limits: inner({ memory: one("128Gi", "137438953472", "200G"), cpu: one("4", "8000m") }),
    }),
  ),
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
  ...(component.publishes
    ? {}
    : {
        egress: listOf([
          { host: "ldap.example.org", port: 636 },
          { host: "192.0.2.7", port: 389 },
          { host: "log.logging.svc.cluster.local", port: 514, protocol: "UDP" },
          { network: "192.0.2.0/24", port: 162, protocol: "UDP" },
          { network: "2001:db8::/64", port: 443 },
          { network: "0.0.0.0/0", port: 443 },
        ]),
      }),
  suspend: fc.boolean(),
});

/** Images of a component by their name in cluster.yaml. */
export const imagesOf = ({ images }: Component): Record<string, string> =>
  Object.fromEntries(Object.entries(images).map(([name, image]) => [name, image(defaultRelease)]));

const switches = fc.oneof(fc.boolean(), one("yes", "off", "1"));
const anything = fc.oneof(words, fc.boolean(), fc.integer({ min: -5, max: 70_000 }), one(0.5), listOf(["a", 1, "c d"]));

/** What pods with a configuration file can be given beyond it. */
const configuration = (conf: string, images: readonly string[]): Model => ({
  config: mapOf(
    [conf, conf, "logging.conf", "uwsgi.ini"],
    inner({
      DEFAULT: inner({ debug: switches, use_stderr: switches, own: anything }),
      database: inner({ max_pool_size: fc.integer({ min: -5, max: 70_000 }), own: anything }),
      oslo_middleware: inner({ own: anything }),
      "a-group:x": inner({ debug: anything, own: anything }),
    }),
  ),
  ownOptions: listOf(["a-group:x", "DEFAULT.own"]),
  files: mapOf(["policy.yaml", "own.json", "_x", "on", "1.x"], texts),
  environment: inner({
    ...Object.fromEntries(["TZ", "HTTP_PROXY", "NO_PROXY", "Y"].map((name) => [name, fc.oneof(words, texts)])),
    OS_DEFAULT__DEBUG: one("true", "No", "1"),
  }),
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
      image: images[0]!,
      command: ["sleep", "infinity"],
      ports: [{ containerPort: 9100, name: "metrics" }],
    },
    {
      name: "tail",
      image: `docker.io/library/busybox@sha256:${"0".repeat(64)}`,
      resources: { limits: { memory: "64Mi" } },
    },
  ]),
});

/** Other images, of each name. */
const image = (images: Readonly<Record<string, string>>): Model => ({
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

const schedules = fc.oneof(one("0 5 * * 0", "*/10 * * * *"), fc.constant(false));

/** Random values of what every instance understands, by key; of what its component's header speaks of. */
export function commonSettings(component: Component): Model {
  const crons = Object.keys(schedulesOf(component));
  const images = imagesOf(component);
  return {
    ...placement(component),
    ...(crons.length === 0 ? {} : { crons: mapOf(crons, schedules) }),
    ...(component.conf === undefined ? {} : configuration(component.conf, Object.values(images))),
    ...(component.group === "services" ? image(images) : {}),
  };
}
