import { z } from "zod";
import { byKey } from "../../base/data.ts";
import type { CheckInput, DataConstraint } from "../../contract/component.ts";
import type { Ini } from "../../contract/configuration.ts";
import { integer } from "../../contract/formats.ts";
import type { Release } from "../../contract/release.ts";
import { error, type Issue } from "../../issues/issue.ts";

/** Numbers of networks, the smaller first, as Neutron writes them. */
const range = (least: number, most: number, example: string) =>
  z.string().refine((text) => {
    const [from, to] = (/^([0-9]{1,8}):([0-9]{1,8})$/.exec(text) ?? []).slice(1).map(Number);
    return from !== undefined && to !== undefined && least <= from && from <= to && to <= most;
  }, `two numbers from ${least} to ${most}, the smaller first: ${example}`);

/** What a packet may measure. Networks in tunnels need 1280 bytes for IPv6, and their tunnels 78 more. */
const mtu = integer(1358, 65_535);

const physicalNetwork = z.strictObject({
  flat: z.boolean().default(true).describe("Untagged networks may be made on it. Only administrators make them."),
  vlans: z
    .array(range(1, 4094, "100:199"))
    .default([])
    .describe(
      "VLANs that Neutron hands out for networks of projects. Without one, administrators name those that they use.",
    ),
  mtu: mtu.optional().describe("Largest packet on it. Default: mtu."),
});

/** What the server is told about networks. Which bridge of a node leads to a physical network is said where nodes are. */
export const networkOptions = {
  networks: z
    .record(
      z
        .string()
        .max(64)
        .regex(/^[A-Za-z0-9][-A-Za-z0-9_.]*$/, "letters, digits and inner '-', '_' and '.'"),
      physicalNetwork,
    )
    .default({})
    .describe("Physical networks, which external and provider networks are made on: name -> what may be made there."),
  networkTypes: z
    .array(z.enum(["geneve", "vlan"]))
    .min(1)
    .default(["geneve"])
    .describe(
      "What a network of a project becomes, in order of preference: a tunnel, or a VLAN of a physical network.",
    ),
  vnis: z
    .array(range(1, 16_777_215, "1:65536"))
    .min(1)
    .default(["1:65536"])
    .describe("Numbers of networks in tunnels: as many as there can be. Each has a row in the database."),
  mtu: mtu.default(1500).describe("Largest packet on physical networks, tunnels between nodes included."),
  pathMtu: mtu
    .optional()
    .describe("Largest packet between nodes, where it differs. Networks in tunnels have 58 bytes less, by IPv6 78."),
};

/** Types of networks that nobody could make, and physical networks that no node leads to. */
export const checkNetworks = (input: CheckInput<Networks>): Issue[] => [...withoutVlans(input), ...unreached(input)];

/** Where there are no node groups, who made the nodes knows. */
const unreached = ({ instance, options: { networks }, nodeGroups }: CheckInput<Networks>): Issue[] =>
  Object.keys(networks)
    .filter((name) => nodeGroups.length > 0 && nodeGroups.every(({ physicalNetworks }) => !(name in physicalNetworks)))
    .map((name) =>
      error(
        "no-bridge",
        `${instance} has the physical network ${name}, and no node group says which interface leads to it`,
        `Write nodeGroups.${nodeGroups[0]!.name}.physicalNetworks: { ${name}: eth1 } with an interface of its nodes that has no address, or remove ${name} here.`,
        { path: ["networks", name], atKey: true },
      ),
    );

function withoutVlans({ instance, options: { networks, networkTypes } }: CheckInput<Networks>): Issue[] {
  if (!networkTypes.includes("vlan") || Object.values(networks).some(({ vlans }) => vlans.length > 0)) return [];
  return [
    error(
      "no-vlans",
      `${instance} would make VLANs of networks of projects, and has none to give`,
      'Say which: networks: { physnet1: { vlans: ["100:199"] } }. Or leave vlan out of networkTypes: administrators make VLANs without it.',
      { path: ["networkTypes"] },
    ),
  ];
}

type Networks = z.output<z.ZodObject<typeof networkOptions>>;

/** Options of ML2 and of its types of networks. */
export function networkConf({ networks, networkTypes, vnis, pathMtu }: Networks, release: Release): Ini {
  const all = Object.entries(networks).sort(byKey);
  const mtus = all.flatMap(([name, network]) => (network.mtu === undefined ? [] : [`${name}:${network.mtu}`]));
  return {
    ml2: {
      type_drivers: ["flat", "vlan", "geneve"],
      [release.startsWith("2025") ? "tenant_network_types" : "project_network_types"]: networkTypes,
      ...(pathMtu === undefined ? {} : { path_mtu: pathMtu }),
      ...(mtus.length === 0 ? {} : { physical_network_mtus: mtus }),
    },
    ml2_type_flat: { flat_networks: all.flatMap(([name, { flat }]) => (flat ? [name] : [])) },
    // OVN writes options of its own into the header: https://docs.openstack.org/neutron/latest/ovn/index.html
    ml2_type_geneve: { vni_ranges: vnis, max_header_size: 38 },
    ml2_type_vlan: {
      network_vlan_ranges: all.flatMap(([name, { vlans }]) =>
        vlans.length === 0 ? [name] : vlans.map((one) => `${name}:${one}`),
      ),
    },
  };
}

/** Physical networks that networks may lie on. */
export const networkData = ({ networks }: Networks): DataConstraint[] =>
  Object.keys(networks)
    .sort()
    .map((name) => ({
      key: `network/${name}`,
      value: name,
      shown: name,
      rule: "keep",
      what: `the physical network ${name}`,
      consequence: `Networks on ${name} stay in Neutron, and no port of theirs could be attached any more. Delete them first (openstack network list --provider-physical-network ${name}).`,
    }));
