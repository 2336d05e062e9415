import { expect, test } from "vitest";
import { type Change, describe, type Texts } from "../../generator/git/changes.ts";

const kinds = { "+": "added", "-": "deleted", "~": "modified" } as const;

/** `+ path`, `- path`, `~ path`, one to a line. */
const changes = (...lines: string[]): Change[] =>
  lines.map((line) => ({ kind: kinds[line[0] as keyof typeof kinds], path: line.slice(2) }));
const overlay = (kind: string, instance: string, cluster = "eu1"): string[] =>
  [`${kind} overlays/${cluster}/${instance}/kustomization.yaml`].concat(
    `${kind} overlays/${cluster}/${instance}/run/kustomization.yaml`,
  );
const texts = (before: string, after: string): Map<string, Texts> => new Map([["eu1", { before, after }]]);
const input = "~ clusters/eu1/cluster.yaml";
const run = "~ overlays/eu1/glance/run/kustomization.yaml";

/** Lines about one cluster's settings. */
const said = (before: string, after: string): string[] =>
  describe(changes(input), texts(before, after))
    .body.split("\n")
    .slice(1)
    .map((line) => line.trim());

test("a changed setting names its old and its new value", () => {
  const { subject, body } = describe(
    changes(input, run, ...overlay("+", "keystone-two"), "~ clusters/eu1/inventory.json"),
    texts("services: { glance: { replicas: { api: 3 } } }", "services: { glance: { replicas: { api: 5 } } }"),
  );
  expect(subject).toBe("eu1: change glance, add keystone-two");
  expect(body).toBe("eu1\n  glance: replicas.api 3 -> 5\n  keystone-two: added");
});

test("what merely follows from a setting is in the body, not in the subject", () => {
  const { subject, body } = describe(
    changes(input, run, "~ overlays/eu1/mariadb/run/kustomization.yaml", "~ clusters/eu1/flux/steps/glance-run.yaml"),
    texts("services: { glance: {} }", "services: { glance: { dedicated: [cache] } }"),
  );
  expect(subject).toBe("eu1: change glance");
  expect(body).toBe("eu1\n  glance: dedicated set to [cache]\n  mariadb: run phase, 1 file\n  flux: 1 file");
});

test("a key of the whole cluster leads the subject", () => {
  const { subject, body } = describe(
    changes(input, run, "~ overlays/eu1/glance/expand/kustomization.yaml"),
    texts('release: "2025.2"\ndelivery: { ref: { tag: v1 } }', 'release: "2026.1"\ndelivery: { ref: { tag: v2 } }'),
  );
  expect(subject).toBe("eu1: change delivery and release");
  expect(body).toBe(
    "eu1\n  delivery: ref.tag v1 -> v2\n  release: 2025.2 -> 2026.1\n  glance: expand and run phases, 2 files",
  );
});

test("files that changed without a word in cluster.yaml are counted by phase", () => {
  const { subject, body } = describe(changes(run, "~ overlays/eu1/glance/run/a.conf", "- overlays/eu1/glance/b.yaml"));
  expect(subject).toBe("eu1: change glance");
  expect(body).toBe("eu1\n  glance: run phase, 3 files");
});

test("an instance goes with its kustomization.yaml, and comes with it", () => {
  expect(describe(changes(...overlay("-", "glance"))).subject).toBe("eu1: remove glance");
  expect(describe(changes("- overlays/eu1/glance/run/a.conf")).subject).toBe("eu1: change glance");
  expect(describe(changes("+ overlays/eu1/glance/expand/kustomization.yaml")).subject).toBe("eu1: change glance");
  expect(describe(changes(...overlay("+", "glance"), ...overlay("-", "keystone"), run)).body).toBe(
    "eu1\n  glance: run phase, 3 files\n  keystone: removed",
  );
});

test("a cluster is added and removed as a whole", () => {
  const whole = (kind: string) => [
    `${kind} clusters/eu1/cluster.yaml`,
    ...overlay(kind, "glance"),
    ...overlay(kind, "mariadb"),
  ];
  expect(describe(changes(...whole("+")))).toEqual({
    subject: "eu1: add cluster",
    body: "eu1: added\n  glance, mariadb",
  });
  expect(describe(changes(...whole("-")))).toEqual({
    subject: "eu1: remove cluster",
    body: "eu1: removed\n  glance, mariadb",
  });
});

test("the same change in several clusters is said once", () => {
  const both = changes(
    run,
    run.replace("eu1", "eu2"),
    ...overlay("+", "placement", "eu2"),
    "+ clusters/eu3/cluster.yaml",
  );
  expect(describe(both.slice(0, 2)).subject).toBe("2 clusters: change glance");
  expect(describe(both).subject).toBe("3 clusters: change glance, add placement and eu3");
  expect(describe(changes("+ clusters/a/cluster.yaml", "+ clusters/b/cluster.yaml")).subject).toBe(
    "fleet: add a and b",
  );
});

test("what does not fit into 72 characters is counted", () => {
  const names = Array.from({ length: 12 }, (_, index) => `keystone-department-${index}`);
  const added = names.flatMap((name) => overlay("+", name));
  expect(describe(changes(...added)).subject).toBe("eu1: add 12 instances");
  expect(describe(changes(...added, run)).subject).toBe("eu1: add 12 instances");
  expect(describe(changes(...added, ...overlay("-", "glance"))).subject).toBe("eu1: add 12 instances, remove 1");
  const clusters = Array.from({ length: 300 }, (_, index) => `c${index}`);
  expect(describe(changes(...clusters.map((name) => `+ clusters/${name}/cluster.yaml`))).subject).toBe(
    "fleet: add 300 clusters",
  );
  const long = "x".repeat(250);
  for (const line of [`~ overlays/${long}/a/b.yaml`, `+ clusters/${long}/cluster.yaml`, `+ ${long}`])
    expect(describe(changes(line)).subject.length).toBeLessThanOrEqual(72);
});

