import { describe, expect, test } from "vitest";
import { checkLiving, recordedState } from "../../generator/model/living.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";
import { instanceOf, mistakes, rendered } from "./clusters.ts";

const namesOf = (services: object): string[] =>
  rendered(services)
    .model.instances.map(({ name }) => name)
    .filter((name) => name.startsWith("tiny"))
    .sort();

describe("the name of a part", () => {
  test("is made of its component's, its owner's suffix and its own", () => {
    expect(
      namesOf({ tiny: { cells: { a: { agents: ["x"] } } }, "tiny-two": { cells: { a: { agents: ["x"] } } } }),
    ).toEqual(["tiny", "tiny-agent-a-x", "tiny-agent-two-a-x", "tiny-cell-a", "tiny-cell-two-a", "tiny-two"]);
  });

  test("is refused where two owners give it", () => {
    expect(mistakes({ tiny: { cells: { "two-a": {} } }, "tiny-two": { cells: { a: {} } } })).toEqual([
      [
        "same-part",
        "tiny-cell-two-a would be a part of tiny and of tiny-two. Rename the part at one of the two, or one of the instances.",
      ],
    ]);
  });
});

describe("what cluster.yaml says at a part's name", () => {
  test("is a setting of that part, which keeps what its owner gives it", () => {
    const cluster = rendered({
      tiny: { cells: { a: { size: 7, own: true } } },
      "tiny-cell-a": { replicas: 5, credentials: { database: { generation: 2 } } },
    });
    const part = instanceOf(cluster, "tiny-cell-a");
    expect(part.spec.options).toMatchObject({ size: 7 });
    expect(part.spec.common.replicas).toBe(5);
    expect(part.connections.map(({ instance }) => instance)).toEqual(["mariadb-tiny-cell-a", "rabbitmq"]);
    expect(part.connections[0]!.account.name).toBe("tiny_cell_a_g2");
    expect(part.origin).toBe("part of tiny");
  });

  test("is never an option", () => {
    expect(mistakes({ tiny: { cells: { a: {} } }, "tiny-cell-a": { size: 7 } })).toEqual([
      [
        "option-of-part",
        "services.tiny-cell-a.size cannot stand here: the options of tiny-cell-a follow from its owner. Write it where an instance of tiny has the part.",
      ],
    ]);
  });

  test("is not asked for where the part's component refuses what its owner says", () => {
    for (const more of [{}, { "tiny-cell-a": { replicas: 3 } }])
      expect(mistakes({ tiny: { cells: { a: { size: 10 } } }, ...more })).toEqual([
        [
          "out-of-range",
          "a cell of 10 is too large. Write 9 or less. (tiny-cell-a is part of tiny: its options follow from those of tiny.)",
        ],
      ]);
  });

  test("makes no part", () => {
    expect(mistakes({ tiny: { cells: { a: {} } }, "tiny-cell-b": { replicas: 3 } })).toEqual([
      [
        "part-alone",
        "tiny-cell-b is not a part of any instance: a tiny-cell exists only where an instance of tiny has it. Did you mean tiny-cell-a? Parts of this cluster are: tiny-cell-a.",
      ],
    ]);
    expect(mistakes({ "tiny-cell": {} })).toEqual([
      [
        "part-alone",
        "tiny-cell is not a part of any instance: a tiny-cell exists only where an instance of tiny has it. Write it in the options of tiny, and here only what is different for this part.",
      ],
    ]);
  });
});

describe("what a part has from its owner", () => {
  const cells = { a: { agents: ["x"] } };

  test("is the owner's virtual host, user and Secret, which it neither makes nor records as its data", () => {
    const cluster = rendered({ tiny: { cells } });
    const messaging = (name: string) =>
      instanceOf(cluster, name).connections.find(({ need }) => need.kind === "messaging")!;
    for (const name of ["tiny-cell-a", "tiny-agent-a-x"]) {
      expect(messaging(name)).toMatchObject({
        ...messaging("tiny"),
        lender: { instance: "tiny", namespace: "openstack-services" },
      });
      const kinds = cluster.rendered.renders.get(name)!.expand.objects.map(({ kind }) => kind);
      expect(kinds).not.toContain("Vhost");
    }
    const own = requiredSecrets(cluster.model).filter(({ name }) => name === "tiny-messaging");
    expect(own.map(({ readBy, copyOf }) => ({ readBy, copyOf }))).toEqual([
      { readBy: ["tiny", "tiny-agent-a-x", "tiny-cell-a"], copyOf: undefined },
    ]);
  });

  test("is a copy of the Secret where the part lives elsewhere, and the user that the nearest owner has", () => {
    const cluster = rendered({ tiny: { cells } }, { namespaces: { "tiny-agent": "agents" } });
    const there = requiredSecrets(cluster.model).filter(({ namespace }) => namespace === "agents");
    expect(there.map(({ name, copyOf }) => [name, copyOf])).toEqual([
      ["tiny-identity", { instance: "tiny", name: "tiny-identity" }],
      ["tiny-messaging", { instance: "tiny", name: "tiny-messaging" }],
    ]);
    const named = new Set(cluster.rendered.renders.get("tiny-agent-a-x")!.run.objects.flatMap(secretsIn));
    expect([...named].sort()).toEqual(["tiny-identity", "tiny-messaging"]);
  });

  test("rotates with the owner: the part reads the next Secret when its owner does", () => {
    const credentials = { messaging: { generation: 2, beside: 1 } };
    const cluster = rendered({ tiny: { cells, credentials } });
    const { account } = instanceOf(cluster, "tiny-agent-a-x").connections[0]!;
    expect(account).toMatchObject({ name: "tiny_g2", secret: "tiny-messaging-g2" });
  });

  test("is its namespace, when nothing else is said of the part", () => {
    const at = (namespaces: unknown, more: object = {}) =>
      ["tiny", "tiny-cell-a"].map(
        (name) => instanceOf(rendered({ tiny: { cells }, ...more }, { namespaces }), name).namespace,
      );
    expect(at("per-component")).toEqual(["openstack-tiny", "openstack-tiny"]);
    expect(at({ tiny: "here" })).toEqual(["here", "here"]);
    expect(at({ tiny: "here", "tiny-cell": "there" })).toEqual(["here", "there"]);
    expect(at("grouped", { "tiny-cell-a": { namespace: "there" } })).toEqual(["openstack-services", "there"]);
  });
});

