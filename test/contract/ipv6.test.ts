import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { library } from "../laws/library.ts";

const built = (families: string | undefined, more = "") => {
  const { rendered, issues } = buildFrom({
    name: "eu1",
    text: `name: eu1
profile: development
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
${families === undefined ? "" : `kubernetes: { ipFamilies: ${families} }`}
proxy: { https: "http://proxy.example.org:3128" }
infrastructure: { etcd: {}, valkey: {}${more} }
services:
  keystone: { notifications: true }
  glance: { stores: { shared: { type: file } } }
  horizon: {}
`,
    catalogue,
    library,
  });
  return { issues, renders: rendered?.renders };
};
const textOf = (families?: string): string =>
  JSON.stringify([...built(families).renders!].map(([name, render]) => [name, render]));
const inside = (families: string, instance: string): string => JSON.stringify(built(families).renders!.get(instance));

describe("a cluster with IPv6 addresses", () => {
  test("has servers that listen at them, and members that speak over them", () => {
    for (const service of ["keystone", "glance", "horizon"]) {
      expect(inside("[IPv6]", service)).toMatch(/http-socket = \[::\]:\d+/);
      expect(inside("[IPv6]", service)).not.toMatch(/-socket = :/);
    }
    expect(inside("[IPv6]", "etcd")).not.toContain("0.0.0.0");
    expect(inside("[IPv6]", "rabbitmq")).toMatch(/-proto_dist inet6_tcp.*\{inet6, true\}/);
    expect(inside("[IPv6]", "gateway")).toContain('"ipFamily":"IPv6"');
  });

  test("asks caches for an IPv6 address, and writes addresses of pods into URLs with brackets", () => {
    expect(inside("[IPv6]", "keystone")).toMatch(/memcache_servers = inet6:\[memcached-server-0\.[^\]]+\]:11211/);
    expect(inside("[IPv6]", "glance")).toMatch(/memcached_servers = inet6:\[memcached-server-0\.[^\]]+\]:11211/);
    expect(inside("[IPv6]", "glance")).toContain("http://[$(POD_IP)]:9292");
  });

  test("reaches the API server by a name, and itself without the proxy", () => {
    expect(inside("[IPv6]", "keystone")).toContain('"name":"KUBERNETES_SERVICE_HOST","value":"kubernetes.default.svc"');
    expect(inside("[IPv6]", "keystone")).toMatch(/"NO_PROXY":"localhost,127\.0\.0\.1,::1,/);
  });
});

test("where IPv6 comes second, servers and the Gateway take both, and pods ask each other as without it", () => {
  expect(inside("[IPv4, IPv6]", "keystone")).toContain("http-socket = [::]:5000");
  expect(inside("[IPv4, IPv6]", "gateway")).toContain('"ipFamily":"DualStack"');
  for (const said of ["inet6", '"name":"KUBERNETES_SERVICE_HOST"', "[$(POD_IP)]"])
    expect(textOf("[IPv4, IPv6]")).not.toContain(said);
});

test("IPv4 alone is what is generated when nothing is said", () => {
  expect(textOf("[IPv4]")).toBe(textOf());
});

test("an IPv6 address of the load balancer is refused: Envoy Gateway takes none", () => {
  const { issues } = built("[IPv6]", ', gateway: { loadBalancerAddress: "2001:db8::10" }');
  expect(issues.map(({ code, path }) => [code, path])).toEqual([
    ["bad-format", ["infrastructure", "gateway", "loadBalancerAddress"]],
  ]);
});
