import { describe, expect, test } from "vitest";
import { openstack } from "../../generator/kit/openstack.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { secretsInUse } from "../../generator/secrets/rotation-steps.ts";
import { podOf, renderingOf, withComponents } from "./tiny.ts";

const tiny = openstack({
  name: "tiny",
  summary: "A service with users of its own.",
  roles: { api: { wsgi: "tiny.wsgi:application", endpoint: { type: "tiny", port: 9001, description: "Tiny" } } },
  identity: ({ instance }) => ({
    domains: [{ name: instance, description: "Users of stacks", option: "DEFAULT.stack_domain" }],
    roles: ["tiny_user"],
    users: { "stack-admin": { domain: instance, roles: ["admin"], option: "DEFAULT.stack_admin" } },
  }),
  logins: { trustee: { project: false }, neutron: { session: true } },
});

interface Seed {
  domains: { name: string }[];
  roles: string[];
  users: { name: string; domain: string; passwordVariable: string; grants: object[] }[];
  absentUsers?: object[];
}
const built = (settings: object = {}, name = "tiny") => {
  const cluster = withComponents([tiny], { services: { [name]: settings, placement: {} } });
  const { objects, configMaps } = renderingOf(cluster, name);
  const [, register] = Object.entries(objects).find(([id]) => id.startsWith("Job/tiny-register"))!;
  const { main } = podOf(register);
  const seed = JSON.parse(main.env.find((item) => item.name === "SEED")!.value!) as Seed;
  return { cluster, objects, configMaps, seed, script: main.command.at(-1)!, env: main.env };
};
const secretOf = (env: readonly { name: string; valueFrom?: object }[], variable: string) =>
  (env.find(({ name }) => name === variable)!.valueFrom as { secretKeyRef: { name: string } }).secretKeyRef.name;

describe("where services live apart from the Identity service", () => {
  const cluster = withComponents([tiny], { namespaces: "per-component", services: { "tiny-two": {} } });
  const { objects } = renderingOf(cluster, "tiny-two");
  const entries = Object.entries(objects);
  const ids = entries.filter(([, { metadata }]) => metadata.namespace === "openstack-keystone").map(([id]) => id);

  test("the Job that enters one logs in as the administrator where that password lies, with an account and policies of its own", () => {
    const [job] = ids.filter((id) => id.startsWith("Job/tiny-register"));
    expect(ids).toEqual(
      expect.arrayContaining([job, "ServiceAccount/tiny-register-two", "NetworkPolicy/tiny-register-two"]),
    );
    expect(ids).toHaveLength(3);
    expect(podOf(objects[job!]).serviceAccountName).toBe("tiny-register-two");
    expect(objects["NetworkPolicy/tiny-register-two"]!.spec).toMatchObject({
      podSelector: {
        matchLabels: { "app.kubernetes.io/component": "register", "app.kubernetes.io/instance": "tiny-two" },
      },
      policyTypes: ["Ingress", "Egress"],
    });
  });

  test("passwords of the service's users are copied there, and that of the administrator nowhere", () => {
    const secrets = requiredSecrets(cluster.model!);
    const at = (namespace: string) => secrets.filter((secret) => secret.namespace === namespace);
    expect(at("openstack-keystone").filter(({ readBy }) => readBy.includes("tiny-two"))).toMatchObject([
      { name: "keystone-admin", readBy: ["keystone", "tiny-two"] },
      { name: "tiny-two-identity", copyOf: { instance: "tiny-two", name: "tiny-two-identity" } },
      { name: "tiny-two-identity-stack-admin", copyOf: { instance: "tiny-two" } },
    ]);
    expect(at("openstack-tiny").map(({ name }) => name)).not.toContain("keystone-admin");
  });
});

describe("identity of a service's own", () => {
  test("one Job makes domains, roles and users, each instance its own", () => {
    const { seed, env } = built({}, "tiny-two");
    expect(seed.domains.map(({ name }) => name)).toEqual(["service", "tiny-two"]);
    expect(seed.roles).toEqual(["service", "tiny_user", "admin"]);
    expect(seed.users.map(({ name, domain, grants }) => [name, domain, grants])).toEqual([
      ["tiny-two", "service", [{ role: "service", project: "service", projectDomain: "service" }]],
      ["tiny-two-stack-admin", "tiny-two", [{ role: "admin", domain: "tiny-two" }]],
    ]);
    expect(secretOf(env, "STACK_ADMIN_PASSWORD")).toBe("tiny-two-identity-stack-admin");
  });

  test("the pods get names by configuration and passwords by environment", () => {
    const { cluster, objects, configMaps } = built();
    const { main } = podOf(objects["Deployment/tiny-api"]);
    expect(secretOf(main.env, "OS_DEFAULT__STACK_ADMIN_PASSWORD")).toBe("tiny-identity-stack-admin");
    for (const group of ["KEYSTONE_AUTHTOKEN", "TRUSTEE", "NEUTRON"])
      expect(secretOf(main.env, `OS_${group}__PASSWORD`), group).toBe("tiny-identity");
    const text = configMaps.map(({ data }) => Object.values(data).join("\n")).join("\n");
    expect(text).toContain("stack_admin = tiny-stack-admin\n");
    expect(text).toContain("stack_domain = tiny\n");
    expect(text).toMatch(
      /\[trustee\]\nauth_type = password\nauth_url = \S+\nuser_domain_name = service\nusername = tiny\n/,
    );
    expect(text).toMatch(/\[neutron\]\n(.+\n)*project_name = service\n(.+\n)*valid_interfaces = internal\n/);
    const wanted = requiredSecrets(cluster.model!).map(({ name }) => name);
    expect(wanted).toEqual(expect.arrayContaining(["tiny-identity", "tiny-identity-stack-admin"]));
  });

  test("all users of an instance rotate together, and the former ones go", () => {
    const { cluster, seed, env, configMaps } = built({ credentials: { identity: { generation: 3, alsoValid: 2 } } });
    expect(seed.users.map(({ name }) => name)).toEqual([
      ...["tiny-g2", "tiny-g3", "tiny-stack-admin-g2", "tiny-stack-admin-g3"],
    ]);
    expect(seed.absentUsers).toEqual([
      { name: "tiny", domain: "service" },
      { name: "tiny-stack-admin", domain: "tiny" },
    ]);
    expect(secretOf(env, "STACK_ADMIN_PASSWORD_1")).toBe("tiny-identity-stack-admin-g3");
    expect(configMaps.map(({ data }) => Object.values(data).join("\n")).join("\n")).toContain(
      "stack_admin = tiny-stack-admin-g3\n",
    );
    expect(secretsInUse(cluster.model!, "tiny", "identity").map((id) => id.split("/")[1])).toEqual([
      ...["tiny-identity-g3", "tiny-identity-stack-admin-g3", "tiny-identity-g2", "tiny-identity-stack-admin-g2"],
    ]);
  });

  test("what only some seeds need is in the script of those alone", () => {
    const { cluster, script } = built();
    const { objects } = renderingOf(cluster, "placement");
    const other = podOf(objects["Job/placement-register"]).main.command.at(-1)!;
    expect(script).toContain("assign_domain_role_to_user");
    expect(other).not.toContain("assign_domain_role_to_user");
    const takeAway = /^ {4}for grant in item\.get\("revoked".*\n(?: {8}.*\n)+/m;
    expect(script).not.toMatch(takeAway);
    expect(other).toMatch(takeAway);
    const lines = other.replace(takeAway, "").split("\n");
    expect(script.split("\n").filter((line) => lines.includes(line))).toEqual(lines);
  });
});