describe("dedicated and uses of an owner", () => {
  const providersOf = (tiny: object, more: object = {}, infrastructure: object = {}) => {
    const cluster = rendered(
      { tiny: { cells: { a: {}, b: { own: true } }, ...tiny }, ...more },
      { infrastructure: { mariadb: { backup: "none" }, ...infrastructure } },
    );
    return ["tiny", "tiny-cell-a", "tiny-cell-b"].map((name) => {
      const { instance, host, name: database } = instanceOf(cluster, name).connections[0]!;
      return `${instance ?? host} ${database}`;
    });
  };

  test("dedicated: what is the owner's alone is its parts' too, but for those that have their own", () => {
    expect(providersOf({ dedicated: ["database"] })).toEqual([
      "mariadb-tiny tiny",
      "mariadb-tiny tiny_cell_a",
      "mariadb-tiny-cell-b tiny_cell_b",
    ]);
  });

  test("uses: its parts go where it goes, but for those that say otherwise", () => {
    const two = { "mariadb-two": { backup: "none" } };
    expect(providersOf({ uses: { database: "mariadb-two" } }, {}, two)).toEqual([
      "mariadb-two tiny",
      "mariadb-two tiny_cell_a",
      "mariadb-tiny-cell-b tiny_cell_b",
    ]);
    expect(
      providersOf({ uses: { database: "mariadb-two" } }, { "tiny-cell-a": { uses: { database: "mariadb" } } }, two),
    ).toEqual(["mariadb-two tiny", "mariadb tiny_cell_a", "mariadb-tiny-cell-b tiny_cell_b"]);
  });

  test("an external server is that of its parts, each with a database of its own name", () => {
    expect(providersOf({ uses: { database: { host: "db.example.org", name: "own", tls: "none" } } })).toEqual([
      "db.example.org own",
      "db.example.org tiny_cell_a",
      "mariadb-tiny-cell-b tiny_cell_b",
    ]);
  });

  test("nothing can be chosen for a part that chooses nothing", () => {
    const said = (part: object) => mistakes({ tiny: { cells: { a: {} } }, "tiny-cell-a": part });
    expect(said({ dedicated: ["messaging"] })).toEqual([
      ["part-without-need", "tiny-cell-a uses the messaging of its owner, and none can be chosen for it. Remove it."],
    ]);
    expect(said({ uses: { cache: "memcached" } })).toEqual([
      ["part-without-need", "tiny-cell-a uses no cache, and none can be chosen for it. Remove it."],
    ]);
  });
});

describe("an owner that reaches its parts", () => {
  const cluster = rendered({
    tiny: { cells: { a: { own: true } }, namespace: "owners" },
    "tiny-cell-a": { namespace: "parts" },
  });
  const database = instanceOf(cluster, "mariadb-tiny-cell-a");

  test("is let in by their database, and labelled as its client", () => {
    expect(database.clients).toEqual(["owners", "parts"]);
    const { labels } = podOf(renderingOf(cluster, "tiny").objects["Deployment/tiny-api"]);
    expect(labels).toMatchObject({ "overstack.io/client-of-mariadb-tiny-cell-a": "true" });
  });

  test("counts for its max_connections", () => {
    const many = rendered({ tiny: { cells: { a: { own: true } }, replicas: 99 } });
    expect(instanceOf(many, "mariadb-tiny-cell-a").connectionLimit).toBeGreaterThan(database.connectionLimit);
  });
});

test("removing an agent is not a loss of data, and removing a part with a database is one", () => {
  const recorded = (services: object) => {
    const { model } = rendered(services);
    return { spec: model.spec, state: recordedState(model, () => []) };
  };
  const before = recorded({ tiny: { cells: { a: { agents: ["x"] } } } });
  const saidOf = (services: object) => {
    const after = recorded(services);
    return checkLiving(before.state, after.state, after.spec).map(({ code, message }) => `${code}: ${message}`);
  };
  expect(saidOf({ tiny: { cells: { a: {} } } })).toEqual([]);
  expect(saidOf({ tiny: { cells: {} } })).toEqual(["remove-instance: tiny-cell-a would be removed, and it holds data"]);
});

const secretsIn = (value: unknown): string[] =>
  value === null || typeof value !== "object"
    ? []
    : Object.entries(value).flatMap(([key, item]) =>
        key === "secretKeyRef" ? [(item as { name: string }).name] : secretsIn(item),
      );
