import { z } from "zod";
import { byKey } from "../../base/data.ts";
import type { CheckInput, Part } from "../../contract/component.ts";
import type { NodeGroup } from "../../contract/context.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { nameUuid } from "../../kit/name-uuid.ts";
import { checkDisks, type Disks, disks } from "./disks.ts";

/** What a cell may have of its own. */
const own = ["database", "messaging"] as const;

/** Cells by name. The name is in the cell's database and virtual host, and in names of objects. */
export const cellsSchema = z
  .record(
    z
      .string()
      .max(15)
      .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, "lower case letters, digits and inner '-'"),
    z.strictObject({
      dedicated: z
        .array(z.enum(own))
        .optional()
        .describe("A database server or a broker of the cell's own. Default: where Nova has its own."),
      nodeGroups: z
        .array(z.string())
        .refine((names) => new Set(names).size === names.length, "names of node groups, each once")
        .optional()
        .describe(
          "Node groups of its compute hosts. Default, for one of the cells of the instance nova: those with the role hypervisor that no other cell names.",
        ),
      disks: disks.optional(),
    }),
  )
  .default({ cell1: {} })
  .describe("Cells, each with a conductor, a database and a virtual host of its own: name -> what it has for itself.");

type Cells = z.output<typeof cellsSchema>;
interface Options {
  readonly cells: Cells;
  readonly virt?: string | undefined;
  readonly consoles: boolean;
  readonly disks: Disks;
}

/** A part for each cell. */
export const cellParts = ({ cells, virt, consoles, disks }: Options, nodeGroups: readonly NodeGroup[]): Part[] =>
  Object.entries(cells)
    .sort(byKey)
    .map(([name, { dedicated, nodeGroups: named, disks: own = disks }]) => ({
      ...{ component: "nova-cell", name },
      options: {
        name,
        nodeGroups: named ?? groupsOfSilent(cells, nodeGroups),
        ...(virt === undefined ? {} : { virt }),
        consoles,
        disks: own,
      },
      ...(dedicated === undefined ? {} : { dedicated }),
    }));

/** The hypervisors that no cell names, for the one cell that names none: where there are two of these, nobody can tell whose they are. */
function groupsOfSilent(cells: Cells, nodeGroups: readonly NodeGroup[]): string[] {
  const named = Object.values(cells).map((cell) => cell.nodeGroups);
  if (named.filter((groups) => groups === undefined).length > 1) return [];
  return nodeGroups
    .filter(({ name, roles }) => roles.includes(hypervisor) && !named.some((groups) => groups?.includes(name)))
    .map(({ name }) => name);
}

/** Role of the nodes that servers run on. */
export const hypervisor = "hypervisor";

/** The compute hosts of a cell in one node group. */
export const computePart = (
  group: string,
  { cell, virt, ...all }: { cell?: string | undefined; virt?: string | undefined; consoles: boolean; disks: Disks },
): Part => ({
  ...{ component: "nova-compute", name: group, nodeGroup: group },
  options: { group, ...all, ...(cell === undefined ? {} : { cell }), ...(virt === undefined ? {} : { virt }) },
});

/** The cell for servers that found no host. Nova knows it by this name and this UUID. */
export const cell0 = { name: "cell0", uuid: "00000000-0000-0000-0000-000000000000" } as const;

/** UUID of the cell that an instance is: commands can name a cell without asking Nova, and a cell that is mapped twice is one. */
export const cellUuid = (instance: string): string => nameUuid(`overstack cell ${instance}`);

/** Lists of cells that Nova could not work with, and disks of servers that would lie nowhere. */
export function checkCells({ instance, options }: CheckInput<Pick<Options, "cells" | "disks">>): Issue[] {
  const { cells } = options;
  return [
    ...checkDisks(instance, ["disks"], options.disks),
    ...Object.entries(cells)
      .sort(byKey)
      .flatMap(([name, { disks }]) =>
        disks === undefined ? [] : checkDisks(instance, ["cells", name, "disks"], disks),
      ),
    ...checkNames(instance, cells),
  ];
}

function checkNames(instance: string, cells: Cells): Issue[] {
  if (Object.keys(cells).length === 0)
    return [
      error(
        "no-cell",
        `${instance} has no cell, and servers live in cells`,
        "Leave cells out: then there is one, cell1. Or name one: cells: { cell1: {} }.",
        { path: ["cells"] },
      ),
    ];
  if (cells[cell0.name] === undefined) return [];
  return [
    error(
      "reserved-name",
      `${cell0.name} is the name of Nova's own cell, which holds servers that found no host; ${instance} has it without being asked`,
      "Call yours otherwise: cell1.",
      { path: ["cells", cell0.name] },
    ),
  ];
}
