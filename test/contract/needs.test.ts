import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { type RecordedState, recordedState } from "../../generator/model/living.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { catalogue } from "./needs.ts";

const library = baseLibrary(catalogue);
const build = (services: string, before?: RecordedState, more = "") =>
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
    before,
  });
type Built = ReturnType<typeof build>;

const instanceOf = ({ model }: Built, name: string) => model!.instances.find((item) => item.name === name)!;
const objectsOf = ({ rendered }: Built, name: string): KubernetesObject[] =>
  Object.values(rendered!.renders.get(name)!).flatMap(({ objects }) => objects);
const spec = (built: Built, instance: string, kind: string, name: string) =>
  objectsOf(built, instance).find((object) => object.kind === kind && object.metadata.name === name)?.spec as
    | Record<string, unknown>
    | undefined;
const environmentOf = (built: Built, kind: string, role: string): string[] => {
  const found = objectsOf(built, "ledger").find(
    (object) => object.kind === kind && object.metadata.labels!["app.kubernetes.io/component"] === role,
  );
  const { template } = found!.spec as { template: { spec: { containers: { env: { name: string }[] }[] } } };
  return template.spec.containers[0]!.env.map(({ name }) => name);
};

describe("several needs of one kind", () => {
  const built = build("{ ledger: {} }");

  test("are connections with a place, a user and a Secret each", () => {
    expect(built.issues).toEqual([]);
    const found = instanceOf(built, "ledger").connections.map(({ need, name, account }) => [
      need.group,
      name,
      account.name,
      account.secret,
    ]);
    expect(found).toEqual([
      ["database", "ledger", "ledger", "ledger-database"],
      ["archive_database", "ledger_archive", "ledger_archive", "ledger-database-archive"],
      ["DEFAULT", "ledger", "ledger", "ledger-messaging"],
      ["oslo_messaging_notifications", "notifications", "ledger_notifications", "ledger-messaging-notifications"],
      ["cache", "ledger", "ledger", "ledger-cache"],
    ]);
    const users = requiredSecrets(built.model!).filter(({ known }) => known !== undefined);
    expect(users.map(({ name, known }) => [name, known!.username])).toEqual([
      ["ledger-messaging", "ledger"],
      ["ledger-messaging-notifications", "ledger_notifications"],
    ]);
  });

  test("have variables of their own, of which a program has those that it uses", () => {
    const transport = ["OS_DEFAULT__TRANSPORT_URL", "OS_OSLO_MESSAGING_NOTIFICATIONS__TRANSPORT_URL"];
    const clerk = environmentOf(built, "Deployment", "clerk");
    expect(clerk).toEqual(expect.arrayContaining([...transport, "OS_ARCHIVE_DATABASE__CONNECTION"]));
    expect(new Set(clerk).size).toBe(clerk.length);
    const api = environmentOf(built, "Deployment", "api");
    expect(api).toContain("OS_DATABASE__CONNECTION");
    expect(api.filter((name) => /MESSAGING|ARCHIVE|TRANSPORT/.test(name))).toEqual([]);
    const usual = environmentOf(built, "Job", "db-expand");
    expect(usual).toEqual(expect.arrayContaining(["OS_DATABASE__CONNECTION", "OS_ARCHIVE_DATABASE__CONNECTION"]));
    expect(environmentOf(built, "Job", "archive")).not.toContain("OS_DATABASE__CONNECTION");
  });

  test("are two databases at a server outside as well, and one name for both is refused", () => {
    const outside = (names: string) => build(`{ ledger: { uses: { database: { host: db.example.org, ${names} } } } }`);
    expect(outside("name: books").issues).toMatchObject([
      { code: "one-name-for-several", hint: expect.stringContaining("names: { ledger: …, ledger_archive: … }") },
    ]);
    const named = outside("names: { ledger_archive: old_books }");
    expect(named.issues).toEqual([]);
    expect(
      instanceOf(named, "ledger")
        .connections.slice(0, 2)
        .map(({ name }) => name),
    ).toEqual(["ledger", "old_books"]);
    expect(outside("names: { ledger_archiv: old_books }").issues).toMatchObject([
      { code: "unknown-key", hint: expect.stringContaining("ledger_archive") },
    ]);
  });
});

