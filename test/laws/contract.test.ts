import { beforeAll, describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { kindOf, kinds } from "../../generator/connections/index.ts";
import type { Component } from "../../generator/contract/component.ts";
import { endpointNamed, endpointsOf, publishedEndpoints, typesOf } from "../../generator/contract/endpoints.ts";
import { servedRoles } from "../../generator/contract/node-roles.ts";
import { jobsOf } from "../../generator/contract/programs.ts";
import { releases } from "../../generator/contract/release.ts";
import { buildFrom, scopeOf } from "../../generator/fleet/one-cluster.ts";
import { instanceSchema, rootSchema } from "../../generator/input/schema/whole.ts";
import { bare, type Schema } from "../../generator/input/schema/zod-walk.ts";
import { ancestryOf } from "../../generator/model/family.ts";
import { order } from "../../generator/model/order.ts";
import { operatorNamed } from "../../generator/operators/index.ts";
import { type BaseLibrary, baseLibrary } from "../../generator/render/cluster.ts";
import { imagesOf } from "../../generator/render/images.ts";
import type { Rendered } from "./cases.ts";
import { library } from "./library.ts";
import { objectsOf } from "./objects.ts";
import { samples } from "./samples.ts";

const components = [...catalogue.values()];
/** Bases that are made once more. */
const others = baseLibrary(catalogue);

describe.each(components.map((component) => [component.name, component] as const))("%s", (name, component) => {
  test("has a name and a sentence that tell what it is", () => {
    expect(catalogue.get(name)).toBe(component);
    expect(name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
    expect(component.summary).toMatch(/^[A-Z].*\.$/);
  });

  test("takes no key that it does not know, at any depth, and explains each that it knows", () => {
    expect([...faultsOf(component.options, name), ...faultsOf(instanceSchema(component), name)]).toEqual([]);
  });

  test("needs what the catalogue has", () => {
    expect(providersOf(component)).not.toContain(undefined);
    for (const part of component.parts?.(defaultsOf(component), []) ?? [])
      expect(catalogue.has(part.component)).toBe(true);
    for (const operator of component.operators ?? []) expect(operatorNamed(operator).name).toBe(operator);
  });

  test("says in its header all that others must know", () => {
    const {
      conf,
      config,
      crons = {},
      endpoints = {},
      needs,
      project,
      provided,
      provides,
      requires,
      roles,
      secretOptions = {},
      user,
    } = component;
    expect(provided !== undefined, "provided").toBe(provides !== undefined);
    expect(project !== undefined, "project").toBe(config !== undefined);
    if (conf !== undefined) expect(config, "conf").toBeDefined();
    // Several values come as a file among the layers of the main one.
    if (Object.values(secretOptions).some(({ multiple }) => multiple)) expect(conf).toBeDefined();
    expect(Object.keys(roles).length).toBeGreaterThan(0);
    const served = Object.values(endpoints).map(({ role }) => role);
    for (const role of served) expect(roles).toHaveProperty(role);
    expect(served, "a role has one endpoint at most").toEqual([...new Set(served)]);
    // An instance `heat-cfn` would have the public name of the endpoint `heat-cfn`; it is refused for its role's sake.
    for (const [key, { role }] of Object.entries(endpoints)) expect([name, `${name}-${role}`]).toContain(key);
    for (const role of Object.keys(component.development?.roles ?? {})) expect(roles).toHaveProperty(role);
    if (user !== undefined) expect(requires).toContain("identity");
    // What runs on nodes is told by its own database there.
    const isTold = needs !== undefined && servedRoles(component).length === 0;
    // The crons of a service read its configuration; what infrastructure has brings its own.
    const reads = provides === undefined && Object.keys(crons).length > 0;
    if (isTold || reads) expect(config).toBeDefined();
  });

  describe.each(releases)("at %s", (release) => {
    let cluster: Rendered;
    beforeAll(() => {
      cluster = rendered(component, release, library);
    });

    test("renders on defaults, and the same again", () => {
      const again = rendered(component, release, others);
      expect(Object.fromEntries(scopeOf(again).files)).toEqual(Object.fromEntries(scopeOf(cluster).files));
      expect(basesOf(again)).toEqual(basesOf(cluster));
    });

    test("runs nothing that its header does not name", () => {
      const known: Readonly<Record<string, readonly string[]>> = {
        CronJob: Object.keys(component.crons ?? {}),
        DaemonSet: Object.keys(component.roles),
        Deployment: Object.keys(component.roles),
        Job: jobsOf(component),
        StatefulSet: Object.keys(component.roles),
      };
      const unnamed = ownObjects(component, cluster).flatMap(({ object: { kind, metadata } }) =>
        kind in known && !known[kind]!.includes(metadata.labels!["app.kubernetes.io/component"]!)
          ? [`${kind}/${metadata.name}`]
          : [],
      );
      expect(unnamed).toEqual([]);
    });

    test("makes what its header speaks of, of images that it names", () => {
      const own = ownObjects(component, cluster);
      const suffix = own[0]!.instance.slice(name.length);
      const objects = own.map(({ object }) => object);
      expect(objects.length).toBeGreaterThan(0);
      const known = Object.values(component.images).map((image) => image(release));
      for (const image of known) expect(image).toMatch(/^[a-z0-9.-]+\.[a-z]+(\/[a-z0-9._-]+)+:[A-Za-z0-9_.-]+$/);
      expect(objects.flatMap(imagesOf).filter((image) => !known.includes(image))).toEqual([]);
      const crons = objects.filter(({ kind }) => kind === "CronJob").map(({ metadata }) => metadata.name);
      for (const [cron, { optional }] of Object.entries(component.crons ?? {}))
        if (!optional) expect(crons).toContain(`${name}-${cron}${suffix}`);
      const published = publishedEndpoints(component).map(([key]) => key);
      for (const [key, { role }] of endpointsOf(component))
        for (const kind of ["Service", "NetworkPolicy", ...(published.includes(key) ? ["HTTPRoute"] : [])])
          expect(
            objects.some((object) => object.kind === kind && object.metadata.name === `${name}-${role}${suffix}`),
            kind,
          ).toBe(true);
    });
  });
});

describe("the catalogue as a whole", () => {
  test("has one provider of each kind and grade, one owner of each endpoint, one Gateway", () => {
    const claims = components.flatMap(({ provides, grade, publishes, endpoints = {} }) => [
      ...(provides === undefined ? [] : [`${provides} ${grade ?? ""}`]),
      ...(publishes ? ["publishes"] : []),
      ...Object.values(endpoints).flatMap((endpoint) => typesOf(endpoint).map((type) => `endpoint ${type}`)),
    ]);
    expect(claims).toEqual([...new Set(claims)]);
  });

  test("has a provider of each grade that a kind knows, and none of another", () => {
    for (const kind of kinds) {
      const { grades } = kindOf(kind);
      const promised = components.filter(({ provides }) => provides === kind).map(({ grade }) => grade);
      expect(promised.sort(), kind).toEqual(grades === undefined ? [undefined] : [...grades].sort());
    }
  });

  test("knows no component whose name begins another's, but for a part's: an instance's name tells its component", () => {
    for (const { name, roles, crons = {}, jobs = {} } of components)
      for (const other of components.filter((item) => item.name.startsWith(`${name}-`))) {
        expect(
          ancestryOf(other, catalogue)
            .map((owner) => owner.name)
            .slice(1),
          other.name,
        ).toContain(name);
        // Of a role that is called so, the objects would have the names of the part's.
        const word = other.name.slice(name.length + 1);
        for (const program of Object.keys({ ...roles, ...crons, ...jobs }))
          expect(`${program}-`.startsWith(`${word}-`), `${name}: ${program}`).toBe(false);
      }
  });

  test("has an owner for each part", () => {
    for (const { name, partOf } of components)
      if (partOf !== undefined) expect(catalogue.has(partOf), `${name} is a part of ${partOf}`).toBe(true);
  });

  test("the order of components has no cycle", () => {
    const cycles: (readonly string[])[] = [];
    const needed = components.map((component) => ({
      name: component.name,
      after: providersOf(component).flatMap((provider) => (provider === component ? [] : (provider?.name ?? []))),
    }));
    expect(order(needed, (cycle) => cycles.push(cycle)).length).toBe(components.length);
    expect(cycles).toEqual([]);
  });

  test("the rest of cluster.yaml is as strict, and as well explained", () => {
    expect(faultsOf(rootSchema, "cluster.yaml")).toEqual([]);
  });
});

/** Who must be there: providers of its needs, owners of the endpoints that it asks. */
const providersOf = (component: Component): (Component | undefined)[] => [
  ...(component.needs?.(defaultsOf(component)) ?? []).map(({ kind }) =>
    components.find(({ provides }) => provides === kind),
  ),
  ...(component.requires ?? []).map((type) =>
    components.find((component) => endpointNamed(component, type) !== undefined),
  ),
];

const defaultsOf = ({ options }: Component): never => options.parse({}) as never;

/** Places of a schema that take unknown keys, and keys without a sentence. A sidecar is a container as Kubernetes writes it. */
function faultsOf(schema: Schema, path: string): string[] {
  const { def } = bare(schema);
  switch (def.type) {
    case "object": {
      const isOpen = def.catchall?._zod.def.type !== "never" && !path.endsWith(".sidecars[]");
      const keys = Object.entries(def.shape as Record<string, Schema>);
      return [
        ...(isOpen ? [`${path} takes unknown keys`] : []),
        ...keys.flatMap(([key, inner]) => [
          ...(/^[A-Z].*\.$/s.test(bare(inner).description ?? "") ? [] : [`${path}.${key} has no sentence`]),
          ...faultsOf(inner, `${path}.${key}`),
        ]),
      ];
    }
    case "array":
      return faultsOf(def.element, `${path}[]`);
    case "record":
      return faultsOf(def.valueType, `${path}.*`);
    case "union":
      return def.options.flatMap((option, index) => faultsOf(option, `${path}|${index}`));
    default:
      return [];
  }
}

/** The objects of a component's first instance in a cluster. */
function ownObjects(component: Component, cluster: Rendered): ReturnType<typeof objectsOf> {
  const { name } = cluster.model.instances.find((instance) => instance.component === component)!;
  return objectsOf(cluster).filter(({ instance }) => instance === name);
}

/**
 * A component on defaults, with what it needs: development asks for no decisions. A part is there with the head of its family, on
 * defaults or as its example has it.
 */
function rendered(component: Component, release: string, bases: BaseLibrary): Rendered {
  const head = ancestryOf(component, catalogue).at(-1)!;
  const plain = clusterOf(head, {}, release, bases, component);
  expect(plain.issues).toEqual([]);
  if (plain.model!.instances.some((instance) => instance.component === component)) return plain as Rendered;
  const options = Object.entries(samples.get(head.name)!.example[head.name] ?? {}).filter(
    ([key]) => key in head.options.shape,
  );
  const whole = clusterOf(head, Object.fromEntries(options), release, bases, component);
  expect(whole.issues.filter(({ severity }) => severity === "error")).toEqual([]);
  return whole as Rendered;
}

/** A cluster with an instance of a component, and with the nodes that one of its parts runs on. */
function clusterOf(component: Component, options: object, release: string, bases: BaseLibrary, part = component) {
  const { group, name } = component;
  const [own] = servedRoles(component);
  const [role] = servedRoles(part);
  const text = `name: lab
release: "${release}"
profile: development
domain: lab.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
kubernetes: { nodeNetworks: [192.0.2.0/24] }
${group}: { ${name}${own === undefined ? "" : "-compute"}: ${JSON.stringify(options)} }
${role === undefined ? "" : `nodeGroups: { compute: { roles: [${role}] } }`}
`;
  return buildFrom({ name: "lab", text, catalogue, library: bases });
}

const basesOf = ({ rendered: { bases } }: Rendered): object =>
  Object.fromEntries(bases.flatMap(({ files }) => [...files]));
