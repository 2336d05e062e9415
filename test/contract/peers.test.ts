import { describe, expect, test } from "vitest";
import { stepsOf } from "../../generator/delivery/graph.ts";
import { openstack } from "../../generator/kit/openstack.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { clusterOf, instanceOf, mistakes as mistakesIn, rendered as renderedIn } from "../family/clusters.ts";
import { renderingOf, withComponents } from "../kit/tiny.ts";
import { catalogue } from "./peers.ts";

const rendered = (services: object, more: object = {}) => renderedIn(services, more, catalogue);
const mistakes = (services: object) => mistakesIn(services, {}, catalogue);
const optionsOf = (services: object, instance: string): string => {
  const { configMaps } = renderingOf(rendered(services), instance);
  return configMaps.flatMap(({ data }) => Object.values(data)).join("\n");
};

describe("a service that another one names in its header", () => {
  test("is added where it has to be there, and comes first where it is required", () => {
    const cluster = rendered({ porter: {} });
    const names = cluster.model.instances.map(({ name }) => name);
    expect(names).toContain("signal");
    expect(names).not.toContain("placement");
    // Another service that it requires does not replace the Identity service.
    expect(instanceOf(cluster, "porter").after).toEqual(expect.arrayContaining(["keystone", "signal"]));
    // They know each other: an order both ways would be a cycle.
    expect(instanceOf(cluster, "signal").after).not.toContain("porter");
    const steps = stepsOf(cluster.model, cluster.rendered.renders, false);
    expect(steps.find(({ name }) => name === "porter-expand")!.after).toContain("signal-run");
  });

  test("is used where it is wanted and there", () => {
    expect(optionsOf({ signal: {} }, "signal")).not.toContain("8778");
    expect(optionsOf({ signal: {}, placement: {} }, "signal")).toMatch(/placement = https:\/\/placement-api\..*:8778/);
  });

  test("is the one that uses names, at the service or at its owner", () => {
    const cluster = rendered({
      porter: { gates: ["a"], uses: { signal: "signal-two" } },
      signal: {},
      "signal-two": {},
    });
    expect(instanceOf(cluster, "porter").peers.signal).toBe("signal-two");
    expect(instanceOf(cluster, "porter-gate-a").peers).toEqual({ porter: "porter", signal: "signal-two" });
    const apart = { "porter-gate-a": { uses: { signal: "signal" } }, signal: {}, "signal-two": {} };
    const own = rendered({ porter: { gates: ["a"], uses: { signal: "signal-two" } }, ...apart });
    expect(instanceOf(own, "porter-gate-a").peers.signal).toBe("signal");
  });

  test("is its owner before any other", () => {
    const cluster = rendered({
      "porter-one": { gates: ["a"], uses: { signal: "signal" } },
      "porter-two": { gates: ["a"], uses: { signal: "signal" } },
      signal: { uses: { porter: "porter-one" } },
    });
    expect(instanceOf(cluster, "porter-gate-two-a").peers.porter).toBe("porter-two");
    expect(instanceOf(cluster, "porter-gate-two-a").after).not.toContain("porter-two");
  });

  test("is one of its own cloud", () => {
    const other = { uses: { identity: "keystone-two" } };
    const cluster = rendered({
      keystone: {},
      "keystone-two": {},
      porter: {},
      signal: {},
      "porter-two": other,
      "signal-two": other,
      placement: {},
    });
    expect(instanceOf(cluster, "porter").peers.signal).toBe("signal");
    expect(instanceOf(cluster, "porter-two").peers.signal).toBe("signal-two");
    expect(instanceOf(cluster, "signal-two").peers.placement).toBeUndefined();
  });

  test("lends its Secrets to another namespace as copies", () => {
    const cluster = rendered({ porter: { gates: ["a"] } }, { namespaces: { "porter-gate": "gates" } });
    const copies = requiredSecrets(cluster.model).filter(({ namespace }) => namespace === "gates");
    expect(copies.map(({ name, copyOf }) => [name, copyOf?.instance])).toEqual([["signal-identity", "signal"]]);
  });
});

describe("what is refused", () => {
  test("several of which none is chosen", () => {
    expect(mistakes({ porter: {}, signal: {}, "signal-two": {} })).toEqual([
      [
        "several-peers",
        "porter uses signal, and there are several: signal and signal-two. Choose one: uses: { signal: signal }.",
      ],
    ]);
  });

  test("one that has to be there, and is in another cloud alone", () => {
    const services = {
      keystone: {},
      "keystone-two": {},
      porter: { uses: { identity: "keystone-two" } },
      signal: { uses: { porter: "porter" } },
    };
    expect(mistakes(services)).toEqual([
      [
        "no-peer",
        "porter needs signal, and there is none that asks keystone-two. Write an instance of signal with uses: { identity: keystone-two }.",
      ],
      [
        "other-cloud",
        "signal uses porter, and the two ask different Identity services: keystone and keystone-two. Neither takes the tokens of the other. Choose an instance of porter that asks keystone.",
      ],
    ]);
  });

  test("a name that no instance has, and a word that the header does not say", () => {
    expect(mistakes({ porter: { uses: { signal: "signa" } }, "signal-two": {} })).toMatchObject([
      [
        "unknown-provider",
        expect.stringContaining('porter uses "signa", which is not a signal instance of this cluster'),
      ],
    ]);
    expect(clusterOf({ porter: { uses: { signl: "signal" } } }, {}, catalogue).issues).toMatchObject([
      { code: "unknown-key", hint: expect.stringContaining("signal") },
    ]);
  });
});

describe("an author who asks for a URL", () => {
  const asking = (wants: readonly string[]) =>
    openstack({
      name: "careless",
      summary: "Asks without looking.",
      roles: { api: { wsgi: "x:application", endpoint: { type: "careless", port: 8903 } } },
      needs: [],
      wants,
      conf: (ctx) => ({ DEFAULT: { placement: ctx.url("placement", "internal") } }),
    });

  test("is told what is missing in the component", () => {
    expect(() => withComponents([asking([])])).toThrow(
      "careless asks for the URL of placement: its header has to name it in requires, knows or wants",
    );
    expect(() => withComponents([asking(["placement"])])).toThrow(
      "careless only wants placement: ctx.peer tells whether it is there, before ctx.url is asked",
    );
  });
});
