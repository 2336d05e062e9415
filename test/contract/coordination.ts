import { catalogue as builtIn } from "../../generator/components/index.ts";
import type { Catalogue, Component } from "../../generator/contract/component.ts";
import { openstack } from "../../generator/kit/openstack.ts";

// Services as small as they can be, which lock what no service of the catalogue locks yet.

const locking = (name: string, port: number, grade?: string) =>
  openstack({
    name,
    summary: "Does one thing at a time, on whichever host.",
    roles: {
      api: { wsgi: `${name}.wsgi:application`, endpoint: { type: name, port, description: name } },
      engine: { command: [`${name}-engine`], probe: ["true"] },
    },
    needs: [
      "database",
      "token-cache",
      { kind: "coordination", name, group: "coordination", ...(grade === undefined ? {} : { grade }) },
    ],
  }) as Component;

/** The catalogue with one that loses time when a lock is held twice, and one that loses data. */
export const catalogue: Catalogue = new Map(
  [...builtIn.values(), locking("errand", 8901), locking("vault", 8902, "correctness")].map((item) => [
    item.name,
    item,
  ]),
);
