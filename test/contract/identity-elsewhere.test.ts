import { expect, test } from "vitest";
import { buildFrom, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";

/** A region of its own, whose Identity service runs in another cluster. */
function region(more: string) {
  const cluster = buildFrom({
    name: "eu2",
    text: `name: eu2
domain: eu2.example.org
region: eu2
identity: { url: "https://keystone.eu1.example.org:5000/v3" }
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { secret: public } }
kubernetes: { version: "1.35" }
infrastructure: { mariadb: { backup: none } }
services: { placement: { credentials: { identity: { generation: 2, alsoValid: 1 } } }, heat: {}, horizon: {} }
${more}`,
  });
  expect(cluster.issues).toEqual([]);
  const objects = (instance: string) =>
    Object.values(cluster.rendered!.renders.get(instance)!).flatMap((phase) => phase.objects);
  const text = (path: string) => scopeOf(cluster).files.get(`overlays/eu2/${path}`)!;
  return { cluster, objects, text, model: cluster.model! };
}

/** The Job that registers an instance. */
function register({ objects }: ReturnType<typeof region>, instance: string) {
  const job = objects(instance).find(({ metadata }) => metadata.name.includes("-register-"))!;
  const { template } = job.spec as { template: { spec: Pod } };
  const [{ env }] = template.spec.containers as [Pod["containers"][0]];
  const value = (name: string) => env.find((entry) => entry.name === name)?.value;
  return { first: template.spec.initContainers?.map(({ name }) => name), value, seed: JSON.parse(value("SEED")!) };
}
interface Pod {
  readonly initContainers?: readonly { readonly name: string }[];
  readonly containers: readonly { readonly env: readonly { readonly name: string; readonly value?: string }[] }[];
}

test("nobody adds an Identity service, and the password of who registers is given", () => {
  const { model } = region("");
  expect(model.instances.map(({ name }) => name)).not.toContain("keystone");
  const given = requiredSecrets(model).filter(({ name }) => ["identity-admin", "keystone-admin"].includes(name));
  expect(given).toMatchObject([
    {
      name: "identity-admin",
      namespace: "openstack-services",
      keys: { password: "given" },
      readBy: ["heat", "placement"],
    },
  ]);
});

test("users of all generations are called after the region, those of domains of a service too", () => {
  const cluster = region("");
  const names = (instance: string) =>
    (register(cluster, instance).seed as { users: { name: string }[] }).users.map(({ name }) => name);
  expect(names("placement")).toEqual(["placement.eu2", "placement.eu2-g2"]);
  expect(names("heat")).toEqual(["heat.eu2", "heat-stack-admin.eu2"]);
  expect(cluster.text("placement/run/placement.conf.d/50-instance.conf")).toContain("username = placement.eu2-g2\n");
});

test("both sides are trusted by who asks both, with one file", () => {
  const file = "/etc/ssl/overstack/ca.crt";
  const encrypted = region("");
  expect(encrypted.text("placement/run/placement.conf.d/50-instance.conf")).toContain(`cafile = ${file}\n`);
  expect(register(encrypted, "placement")).toMatchObject({ first: ["trusted-ca"] });
  expect(register(encrypted, "placement").value("OS_CACERT")).toBe(file);
  // Nothing of the inside is signed: the public authorities are what programs have.
  const plain = register(region("internal: { tls: none }\n"), "placement");
  expect([plain.first, plain.value("OS_CACERT")]).toEqual([undefined, undefined]);
  const own = register(region("internal: { tls: none }\ntrustedCa: company-ca\n"), "placement");
  expect([own.first, own.value("OS_CACERT")]).toEqual([["trusted-ca"], file]);
});

test("who asks it may reach it", () => {
  const { model } = region("");
  for (const name of ["placement", "heat", "horizon"]) {
    const ports = model.instances
      .find((instance) => instance.name === name)!
      .destinations.filter(({ to }) => to.some((place) => "cidr" in place && place.cidr === "0.0.0.0/0"))
      .flatMap((destination) => destination.ports?.map(({ port }) => port));
    expect(ports, name).toContain(5000);
  }
});
