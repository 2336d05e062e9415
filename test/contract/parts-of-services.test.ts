import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import type { Catalogue, Component } from "../../generator/contract/component.ts";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { openstack } from "../../generator/kit/openstack.ts";

/** A service that sends a token of its own, and gave its user more rights at a release. */
const depot = openstack({
  name: "depot",
  summary: "A service with a part on one node.",
  roles: { api: { wsgi: "depot.wsgi:application", endpoint: { type: "depot", port: 8997, description: "Depot" } } },
  needs: ["database", "rpc", "token-cache"],
  user: { roles: { "2025.1": ["admin", "service"], later: ["service"] }, formerRoles: ["admin"] },
  sendsServiceTokens: true,
  parts: () => [{ component: "depot-porter", options: { node: "storage-1" } }],
});

/** Its part has the same packages, and no user: what it logs in as is its owner's. */
const porter = openstack({
  name: "depot-porter",
  summary: "Carries what the depot keeps, with all rights of its node.",
  partOf: "depot",
  project: "depot",
  user: "owner",
  group: "nodes",
  privilege: "privileged",
  options: { node: z.string().default("none").describe("Node that it runs on.") },
  roles: {
    porter: {
      command: ["depot-porter"],
      scaling: "one",
      privileged: true,
      stateful: () => [],
      pod: ({ options: { node } }) => ({ nodeSelector: { "kubernetes.io/hostname": node } }),
    },
  },
  needs: [{ kind: "messaging", name: "depot", group: "DEFAULT", use: "rpc", from: "owner" }],
  sendsServiceTokens: true,
});

const own = [depot, porter].map((component): [string, Component] => [component.name, component as Component]);
const catalogue: Catalogue = new Map([...builtIn, ...own]);

const build = (release: string) => {
  const text = `name: eu1
profile: development
release: "${release}"
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
services: { depot: {} }
`;
  const cluster = buildFrom({ name: "eu1", text, catalogue });
  expect(cluster.issues).toEqual([]);
  const objectsOf = (instance: string): KubernetesObject[] =>
    Object.values(cluster.rendered!.renders.get(instance)!).flatMap(({ objects }) => objects);
  const optionsOf = (instance: string): string =>
    Object.values(cluster.rendered!.renders.get(instance)!)
      .flatMap(({ configMaps }) => configMaps.flatMap(({ data }) => Object.values(data)))
      .join("\n");
  return { ...cluster, objectsOf, optionsOf };
};
const built = build("2026.1");
const set = built.objectsOf("depot-porter").find(({ kind }) => kind === "StatefulSet")!;
const { template, ...spec } = set.spec as { template: IPodTemplateSpec; volumeClaimTemplates?: unknown };
const [main] = template.spec!.containers;

describe("a part of a service", () => {
  test("without a name of its own is called after its component", () => {
    const { name, namespace, owner } = built.model!.instances.find(({ component }) => component.name === porter.name)!;
    expect([name, namespace, owner]).toEqual(["depot-porter", "openstack-nodes", "depot"]);
  });

  test("logs in as its owner's user, and checks no tokens", () => {
    const passwords = main!.env!.filter(({ name }) => name.endsWith("__PASSWORD"));
    expect(passwords).toEqual([
      { name: "OS_SERVICE_USER__PASSWORD", valueFrom: { secretKeyRef: { name: "depot-identity", key: "password" } } },
    ]);
    expect(built.optionsOf("depot-porter")).toContain("send_service_user_token = true");
    expect(built.optionsOf("depot-porter")).toContain("username = depot\n");
    expect(built.optionsOf("depot-porter")).not.toContain("keystone_authtoken");
    expect(built.objectsOf("depot-porter").filter(({ kind }) => kind === "Job")).toEqual([]);
  });

  test("has its owner's image and files", () => {
    expect(main!.image).toBe("quay.io/airshipit/depot:2026.1-ubuntu_noble");
    expect(main!.volumeMounts!.map(({ mountPath }) => mountPath)).toContain("/etc/depot");
  });

  test("keeps the name of its pod without a volume, with the rights and on the node that its header says", () => {
    expect(spec.volumeClaimTemplates).toBeUndefined();
    expect(main!.securityContext).toMatchObject({ privileged: true, runAsUser: 0 });
    expect(template.spec!.nodeSelector).toEqual({ "kubernetes.io/hostname": "storage-1" });
  });
});

test("a user has the roles of its release, and loses those that a later one does not ask for", () => {
  const userAt = (release: string) => {
    const job = build(release)
      .objectsOf("depot")
      .find(({ kind, metadata }) => kind === "Job" && metadata.name.startsWith("depot-register"))!;
    const { spec } = (job.spec as { template: IPodTemplateSpec }).template;
    const seed = JSON.parse(spec!.containers[0]!.env!.find(({ name }) => name === "SEED")!.value!);
    const rolesOf = (grants: readonly { role: string }[] = []) => grants.map(({ role }) => role);
    return { granted: rolesOf(seed.users[0].grants), revoked: rolesOf(seed.users[0].revoked) };
  };
  expect(userAt("2025.1")).toEqual({ granted: ["admin", "service"], revoked: [] });
  expect(userAt("2025.2")).toEqual({ granted: ["service"], revoked: ["admin"] });
});
