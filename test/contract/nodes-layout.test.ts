import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { formatIssue } from "../../generator/issues/issue.ts";
import { catalogue } from "./nodes.ts";

const head = {
  name: "eu1",
  profile: "development",
  domain: "eu1.example.org",
  delivery: { repository: "https://git.example.org/fleet.git" },
};
const build = (more: object) => buildFrom({ name: "eu1", text: stringify({ ...head, ...more }), catalogue });

describe("what runs on nodes has a section and a namespace of its own", () => {
  test.each([
    ["grouped", "openstack-nodes"],
    ["single", "openstack-nodes"],
    ["per-component", "openstack-lamp"],
    [{ nodes: "machines" }, "machines"],
    [{ lamp: "lamps" }, "lamps"],
    [{ services: "cloud" }, "openstack-nodes"],
  ])("namespaces: %j", (namespaces, expected) => {
    const { issues, model } = build({ namespaces, nodes: { lamp: {} }, services: { keystone: {} } });
    expect(issues.map(formatIssue)).toEqual([]);
    const at = new Map(model!.instances.map(({ name, namespace }) => [name, namespace]));
    expect(at.get("lamp")).toBe(expected);
    expect([...at].filter(([, namespace]) => namespace === expected)).toEqual([["lamp", expected]]);
  });

  test("elsewhere it is refused, and the message says where it belongs", () => {
    const [issue] = build({ services: { lamp: {} } }).issues;
    expect(issue!.message).toBe("lamp cannot stand below services: lamp belongs to nodes");
    expect(issue!.hint).toBe("Move it below nodes:.");
  });
});
