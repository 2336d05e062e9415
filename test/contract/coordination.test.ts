import { expect, test } from "vitest";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { nextStep } from "../../generator/secrets/rotation-steps.ts";
import { containersOf } from "../config/containers.ts";
import { catalogue } from "./coordination.ts";

const library = baseLibrary(catalogue);
const build = (services: string, more = "") =>
  buildFrom({
    name: "eu1",
    text: `name: eu1
profile: development
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
services: ${services}
${more}`,
    catalogue,
    library,
  });
type Built = ReturnType<typeof build>;

const providerOf = ({ model }: Built, name: string) =>
  model!.instances.find((item) => item.name === name)!.connections.find(({ need }) => need.kind === "coordination")
    ?.instance;
const urlOf = ({ rendered }: Built, name: string): string =>
  containersOf(rendered!.renders.get(name)!, () => "PASSWORD").find(({ name }) => name.startsWith("Deployment/engine"))!
    .environment.OS_COORDINATION__BACKEND_URL!;

test("a service has the provider that promises what it relies on, of its own where it says so", () => {
  const built = build("{ errand: {}, vault: { dedicated: [coordination] } }");
  expect(built.issues).toEqual([]);
  expect(providerOf(built, "errand")).toBe("valkey");
  expect(providerOf(built, "vault")).toBe("etcd-vault");
});

test("a stronger provider can be named, a weaker one is refused with the way out", () => {
  const more = "infrastructure: { etcd-two: {}, valkey: {} }";
  const strong = build("{ errand: { uses: { coordination: etcd-two } } }", more);
  expect(strong.issues).toEqual([]);
  expect(providerOf(strong, "errand")).toBe("etcd-two");
  expect(build("{ vault: { uses: { coordination: valkey } } }", more).issues).toMatchObject([
    { code: "weak-provider", hint: "Use etcd." },
  ]);
  const outside = (server: string) =>
    `{ vault: { uses: { coordination: { server: ${server}, hosts: [a.example.org] } } } }`;
  expect(build(outside("valkey")).issues).toMatchObject([{ code: "weak-provider" }]);
  expect(build(outside("etcd")).issues).toEqual([]);
});

test("an instance that does not exist is refused, and one with a similar name is shown", () => {
  const built = build("{ vault: { uses: { coordination: etcd-tow } } }", "infrastructure: { etcd-two: {} }");
  expect(built.issues).toMatchObject([{ code: "unknown-provider", hint: expect.stringContaining('"etcd-two"') }]);
});

test("the URL names the one Service of Sentinels or of etcd, and time-outs below the locks'", () => {
  const built = build("{ errand: {}, vault: {} }", "infrastructure: { valkey: { replicas: 3 } }");
  expect(built.issues).toEqual([]);
  const domain = "openstack-infrastructure.svc.cluster.local";
  const times = "socket_timeout=2&socket_connect_timeout=1&lock_timeout=60&membership_timeout=30";
  expect(urlOf(built, "errand")).toBe(
    `redis://:PASSWORD@valkey-sentinel.${domain}:26379?sentinel=overstack&sentinel_password=PASSWORD&${times}`,
  );
  expect(urlOf(built, "vault")).toBe(
    "etcd3+http://etcd.openstack-infrastructure.svc.cluster.local:2379?api_version=v3&timeout=5&lock_timeout=60&membership_timeout=30",
  );
});

test("servers outside are reached as the operator says, with a password where Valkey asks for one", () => {
  const outside = (words: string) => build(`{ errand: { uses: { coordination: { ${words} } } } }`);
  const plain = outside("server: valkey, hosts: [a.example.org]");
  expect(urlOf(plain, "errand")).toMatch(/^redis:\/\/:PASSWORD@a\.example\.org:6379\?socket_timeout=2&/);
  const watched = outside("server: valkey, hosts: [a.example.org, b.example.org], sentinel: main");
  expect(urlOf(watched, "errand")).toContain(
    "a.example.org:26379?sentinel=main&sentinel_fallback=b.example.org:26379&",
  );
  expect(urlOf(outside("server: etcd, hosts: [a.example.org]"), "errand")).toContain(
    "etcd3+http://a.example.org:2379?",
  );
  expect(outside("server: etcd, hosts: [a.example.org, b.example.org]").issues).toHaveLength(1);
});

test("the password is the provider's, copied to its clients; etcd has none", () => {
  const secrets = requiredSecrets(build("{ errand: {}, vault: {} }").model!);
  const of = (word: string) =>
    secrets.filter(({ name }) => name.includes(word)).map(({ name, copyOf }) => [name, copyOf]);
  expect(of("valkey")).toEqual([["valkey-password", undefined]]);
  expect(of("coordination")).toEqual([["errand-coordination", { instance: "valkey", name: "valkey-password" }]]);
});

test("a password rotates in three steps, in which all members take both before one shows the second", () => {
  const passwords = (credentials: object) => {
    const { model, rendered } = build(
      "{ errand: {} }",
      `infrastructure: { valkey: ${JSON.stringify({ credentials })} }`,
    );
    const named = (instance: string, container: string, variable: string) =>
      containersOf(rendered!.renders.get(instance)!, (secret) => secret).find(({ name }) => name.includes(container))!
        .environment[variable];
    const copy = requiredSecrets(model!).find(({ copyOf }) => copyOf?.instance === "valkey")!;
    return {
      inUse: named("valkey", "server/server", "PASSWORD"),
      also: named("valkey", "server/server", "ALSO_PASSWORD"),
      sentinel: named("valkey", "server/sentinel", "ALSO_PASSWORD"),
      client: named("errand", "engine", "COORDINATION_PASSWORD"),
      copy: [copy.name, copy.copyOf!.name],
      next: nextStep(model!, "valkey", "password")!.step,
    };
  };
  const [first, second] = ["valkey-password", "valkey-password-g2"];
  const before = { client: "errand-coordination", copy: ["errand-coordination", first] };
  const after = { client: "errand-coordination-g2", copy: ["errand-coordination-g2", second] };
  const alone = { also: undefined, sentinel: undefined };
  expect(passwords({})).toEqual({ inUse: first, ...alone, ...before, next: "prepare" });
  expect(passwords({ password: { generation: 1, alsoValid: 2 } })).toEqual({
    ...{ inUse: first, also: second, sentinel: second },
    ...before,
    next: "switch",
  });
  expect(passwords({ password: { generation: 2, alsoValid: 1 } })).toEqual({
    ...{ inUse: second, also: first, sentinel: first },
    ...after,
    next: "finish",
  });
  expect(passwords({ password: { generation: 2 } })).toEqual({ inUse: second, ...alone, ...after, next: "prepare" });
});

test("infrastructure has no credentials but those of its own, and a server without a password has none", () => {
  const codes = (infrastructure: string) => build("{ errand: {} }", `infrastructure: ${infrastructure}`).issues;
  const generation = "{ generation: 2 }";
  expect(codes(`{ valkey: { credentials: { password: ${generation} } } }`)).toEqual([]);
  expect(codes(`{ valkey: { credentials: { database: ${generation} } } }`)).toMatchObject([{ code: "unknown-key" }]);
  expect(codes(`{ etcd: { credentials: { password: ${generation} } } }`)).toMatchObject([{ code: "unknown-key" }]);
});
