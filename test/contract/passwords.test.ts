import { describe, expect, test } from "vitest";
import { openstack } from "../../generator/kit/openstack.ts";
import { renderingOf, withComponents } from "../kit/tiny.ts";

const door = openstack({
  name: "door",
  summary: "Asks for passwords.",
  roles: {
    api: {
      wsgi: "door.wsgi:application",
      endpoint: { type: "door", port: 9001, description: "Door", passwords: true },
    },
    bell: { wsgi: "door.bell:application", endpoint: { type: "bell", port: 9002, description: "Bell" } },
  },
});
const policiesOf = (gateway: object) => {
  const cluster = withComponents([door], {
    access: { tls: { secret: "public" } },
    kubernetes: { version: "1.35" },
    infrastructure: { gateway },
    services: { door: {}, "door-two": {} },
  });
  return Object.entries(renderingOf(cluster, "gateway").objects)
    .filter(([id]) => id.startsWith("BackendTrafficPolicy/"))
    .map(([id, { spec }]) => [id.split("/")[1]!, spec as Policy] as const);
};
interface Policy {
  readonly rateLimit?: object;
  readonly targetRefs: readonly { readonly sectionName?: string }[];
}

describe("where a header says that passwords are tried", () => {
  test("no request is counted unless the operator says how many there may be", () => {
    expect(policiesOf({}).map(([name]) => name)).toEqual(["gateway"]);
  });

  test("each such listener lets an address send so many in a minute, and is otherwise like the others", () => {
    const found = policiesOf({ loginsPerMinute: 30 });
    const [[, usual], ...limited] = [found[0]!, ...found.slice(1)];
    expect(limited.map(([name, { targetRefs }]) => [name, targetRefs.map(({ sectionName }) => sectionName)])).toEqual([
      ["gateway-logins-door", ["door"]],
      ["gateway-logins-door-two", ["door-two"]],
      ["gateway-logins-keystone", ["keystone"]],
    ]);
    const rule = (value: string) => ({
      clientSelectors: [{ methods: [{ value: "POST" }], sourceCIDR: { type: "Distinct", value } }],
      limit: { requests: 30, unit: "Minute" },
    });
    for (const [name, { rateLimit, targetRefs: _, ...rest }] of limited) {
      expect(rateLimit, name).toEqual({ local: { rules: [rule("0.0.0.0/0"), rule("::/0")] } });
      const { targetRefs: __, ...others } = usual;
      expect(rest, name).toEqual(others);
    }
  });
});
