import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";

const library = baseLibrary(catalogue);
const objects = (kubernetes: string, broker = "{}") => {
  const text = `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { mode: none }
kubernetes: ${kubernetes}
infrastructure: { mariadb: { backup: none }, rabbitmq: ${broker} }
services: { keystone: { notifications: true } }
`;
  const { rendered } = buildFrom({ name: "eu1", text, catalogue, library });
  return [...rendered!.renders.values()].flatMap(({ run }) => run.objects);
};

describe("Services", () => {
  const distributed = (kubernetes: string) =>
    objects(kubernetes)
      .filter(({ kind }) => kind === "Service")
      .map(({ metadata, spec }) => [metadata.name, (spec as { trafficDistribution?: string }).trafficDistribution])
      .filter(([, distribution]) => distribution !== undefined);

  test("prefer a server on the caller's own node, where Kubernetes knows the word", () => {
    for (const older of ["{}", '{ version: "1.33" }']) expect(distributed(older)).toEqual([]);
    for (const version of ["1.34", "1.35", "1.40"])
      expect(distributed(`{ version: "${version}" }`)).toEqual([
        ["mariadb-proxy", "PreferSameNode"],
        ["keystone-api", "PreferSameNode"],
      ]);
  });
});

describe("a broker", () => {
  const listeners = (settings: string) => {
    const [broker] = objects("{}", settings).filter(({ kind }) => kind === "RabbitmqCluster");
    return (broker!.spec as { rabbitmq: { advancedConfig?: string } }).rabbitmq.advancedConfig;
  };

  test("ends a connection that acknowledges nothing, after the seconds that are said", () => {
    expect(listeners("{}")).toContain("{raw, 6, 18, <<12000:32/native>>}");
    expect(listeners("{ tcpUserTimeout: 60 }")).toContain("{raw, 6, 18, <<60000:32/native>>}");
  });

  test("has the listeners of an operator who writes their options", () => {
    expect(listeners('{ options: { "tcp_listen_options.backlog": 4096 } }')).toBeUndefined();
  });
});