test("the body has one line for each of more than twenty clusters", () => {
  const clusters = Array.from({ length: 21 }, (_, index) => `c${String(index).padStart(2, "0")}`);
  const { subject, body } = describe(changes(...clusters.flatMap((name) => [run.replace("eu1", name)])));
  expect(subject).toBe("21 clusters: change glance");
  expect(body.split("\n")).toEqual(clusters.map((name) => `${name}: change glance`));
});

test("bases and files of the fleet are named", () => {
  const bases = changes(
    "~ bases/2026.1/glance/run/a.yaml",
    "+ bases/2026.2/glance/run/kustomization.yaml",
    "~ bases/inventory.json",
  );
  expect(describe(bases)).toEqual({
    subject: "bases: change 2026.1/glance, add 2026.2/glance",
    body: "bases\n  2026.1/glance: run phase, 1 file\n  2026.2/glance: added",
  });
  expect(describe(changes("+ .gitignore", "~ README.md", "- clusters/schema.json"))).toEqual({
    subject: "fleet: change README.md, add .gitignore, remove clusters/schema.json",
    body: "other files\n  .gitignore: added\n  README.md: changed\n  clusters/schema.json: removed",
  });
  expect(describe(changes(run, ...bases.map(({ path }) => `~ ${path}`))).subject).toBe("eu1: change glance");
});

test("a comment, the delivery engine's objects and notes are changes too", () => {
  expect(describe(changes(input), texts("a: 1", "a: 1 # why"))).toEqual({
    subject: "eu1: change cluster.yaml",
    body: "eu1\n  cluster.yaml: changed",
  });
  expect(describe(changes("~ clusters/eu1/flux/root.yaml", "+ clusters/eu1/notes.md")).subject).toBe(
    "eu1: change flux, add notes.md",
  );
  expect(describe(changes("- clusters/eu1/flux/root.yaml", "+ clusters/eu1/argocd/root.yaml")).subject).toBe(
    "eu1: add argocd, remove flux",
  );
  expect(describe(changes("~ clusters/eu1/inventory.json")).subject).toBe("eu1: change inventory.json");
  expect(describe(changes("~ bases/inventory.json")).subject).toBe("fleet: change bases/inventory.json");
});

test("settings that come, go, and are too long to show", () => {
  expect(said("services: { glance: { imageSizeCap: 5 } }", "services: { glance: { stagingSize: 9Gi } }")).toEqual([
    "glance: imageSizeCap no longer set, stagingSize set to 9Gi",
  ]);
  expect(said("services: {}", "services: { glance: }")).toEqual(["glance: written down in cluster.yaml"]);
  expect(said("infrastructure: { mariadb: {} }", "{}")).toEqual(["mariadb: no longer written down in cluster.yaml"]);
  expect(said("zones: [a, b]", "zones: [a, b, c]")).toEqual(["zones: [a, b] -> [a, b, c]"]);
  expect(said("consent: []", "consent: [{ change: a/b }]")).toEqual(["consent: changed"]);
  expect(said(`region: ${"x".repeat(50)}`, "region: y")).toEqual(["region: changed"]);
  const many = "abcdefg".split("").map((key) => `${key}: 1`);
  expect(said("services: { glance: {} }", `services: { glance: { ${many.join(", ")} } }`)).toEqual([
    "glance: a set to 1, b set to 1, c set to 1, d set to 1 and 3 more",
  ]);
});

test("a value that may be a secret is never shown", () => {
  const secrets = [
    "admin_password",
    "accessKey",
    "apikey",
    "auth-token",
    "credentials",
    "fernet-keys",
    "dbpass word",
    "private",
  ];
  for (const key of secrets) {
    const before = `services: { glance: { config: { "${key}": hunter1 } } }`;
    const message = describe(changes(input), texts(before, before.replace("hunter1", "hunter2")));
    expect(message.body).toBe(`eu1\n  glance: config.${key.includes(" ") ? JSON.stringify(key) : key} changed`);
  }
  const nested = (value: string): string => `services: { glance: { environment: { OS_SECRET: { inner: ${value} } } } }`;
  expect(said(nested("a"), nested("b"))).toEqual(["glance: environment.OS_SECRET.inner changed"]);
  expect(said("proxy: {}", 'proxy: { http: "http://user:hunter2@proxy" }')).toEqual(["proxy: http set"]);
  expect(said("services: { glance: {} }", "services: { glance: { sidecars: [{ PASSWORD: hunter2 }] } }")).toEqual([
    "glance: sidecars set",
  ]);
});

test("control characters do not reach the message", () => {
  const { subject, body } = describe(changes("+ clusters/eu1/a\u001b[2J\nb"));
  expect(subject).toBe('eu1: add "a\\u001b[2J\\nb"');
  expect(body).toBe('eu1\n  "a\\u001b[2J\\nb": added');
  expect(said("region: a", 'region: "b\\u001b"')).toEqual(['region: a -> "b\\u001b"']);
});

test("a cluster.yaml that cannot be read is a changed file", () => {
  for (const broken of ["a: [", "- a", "a: &a [*a, *a]", "x", ""])
    expect(describe(changes(input), texts(broken, broken)).subject).toBe("eu1: change cluster.yaml");
});

test("the order of paths makes no difference", () => {
  const all = changes(
    run,
    ...overlay("+", "b"),
    ...overlay("-", "a"),
    "+ README.md",
    "~ bases/2026.1/x/run/y",
    "~ bases/2026.1/a/run/y",
  );
  expect(describe([...all].reverse())).toEqual(describe(all));
});
