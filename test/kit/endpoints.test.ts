import { describe, expect, test } from "vitest";
import { openstack } from "../../generator/kit/openstack.ts";
import { publicNamesOf } from "../../generator/render/cluster-values.ts";
import { podOf, renderingOf, withComponents } from "./tiny.ts";

const tiny = openstack({
  name: "tiny",
  summary: "A service that answers in many ways.",
  roles: {
    api: {
      wsgi: "tiny.wsgi:application",
      endpoint: { type: ["tinyv3", "tiny-storage"], port: 9001, path: "/v3", description: "Tiny" },
    },
    metadata: { wsgi: "tiny.metadata:application", endpoint: { port: 9002, public: false } },
    agents: { wsgi: "tiny.agents:application", endpoint: { type: "tiny-agents", port: 9003, public: false } },
    console: { command: ["tiny-console"], endpoint: { port: 9004, timeout: 0 } },
    dns: { command: ["tiny-dns"], endpoint: { port: 53, protocols: ["TCP", "UDP"] } },
    health: { command: ["tiny-health"], endpoint: { port: 5555, protocols: ["UDP"], public: false } },
  },
  needs: ["database", "token-cache", "rpc"],
  conf: (ctx) => ({
    tiny: { console: ctx.url("tiny-console", "public"), metadata: ctx.url("tiny-metadata", "internal") },
  }),
});

const services = { tiny: {}, "tiny-two": {} };
const cluster = withComponents([tiny], { services });
const { objects } = renderingOf(cluster, "tiny-two");

describe("endpoints by key", () => {
  test("each public one has a name, a listener and a route of its own, with the suffix of its instance", () => {
    const names = publicNamesOf(cluster.model!).filter(({ section }) => section.startsWith("tiny"));
    expect(names.map(({ section, host }) => [section, host])).toEqual([
      ["tiny", "tiny.lab.example.org"],
      ["tiny-console", "tiny-console.lab.example.org"],
      ["tiny-console-two", "tiny-console-two.lab.example.org"],
      ["tiny-two", "tiny-two.lab.example.org"],
    ]);
    const gateway = renderingOf(cluster, "gateway").objects["Gateway/gateway"]!.spec as {
      listeners: { name: string }[];
    };
    expect(gateway.listeners.map(({ name }) => name)).toEqual(
      expect.arrayContaining(names.map(({ section }) => section)),
    );
    expect(objects["HTTPRoute/tiny-console-two"]!.spec).toMatchObject({
      parentRefs: [{ sectionName: "tiny-console-two" }],
      rules: [{ backendRefs: [{ name: "tiny-console-two", port: 9004 }], timeouts: { request: "0s" } }],
    });
    expect(Object.keys(objects).filter((id) => id.startsWith("HTTPRoute/"))).toHaveLength(2);
  });

  test("the catalogue lists each type of a role, the inside alone for what is not public, and nothing without a type", () => {
    const { env } = podOf(objects["Job/tiny-register-two"]).main;
    const { services: listed } = JSON.parse(env.find(({ name }) => name === "SEED")!.value!) as {
      services: { name: string; type: string; endpoints: object }[];
    };
    expect(listed.map(({ name, type, endpoints }) => [name, type, Object.keys(endpoints)])).toEqual([
      ["tiny-two", "tinyv3", ["internal", "public"]],
      ["tiny-two", "tiny-storage", ["internal", "public"]],
      ["tiny-agents-two", "tiny-agents", ["internal"]],
    ]);
    expect(env).toContainEqual({ name: "TINY_STORAGE_PUBLIC_URL", value: "http://tiny-two.lab.example.org/v3" });
  });

  test("URLs are found by type or key", () => {
    const { configMaps } = renderingOf(cluster, "tiny-two");
    const text = JSON.stringify(configMaps.find(({ name }) => name === "tiny-conf-d-two"));
    expect(text).toContain("console = http://tiny-console-two.lab.example.org");
    expect(text).toContain("metadata = http://tiny-metadata-two.openstack-services.svc.cluster.local:9002");
  });

  test("what does not speak HTTP is reached at load balancers, unless it is not public", () => {
    const port = (name: string, protocol: string, number: number) => ({
      name,
      port: number,
      protocol,
      targetPort: name,
    });
    const both = [port("tcp", "TCP", 53), port("udp", "UDP", 53)];
    expect(objects["Service/tiny-dns-public-two"]!.spec).toMatchObject({ type: "LoadBalancer", ports: both });
    expect(objects["Service/tiny-dns-two"]!.spec).toMatchObject({ type: "ClusterIP", ports: both });
    expect(objects["Service/tiny-health-two"]!.spec).toMatchObject({ ports: [port("health", "UDP", 5555)] });
    expect(objects).not.toHaveProperty(["Service/tiny-health-public-two"]);
    expect(objects["NetworkPolicy/tiny-dns-two"]!.spec).toMatchObject({
      ingress: [
        {
          ports: [
            { port: 53, protocol: "TCP" },
            { port: 53, protocol: "UDP" },
          ],
        },
      ],
    });
    expect(podOf(objects["Deployment/tiny-dns-two"]).main.readinessProbe).toMatchObject({ tcpSocket: { port: 53 } });
    expect(podOf(objects["Deployment/tiny-health-two"]).main.readinessProbe).toHaveProperty("exec");
  });

  test("a Gateway has room for 64 listeners", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`tiny-i${index}`, {}]));
    const codes = (count: number) => withComponents([tiny], { services: many(count) }).issues.map(({ code }) => code);
    // Two names each, and Keystone's.
    expect(codes(31)).not.toContain("too-many-public-names");
    expect(codes(32)).toContain("too-many-public-names");
  });
});
