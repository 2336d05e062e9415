import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { examples, type Rendered } from "../laws/cases.ts";
import { objectsOf } from "../laws/objects.ts";

// What services learn about a request: for which of them a token may be used, whose password it was got with, and what was asked at the Gateway.

interface Seed {
  readonly services?: readonly { readonly type: string }[];
  readonly users?: readonly { readonly name: string; readonly program?: boolean }[];
}
interface Container {
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** What each Job enters into the Identity service, and by which script. */
const seedsOf = (objects: readonly KubernetesObject[]): { seed: Seed; script: string }[] =>
  objects.flatMap(({ kind, spec }) => {
    if (kind !== "Job") return [];
    const { containers } = (spec as { template: { spec: { containers: Container[] } } }).template.spec;
    return containers.flatMap(({ env = [], command = [] }) =>
      env
        .filter(({ name }) => name === "SEED")
        .map(({ value }) => ({ seed: JSON.parse(value!) as Seed, script: command.join("\n") })),
    );
  });

/** The catalogue's types that the Job of an instance enters. */
const enteredTypes = (objects: readonly KubernetesObject[]): string[] =>
  seedsOf(objects).flatMap(({ seed: { services = [] } }) => services.map(({ type }) => type));

/** The options of a group, of all layers of the files of an instance. */
const optionsIn = (objects: readonly KubernetesObject[], group: string): string[] =>
  objects.flatMap(({ kind, data }) =>
    kind !== "ConfigMap"
      ? []
      : Object.values((data ?? {}) as Record<string, string>).flatMap((text) =>
          text.split(/^(?=\[)/m).filter((each) => each.startsWith(`[${group}]\n`)),
        ),
  );

const ofInstance = (cluster: Rendered, instance: string): KubernetesObject[] =>
  objectsOf(cluster).flatMap((owned) => (owned.instance === instance ? [owned.object] : []));

/** What would lock a program out that cannot change its password. */
const rulesForPeople = [
  "ignore_change_password_upon_first_use",
  "ignore_password_expiry",
  "ignore_lockout_failure_attempts",
  "ignore_user_inactivity",
];

describe.each(examples)("%s", (_, cluster) => {
  // keystonemiddleware compares it with the rules of an application credential, and refuses every such token without it.
  test("each service that checks tokens knows its own type in the catalogue", () => {
    for (const { name, component } of cluster.model.instances) {
      if (!catalogue.has(component.name)) continue;
      const objects = ofInstance(cluster, name);
      const groups = optionsIn(objects, "keystone_authtoken");
      if (groups.length === 0) continue;
      const types = groups.flatMap((text) => [...text.matchAll(/^service_type = (.+)$/gm)].map(([, type]) => type!));
      // The first of its entries is the one that its configuration is about; one without an entry has no type.
      expect(types, name).toEqual(enteredTypes(objects).slice(0, 1));
    }
  });

  // https://docs.openstack.org/keystone/latest/admin/resource-options.html
  test("rules for the passwords of people hold for no service", () => {
    for (const { name, spec } of cluster.model.instances)
      for (const { seed, script } of seedsOf(ofInstance(cluster, name))) {
        const people = (spec.options as { seed?: Seed }).seed?.users?.map((user) => user.name) ?? [];
        for (const user of seed.users ?? []) expect(user.program ?? false, user.name).toBe(!people.includes(user.name));
        const exempted = /^ {4}if item\.get\("program"\):\n {8}exempt\(user\.id, ([^)]+)\)/m.exec(script)?.[1] ?? "";
        const rules = (seed.users ?? []).some(({ program }) => program) ? rulesForPeople : [];
        expect(exempted.match(/\w+/g) ?? [], name).toEqual(rules);
      }
  });

  // The headers that oslo.middleware's HTTPProxyToWSGI reads, in which a name with underscores is one with dashes.
  test("no service believes what a client says about where its request comes from", () => {
    const gateways = objectsOf(cluster).filter(({ object }) => object.kind === "Gateway");
    const policies = objectsOf(cluster).flatMap(({ object }) =>
      object.kind === "ClientTrafficPolicy"
        ? [object.spec as { headers: Headers; targetRefs: { name: string }[] }]
        : [],
    );
    expect(policies.flatMap(({ targetRefs }) => targetRefs.map(({ name }) => name)).sort()).toEqual(
      gateways.map(({ object }) => object.metadata.name).sort(),
    );
    for (const { headers } of policies)
      expect(headers.earlyRequestHeaders.remove.map((header) => header.toLowerCase())).toEqual(
        expect.arrayContaining([
          "forwarded",
          ...["for", "host", "port", "prefix", "proto"].flatMap((word) => [
            `x-forwarded-${word}`,
            `x_forwarded_${word}`,
          ]),
        ]),
      );
  });
});

interface Headers {
  readonly earlyRequestHeaders: { readonly remove: readonly string[] };
}
