import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, type Rendered } from "../../laws/cases.ts";
import { objectsOf, podsOf } from "../../laws/objects.ts";
import { policiesOf, specOf } from "../../laws/packets.ts";
import { type Addressed, type Placed, rulesOf } from "../policy-rules.ts";

/*
 * The rules that stand for a network plugin in the other scenarios, at work between network namespaces: a packet that is let through is
 * refused by the receiver, on which nothing listens, and one that is held back is not answered.
 */
const router = "policies-router";
const machines = {
  api: "10.0.1",
  db: "10.0.2",
  job: "10.0.3",
  other: "10.0.4",
  outside: "192.0.2",
  node: "169.254.169",
};
type Machine = keyof typeof machines;
const addressOf = (machine: Machine): string => `${machines[machine]}.2`;

const pods: Addressed[] = [
  { namespace: "services", labels: { instance: "glance", client: "true" }, address: addressOf("api") },
  { namespace: "databases", labels: { instance: "mariadb" }, address: addressOf("db") },
  { namespace: "services", labels: {}, address: addressOf("job") },
  { namespace: "elsewhere", labels: { instance: "glance", client: "true" }, address: addressOf("other") },
];
const namespaces = new Map(["services", "databases", "elsewhere"].map((name) => [name, { name }]));

const policies: Placed[] = [
  {
    namespace: "services",
    spec: {
      podSelector: { matchLabels: { instance: "glance" } },
      policyTypes: ["Egress"],
      egress: [
        {
          to: [{ namespaceSelector: { matchLabels: { name: "databases" } }, podSelector: {} }],
          ports: [{ port: 3306 }, { port: 6800, endPort: 6810 }, { port: 53, protocol: "UDP" }],
        },
        {
          to: [
            { ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "169.254.0.0/16"] } },
            { ipBlock: { cidr: "::/0" } },
          ],
          ports: [{ port: 443 }],
        },
        { to: [{ podSelector: { matchLabels: { instance: "glance" } } }] },
      ],
    },
  },
  {
    namespace: "services",
    spec: {
      podSelector: { matchExpressions: [{ key: "instance", operator: "DoesNotExist" }] },
      policyTypes: ["Ingress", "Egress"],
    },
  },
  {
    namespace: "databases",
    spec: {
      podSelector: { matchLabels: { instance: "mariadb" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchExpressions: [{ key: "name", operator: "In", values: ["services"] }] },
              podSelector: { matchExpressions: [{ key: "client", operator: "Exists" }] },
            },
          ],
          ports: [{ port: 3306 }],
        },
      ],
    },
  },
];

const ip = (...args: readonly string[]): string => execFileSync("ip", args, { encoding: "utf8" });
const inside = (machine: string, ...command: readonly string[]): string => ip("netns", "exec", machine, ...command);

const nft = (rules: string): string =>
  execFileSync("ip", ["netns", "exec", router, "nft", "--file", "-"], { input: rules, encoding: "utf8" });
const enforce = (placed: readonly Placed[]): string => nft(rulesOf(placed, pods, namespaces));

beforeAll(() => {
  ip("netns", "add", router);
  inside(router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
  for (const [machine, network] of Object.entries(machines)) {
    ip("netns", "add", machine);
    ip("link", "add", machine, "netns", router, "type", "veth", "peer", "name", "eth0", "netns", machine);
    ip("-n", router, "address", "add", `${network}.1/24`, "dev", machine);
    ip("-n", router, "link", "set", machine, "up");
    ip("-n", machine, "address", "add", `${network}.2/24`, "dev", "eth0");
    ip("-n", machine, "link", "set", "eth0", "up");
    ip("-n", machine, "route", "add", "default", "via", `${network}.1`);
  }
});

afterAll(() => {
  for (const name of [router, ...Object.keys(machines)]) ip("netns", "delete", name);
});

/** What becomes of a connection: the receiver's kernel answers, or nobody. */
function connect(from: Machine, to: Machine, port: number): "passes" | "is held back" {
  const script = `echo > /dev/tcp/${addressOf(to)}/${port}`;
  const { status } = spawnSync("ip", ["netns", "exec", from, "timeout", "0.7", "bash", "-c", script]);
  return status === 124 ? "is held back" : "passes";
}

describe("with policies", () => {
  beforeAll(() => enforce(policies));

  test.each<[Machine, Machine, number, "passes" | "is held back", string]>([
    ["api", "db", 3306, "passes", "both sides let it"],
    ["api", "db", 3307, "is held back", "neither side lets it"],
    ["api", "db", 6805, "is held back", "the receiver does not let it in"],
    ["other", "db", 3306, "is held back", "the label counts only in the namespace that is named"],
    ["outside", "db", 3306, "is held back", "it is no pod"],
    ["api", "outside", 443, "passes", "the block holds it"],
    ["api", "outside", 80, "is held back", "the port is another"],
    ["api", "node", 443, "is held back", "the address is excepted"],
    ["api", "other", 443, "is held back", "pods are excepted"],
    ["job", "outside", 443, "is held back", "pods of no instance reach nothing"],
    ["outside", "job", 443, "is held back", "nothing reaches pods of no instance"],
    ["db", "outside", 25, "passes", "no policy is about what it sends"],
    ["other", "outside", 25, "passes", "policies are about pods of their namespace"],
    ["outside", "api", 9292, "passes", "no policy is about what it gets"],
  ])("a connection from %s to %s at %i %s: %s", (from, to, port, expected) => {
    expect(connect(from, to, port)).toBe(expected);
  });

  test("what is held back is noted, of both protocols", () => {
    const before = heldBack();
    inside("job", "bash", "-c", `echo x > /dev/udp/${addressOf("db")}/53`);
    inside("api", "bash", "-c", `echo x > /dev/udp/${addressOf("outside")}/53`);
    expect(before).toContain(`${addressOf("api")} . ${addressOf("db")} . 6 . 3307`);
    expect(heldBack()).toContain(`${addressOf("job")} . ${addressOf("db")} . 17 . 53`);
    expect(heldBack()).toContain(`${addressOf("api")} . ${addressOf("outside")} . 17 . 53`);
  });
});

test("policies that are gone hold nothing back, and others take their place at once", () => {
  enforce([]);
  expect(connect("job", "outside", 443)).toBe("passes");
  enforce(policies.slice(1));
  expect(connect("job", "outside", 443)).toBe("is held back");
  expect(connect("api", "outside", 80)).toBe("passes");
});

test("the kernel takes the rules of a whole cloud", () => {
  const cloud = build(readFileSync("clusters/us1/cluster.yaml", "utf8")) as Rendered;
  const addressed = podsOf(objectsOf(cloud)).map(({ namespace, labels }, index) => ({
    ...{ namespace, labels },
    address: `10.244.1.${index + 1}`,
  }));
  const named = new Map(cloud.model.namespaces.map(({ name }) => [name, { "kubernetes.io/metadata.name": name }]));
  const placed = policiesOf(cloud).map((policy) => ({ namespace: policy.metadata.namespace!, spec: specOf(policy) }));
  expect(placed.length).toBeGreaterThan(20);
  nft(rulesOf(placed, addressed, named));
});

const heldBack = (): string =>
  inside(router, "nft", "--numeric", "list", "set", "inet", "policies", "held").replaceAll(/\s+/g, " ");
