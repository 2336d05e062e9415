import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalogue as builtIn } from "../../generator/components/index.ts";
import { type Component, component } from "../../generator/contract/component.ts";
import type { Context } from "../../generator/contract/context.ts";
import type { ServerCertificate } from "../../generator/contract/secret.ts";
import { openstack } from "../../generator/kit/openstack.ts";
import { certificates, hasCertificates } from "../../generator/render/certificates.ts";
import { rendered } from "../family/clusters.ts";
import { renderingOf } from "../kit/tiny.ts";

/** What both ends of a link show to each other. */
const shown = ({ instance, namespace }: Context, usage: string): ServerCertificate => ({
  secret: `${instance}-link-tls`,
  dnsNames: [`${instance}.${namespace}.svc`],
  commonName: instance,
  usages: ["digital signature", usage],
  signer: "yard-area",
});

/** A service in areas; in each some gates lead to what runs on the nodes. */
const yard = openstack({
  name: "yard",
  summary: "A service whose parts trust each other, and nobody else.",
  user: false,
  needs: [],
  options: { areas: z.array(z.string()).default([]).describe("Areas.") },
  roles: { api: { wsgi: "yard.wsgi:application", endpoint: { port: 8994, description: "Yard" } } },
  parts: ({ areas }) => areas.map((name) => ({ component: "yard-area", name, options: { name } })),
});

const area = openstack({
  name: "yard-area",
  summary: "An area, whose authority signs for its own parts.",
  partOf: "yard",
  user: false,
  project: "yard",
  needs: [],
  authority: true,
  options: { name: z.string().optional().describe("Name of the area.") },
  roles: { keeper: { command: ["yard-keeper"], probe: ["true"] } },
  parts: ({ name }) =>
    name === undefined || name === "empty"
      ? []
      : [{ component: "yard-gate" }, { component: "yard-crane", nodeGroup: name }],
});

const gate = openstack({
  name: "yard-gate",
  summary: "Lets people in to what runs on the nodes of its area.",
  partOf: "yard-area",
  user: false,
  project: "yard",
  needs: [],
  nodePorts: [[5000, 5009], 5020],
  certificates: (ctx) => [shown(ctx, "client auth")],
  roles: {
    door: {
      command: ["yard-door"],
      probe: ["true"],
      endpoint: { port: 8995, timeout: 0, description: "Gate" },
    },
  },
});

const crane = component({
  name: "yard-crane",
  summary: "Runs on the nodes of an area.",
  group: "nodes",
  partOf: "yard-area",
  perNodeGroup: "hypervisor",
  privilege: "privileged",
  options: z.strictObject({}),
  roles: {},
  images: {},
  project: "yard",
  certificates: (ctx) => [shown(ctx, "server auth")],
  config: (ctx) => ({
    "crane.conf": {
      DEFAULT: {
        seen_at: ctx.siblings.map((sibling) => ctx.urlOf(sibling, "yard-gate", "public")).join(" "),
      },
    },
  }),
  manifests: () => [],
});

const own = [yard, area, gate, crane].map((each): [string, Component] => [each.name, each as Component]);
const catalogue = new Map([...builtIn, ...own]);
const settings = (tls: string) => ({
  kubernetes: { version: "1.35", nodeNetworks: ["192.0.2.0/24", "2001:db8::/64"] },
  nodeGroups: { east: { roles: ["hypervisor"] }, west: { roles: ["hypervisor"] } },
  internal: { tls },
});
const clusterOf = (areas: readonly string[], tls = "required") =>
  rendered({ yard: { areas } }, settings(tls), catalogue);

/** Who signs a certificate, by its name. */
const signersOf = (cluster: ReturnType<typeof clusterOf>): Record<string, string> =>
  Object.fromEntries(
    certificates(cluster.model)
      .filter(({ kind, metadata }) => kind === "Certificate" && /yard/.test(metadata.name))
      .map(({ metadata, spec }) => [
        `${metadata.namespace}/${metadata.name}`,
        (spec as { issuerRef: { name: string } }).issuerRef.name,
      ]),
  );

test("a certificate has the subject that its reader insists on", () => {
  const [found] = certificates(clusterOf(["east"]).model).filter(
    ({ metadata }) => metadata.name === "yard-gate-east-link-tls",
  );
  expect(found!.spec).toMatchObject({ commonName: "yard-gate-east", usages: ["digital signature", "client auth"] });
});

describe("an owner with an authority of its own", () => {
  const links = {
    "cert-manager/lab-yard-area-east": "lab-yard-area-east",
    "cert-manager/lab-yard-area-west": "lab-yard-area-west",
    "openstack-services/yard-gate-east-link-tls": "lab-yard-area-east",
    "openstack-services/yard-gate-west-link-tls": "lab-yard-area-west",
    "openstack-nodes/yard-crane-east-link-tls": "lab-yard-area-east",
    "openstack-nodes/yard-crane-west-link-tls": "lab-yard-area-west",
  };

  test("signs for its own parts that name it, in the namespace of each, and for no other's", () => {
    expect(signersOf(clusterOf(["east", "west"]))).toEqual({
      ...links,
      // Endpoints of a part are the inside's, as those of others.
      "openstack-services/yard-gate-east-internal-tls": "lab-internal",
      "openstack-services/yard-gate-west-internal-tls": "lab-internal",
      "openstack-services/yard-internal-tls": "lab-internal",
    });
  });

  test("signs also where the inside is plain", () => {
    const cluster = clusterOf(["east", "west"], "none");
    expect(signersOf(cluster)).toEqual(links);
    expect(hasCertificates(cluster.model)).toBe(true);
  });

  test("is not there where it has nothing to sign", () => {
    const cluster = rendered({ yard: { areas: ["empty"] } }, { internal: { tls: "none" } }, catalogue);
    expect(cluster.model.instances.map(({ name }) => name)).toContain("yard-area-empty");
    expect(hasCertificates(cluster.model)).toBe(false);
    expect(certificates(cluster.model)).toEqual([]);
  });
});

test("a part knows the other parts of its owner, and where users find them", () => {
  const cluster = clusterOf(["east", "west"]);
  for (const name of ["east", "west"]) {
    const text = JSON.stringify(renderingOf(cluster, `yard-crane-${name}`).configMaps);
    expect(text).toContain(`seen_at = https://yard-gate-${name}.lab.example.org\\n`);
  }
});

test("pods reach the ports of nodes that their header names, and no others' pods do", () => {
  const cluster = clusterOf(["east"]);
  const policy = (instance: string, name: string) =>
    renderingOf(cluster, instance).objects[`NetworkPolicy/${name}`]!.spec as { egress: readonly object[] };
  const atNodes = {
    to: ["192.0.2.0/24", "2001:db8::/64"].map((cidr) => ({ ipBlock: { cidr } })),
    ports: [
      { port: 5000, protocol: "TCP", endPort: 5009 },
      { port: 5020, protocol: "TCP" },
    ],
  };
  expect(policy("yard-gate-east", "yard-gate-egress-east").egress).toContainEqual(atNodes);
  expect(JSON.stringify(policy("yard-area-east", "yard-area-egress-east"))).not.toContain("ipBlock");
});

test("a request may last as long as somebody looks", () => {
  const route = renderingOf(clusterOf(["east"]), "yard-gate-east").objects["HTTPRoute/yard-gate-door-east"];
  expect(JSON.stringify(route!.spec)).toContain('"timeouts":{"request":"0s"}');
});
