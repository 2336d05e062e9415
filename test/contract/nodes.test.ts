import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasErrors } from "../../generator/issues/issue.ts";
import type { Rendered } from "../laws/cases.ts";
import { misplaced } from "../laws/nodes.ts";
import { objectsOf } from "../laws/objects.ts";
import { build, example } from "./nodes.ts";

/** What is said of the example with other words: the code, the message, the way out. */
const said = (more: object): [code: string, text: string][] =>
  build(more).issues.map(({ code, message, hint }) => [code, `${message}. ${hint}`]);
const cluster = build() as Rendered;
const objects = objectsOf(cluster).map(({ object }) => object);
const find = (kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)!;
const daemonSet = (name: string) =>
  find("DaemonSet", name).spec as {
    template: { spec: Record<string, unknown> };
    updateStrategy: Record<string, unknown>;
  };

describe("a node group", () => {
  test("has an instance of each component that serves its role, on its nodes", () => {
    expect(cluster.issues).toEqual([]);
    const own = cluster.model.instances.filter(({ component }) => component.group === "nodes");
    expect(own.map(({ name }) => name).sort()).toEqual([
      ...["bridge-compute", "bridge-gpu", "monitor-compute", "monitor-gpu"],
      ...["probe-reader-compute", "probe-reader-gpu"],
    ]);
    expect(daemonSet("monitor-agent-compute").template.spec.nodeSelector).toEqual({
      "overstack.io/node-group": "compute",
    });
    expect(daemonSet("monitor-agent-gpu").template.spec.nodeSelector).toEqual({
      "overstack.io/node-group": "graphics",
    });
  });

  test("gives its agents its physical networks", () => {
    const text = cluster.rendered.files.get("overlays/eu1/monitor-compute/run/monitor.conf.d/50-instance.conf");
    expect(text).toBe("[monitor]\nnetworks = external\n");
  });

  test("whose nodes could be another's is refused", () => {
    const group = (nodeSelector?: object) => ({ roles: ["hypervisor"], ...(nodeSelector && { nodeSelector }) });
    expect(said({ nodeGroups: { a: group({ rack: "1" }), b: group({ disk: "ssd" }) }, nodes: {} })).toEqual([
      [
        "overlapping-node-groups",
        "a node could be in a and in b: their selectors have no label with two values. Let both name the same label with a value of their own: nodeSelector: { example.org/group: b }.",
      ],
    ]);
    expect(
      said({ nodeGroups: { a: group({ rack: "1" }), b: group({ rack: "2" }), c: group({ rack: "3" }) }, nodes: {} }),
    ).toEqual([]);
    expect(said({ nodeGroups: { a: group({}) }, nodes: {} })).toEqual([
      [
        "overlapping-node-groups",
        expect.stringContaining("nodeGroups.a.nodeSelector names no label: it selects every node"),
      ],
    ]);
  });

  test("with a role that nothing serves is refused, and so is a name that objects have", () => {
    expect(said({ nodeGroups: { a: { roles: ["hypervisr"] } }, nodes: {} })).toEqual([
      [
        "unknown-node-role",
        'nodeGroups.a.roles has "hypervisr", which no component serves. Did you mean "hypervisor"?',
      ],
    ]);
    expect(said({ nodeGroups: { agent: { roles: ["hypervisor"] } }, nodes: {} })).toEqual([
      [
        "reserved-name",
        '"agent" cannot be the name of a node group: objects of monitor have such names. Choose a name without "agent" in that place.',
      ],
    ]);
    expect(said({ nodeGroups: { "sixteen-letters-": { roles: ["hypervisor"] } }, nodes: {} })[0]![1]).toContain(
      "sixteen-letters-",
    );
  });

  test("that an instance names and that is not there is refused", () => {
    expect(said({ nodes: { "monitor-gpus": {} } })).toEqual([
      [
        "unknown-node-group",
        "monitor-gpus does not end with the name of a node group with the role hypervisor. Did you mean monitor-gpu? There can be: monitor-compute, monitor-gpu.",
      ],
    ]);
    expect(said({ nodes: { monitor: {} } })).toEqual([
      [
        "unknown-node-group",
        "monitor runs once for each node group with the role hypervisor, and its name does not say for which. There can be: monitor-compute, monitor-gpu.",
      ],
    ]);
    expect(said({ nodes: { "monitor-gpu": { scheduling: { nodeSelector: { rack: "1" } } } } })).toEqual([
      [
        "conflicting-keys",
        "monitor-gpu runs on the nodes of the group gpu, and scheduling.nodeSelector would choose others. Remove it, or change nodeGroups.gpu.nodeSelector.",
      ],
    ]);
  });
});