describe("notifications", () => {
  const producers = "ledger: {}, keystone: { notifications: true }";

  test("have one virtual host, which the broker makes, and one URL for who consumes them", () => {
    const built = build(`{ ${producers}, listener: {} }`);
    expect(built.issues).toEqual([]);
    const vhosts = built.model!.instances.flatMap(({ name }) =>
      objectsOf(built, name)
        .filter(({ kind }) => kind === "Vhost")
        .map((object) => [name, (object.spec as { name: string }).name]),
    );
    expect(vhosts).toEqual([
      ["rabbitmq", "notifications"],
      ["ledger", "ledger"],
    ]);
    const consumers = instanceOf(built, "rabbitmq").consumers.filter(({ need }) => need.from === "provider");
    expect(consumers.map(({ instance, account }) => [instance, account.name])).toEqual([
      ["keystone", "keystone_notifications"],
      ["ledger", "ledger_notifications"],
      ["listener", "listener_notifications"],
    ]);
  });

  test("are written by all, and read by their consumers alone", () => {
    const built = build(`{ ${producers}, listener: {} }`);
    const readable = (instance: string) => {
      const { permissions } = spec(built, instance, "Permission", `${instance}-notifications-rabbitmq.messaging`) as {
        permissions: { read: string };
      };
      const queues = ["notifications.info", "versioned_notifications.error"];
      return [...queues, "keystone", "openstack"].filter((name) => new RegExp(permissions.read).test(name));
    };
    expect(readable("keystone")).toEqual(["keystone", "openstack"]);
    expect(readable("ledger")).toEqual(["keystone", "openstack"]);
    expect(readable("listener")).toHaveLength(4);
  });

  test("go to the shared broker, also when calls have one of their own, unless uses names another", () => {
    const at = (services: string) =>
      instanceOf(build(services), "ledger")
        .connections.filter(({ need }) => need.kind === "messaging")
        .map(({ instance }) => instance);
    expect(at("{ ledger: {} }")).toEqual(["rabbitmq", "rabbitmq"]);
    expect(at("{ ledger: { dedicated: [messaging] } }")).toEqual(["rabbitmq-ledger", "rabbitmq"]);
    const named = build(
      "{ ledger: { uses: { messaging: rabbitmq-two } } }",
      undefined,
      "infrastructure: { rabbitmq-two: {} }",
    );
    expect(instanceOf(named, "ledger").connections[3]!.instance).toBe("rabbitmq-two");
    expect(build("{ keystone: { notifications: true, dedicated: [messaging] } }").issues).toMatchObject([
      { code: "dedicated-without-need" },
    ]);
  });

  test("stay in the virtual host that an earlier version made, until their move is written", () => {
    const now = build("{ keystone: { notifications: true } }");
    const fresh = recordedState(now.model!, () => []);
    const { keystone } = fresh.instances;
    const old: RecordedState = {
      ...fresh,
      instances: {
        ...fresh.instances,
        keystone: { ...keystone!, providers: { "database keystone": "mariadb", "messaging keystone": "rabbitmq" } },
      },
    };
    const kept = build("{ keystone: { notifications: true } }", old);
    expect(kept.issues).toMatchObject([
      { code: "kept-place", severity: "warning", hint: expect.stringContaining("move-messaging/keystone") },
    ]);
    expect(spec(kept, "keystone", "Vhost", "keystone-rabbitmq.messaging")).toMatchObject({ name: "keystone" });
    expect(instanceOf(kept, "keystone").connections.at(-1)!.account.secret).toBe("keystone-messaging");
    expect(recordedState(kept.model!, () => []).instances.keystone).toEqual(old.instances.keystone);

    const consent = `consent: [{ change: move-messaging/keystone, reason: "nobody reads them" }]`;
    const moved = build("{ keystone: { notifications: true } }", old, consent);
    expect(moved.issues).toEqual([]);
    expect(objectsOf(moved, "keystone")).toEqual(objectsOf(now, "keystone"));
    expect(
      build(
        "{ keystone: { notifications: true } }",
        recordedState(moved.model!, () => []),
      ).issues,
    ).toEqual([]);
  });
});