describe("a part on nodes", () => {
  test("is made by its owner for the groups that there are, and runs there", () => {
    const { spec } = daemonSet("probe-reader-reader-gpu").template;
    expect(spec.nodeSelector).toEqual({ "overstack.io/node-group": "graphics" });
  });

  test("for a group that is not there is refused at its owner", () => {
    expect(said({ services: { probe: { namespace: "probes", also: ["gpus"] } } })).toEqual([
      [
        "unknown-node-group",
        "probe would have the part probe-reader-gpus, which has no node group with the role hypervisor. Did you mean gpu? There can be: compute, gpu.",
      ],
    ]);
  });
});

describe("what runs on nodes", () => {
  test("has no number of replicas, no scaling by load and no disruption budget", () => {
    expect(said({ nodes: { "monitor-gpu": { replicas: 3 } } })).toEqual([
      [
        "not-scalable",
        "nodes.monitor-gpu: agent of monitor runs once on each of its nodes, and cannot have a number of replicas. Remove replicas: the nodes that are selected are the count.",
      ],
    ]);
    expect(said({ nodes: { "monitor-gpu": { autoscaling: { agent: { minReplicas: 1, maxReplicas: 2 } } } } })).toEqual([
      [
        "not-scalable",
        expect.stringContaining("agent of monitor runs once on each of its nodes and does not scale by load"),
      ],
    ]);
    expect(
      objects.filter(({ kind, metadata }) => kind === "PodDisruptionBudget" && /monitor|bridge/.test(metadata.name)),
    ).toEqual([]);
  });

  test("stays on a node that is lost", () => {
    expect(daemonSet("monitor-agent-gpu").template.spec).toMatchObject({ tolerations: [] });
    expect(daemonSet("monitor-agent-gpu").template.spec.affinity).toBeUndefined();
  });

  test("rolls out as many pods at a time as its group says, and two unless it says", () => {
    const rolling = (maxUnavailable: unknown) => ({ rollingUpdate: { maxUnavailable }, type: "RollingUpdate" });
    expect(daemonSet("monitor-agent-gpu").updateStrategy).toEqual(rolling("10%"));
    expect(daemonSet("monitor-agent-compute").updateStrategy).toEqual(rolling(2));
    expect(said({ nodes: { "monitor-gpu": { maxUnavailable: 0 } } })).toHaveLength(1);
    expect(said({ nodes: { "monitor-gpu": { maxUnavailable: "0%" } } })).toHaveLength(1);
  });

  test("is replaced by hand where its end interrupts something, and finds its configuration when its node restarts", () => {
    expect(daemonSet("bridge-server-gpu").updateStrategy).toEqual({ type: "OnDelete" });
    expect(find("ConfigMap", "bridge-etc-gpu")).toBeDefined();
    expect(find("ConfigMap", "monitor-etc-gpu")).toBeUndefined();
    expect(said({ nodes: { "bridge-gpu": { maxUnavailable: 3 } } })).toEqual([
      [
        "unused-key",
        "nodes.bridge-gpu.maxUnavailable has no effect: a commit replaces no pod of bridge-gpu, since its end interrupts the network of the machines on the node. Remove it.",
      ],
    ]);
  });

  test("gets of its node what its header says", () => {
    const { spec } = daemonSet("bridge-server-gpu").template;
    expect(spec).toMatchObject({ hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" });
    const [main] = spec.containers as { ports: object[]; securityContext: object; volumeMounts: object[] }[];
    expect(main!.ports).toEqual([{ containerPort: 6640, hostPort: 6640, name: "server", protocol: "TCP" }]);
    expect(main!.securityContext).toMatchObject({ privileged: true, runAsUser: 0 });
    expect(main!.volumeMounts).toContainEqual({
      name: "run",
      mountPath: "/run/bridge",
      mountPropagation: "Bidirectional",
    });
    expect(daemonSet("monitor-agent-gpu").template.spec.hostPID).toBe(true);
  });

  test("cannot listen twice at one port of a node", () => {
    const port = (group: string) => ({ [`bridge-${group}`]: { port: 6641 } });
    expect(said({ nodes: { ...port("gpu"), ...port("compute") } })).toEqual([]);
    expect(said({ infrastructure: { ...example.infrastructure, listener: {} } })).toEqual([
      [
        "port-clash",
        "listener: TCP port 6640 of its nodes is taken by bridge-compute, which runs on the same ones. Let them run in node groups without a node in common, or give one of them another port.",
      ],
    ]);
  });
});

describe("the network of nodes", () => {
  test("is asked for where something is on it", () => {
    expect(said({ kubernetes: { version: "1.35" } })).toEqual([
      [
        "no-node-networks",
        expect.stringMatching(
          /^bridge-compute runs on the network of its nodes, and kubernetes.nodeNetworks does not say which/,
        ),
      ],
    ]);
    expect(said({ kubernetes: { version: "1.35", nodeNetworks: ["0.0.0.0/0"] } })).toEqual([
      ["out-of-range", expect.stringContaining('kubernetes.nodeNetworks has "0.0.0.0/0", which is every address')],
    ]);
    for (const wrong of ["192.0.2.1", "192.0.2.0/33", "2001:db8::/129", "nodes"])
      expect(said({ kubernetes: { version: "1.35", nodeNetworks: [wrong] } })[0]![1]).toContain(
        "It must be a network with the length of its prefix: 192.0.2.0/24, 2001:db8::/64",
      );
  });

  test("is let in by providers of what is on it, and by no other", () => {
    const blocks = (name: string) =>
      [...JSON.stringify(find("NetworkPolicy", name)).matchAll(/"cidr":"([^"]+)"/g)].map(([, cidr]) => cidr);
    expect(blocks("rabbitmq-server")).toEqual(["192.0.2.0/24", "2001:db8::/64"]);
    expect(blocks("mariadb-server")).toEqual([]);
  });

  test("has no policy for its pods, which none would select", () => {
    expect(
      objects.filter(({ kind, metadata }) => kind === "NetworkPolicy" && /monitor|bridge/.test(metadata.name)),
    ).toEqual([]);
  });
});

describe("what has all rights on a node", () => {
  test("has a namespace without anything else, whatever the layout", () => {
    for (const namespaces of ["grouped", "single", "per-component", { services: "cloud" }])
      expect(
        misplaced(build({ namespaces, services: { keystone: {} } }) as Rendered),
        JSON.stringify(namespaces),
      ).toEqual([]);
    expect(said({ namespaces: { nodes: "cloud", services: "cloud" }, services: { keystone: {} } })).toEqual([
      [
        "privileged-namespace",
        "the namespace cloud would hold bridge-compute, which has all rights on its nodes, and keystone, which has not. Put them in different namespaces: a user who may create pods in the namespace of the first can take over the nodes.",
      ],
    ]);
    expect(said({ services: { keystone: { namespace: "openstack-nodes" } } })).toEqual([
      ["privileged-namespace", expect.stringContaining("the namespace openstack-nodes would hold")],
    ]);
  });

  test("never shares a namespace in a cluster that is accepted", () => {
    const keys = fc.constantFrom("infrastructure", "services", "nodes", "keystone", "monitor", "bridge-gpu", "mariadb");
    const layouts = fc.oneof(
      fc.constantFrom("grouped", "single", "per-component"),
      fc.dictionary(keys, fc.constantFrom("a", "b", "openstack-nodes", "openstack-services"), { maxKeys: 4 }),
    );
    fc.assert(
      fc.property(
        layouts,
        fc.option(fc.constantFrom("a", "openstack-nodes", "openstack-services")),
        (namespaces, own) => {
          const probe = own === null ? {} : { namespace: own };
          const drawn = build({ namespaces, services: { keystone: {}, probe } });
          if (!hasErrors(drawn.issues)) expect(misplaced(drawn as Rendered)).toEqual([]);
          else expect(new Set(drawn.issues.map(({ code }) => code))).toEqual(new Set(["privileged-namespace"]));
        },
      ),
      { numRuns: 25 },
    );
  });

  test("can have one namespace that nobody else may use", () => {
    expect(cluster.model.instances.find(({ name }) => name === "disks")!.namespace).toBe("disks-system");
    const disks = { ...example.infrastructure, disks: { namespace: "elsewhere" } };
    expect(said({ infrastructure: disks })).toEqual([
      [
        "not-supported",
        'infrastructure.disks.namespace cannot be "elsewhere": disks lives in disks-system, where its operator has its rights. Remove it.',
      ],
    ]);
    expect(said({ services: { keystone: { namespace: "disks-system" } } })).toEqual([
      [
        "reserved-name",
        'services.keystone.namespace cannot be "disks-system": that namespace belongs to disks. Choose a namespace that holds nothing else.',
      ],
    ]);
  });

  test("is known by the label of its namespace, as is what needs less", () => {
    const level = (name: string) => find("Namespace", name).metadata.labels!["pod-security.kubernetes.io/enforce"];
    expect(level("openstack-nodes")).toBe("privileged");
    expect(level("probes")).toBe("baseline");
    expect(level("openstack-services")).toBe("restricted");
  });
});
