import { beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type KubernetesObject, phases } from "../../generator/contract/kubernetes.ts";
import { build } from "../input/cases.ts";
import { engineOf } from "../laws/engine.ts";
import { blocksOf, exampleCluster, pages } from "./pages.ts";

// What pages tell to do by hand, under stress: whatever a command names is there under that name.

/** A cluster with everything that pages give commands for. */
const cluster = {
  ...exampleCluster,
  kubernetes: { version: "1.35", nodeNetworks: ["192.0.2.0/24"] },
  nodeGroups: { compute: { roles: ["hypervisor", "gateway"] } },
  infrastructure: { mariadb: { backup: "none" }, etcd: {} },
  services: {
    keystone: {},
    glance: { stores: { main: { type: "s3", endpoint: "https://s3.example.org", bucket: "images", secret: "s3" } } },
    nova: {},
    neutron: {},
    cinder: {
      backends: { ceph: { type: "rbd", monitors: ["10.0.0.1"], secret: "ceph" } },
    },
  },
};

interface Named {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}
let objects: readonly KubernetesObject[];
beforeAll(() => {
  const built = build(stringify(cluster));
  expect(built.issues.filter(({ severity }) => severity === "error")).toEqual([]);
  const { model, rendered } = built;
  objects = [
    ...model!.instances.flatMap(({ name, namespace }) =>
      phases.flatMap((phase) =>
        rendered!.renders
          .get(name)!
          [phase].objects.map((object) => ({ ...object, metadata: { namespace, ...object.metadata } })),
      ),
    ),
    ...(engineOf(built as Parameters<typeof engineOf>[0]).objects as unknown as KubernetesObject[]),
  ];
});

/** Names of StatefulSets, those included that operators make, with their volumes. */
const sets = (): (Named & { readonly claims: readonly string[] })[] =>
  objects.flatMap(({ kind, metadata: { name, namespace }, spec }) => {
    if (kind === "MariaDB") return [{ kind, name, namespace, claims: ["storage"] }];
    if (kind === "RabbitmqCluster") return [{ kind, name: `${name}-server`, namespace, claims: ["persistence"] }];
    if (kind !== "StatefulSet") return [];
    const { volumeClaimTemplates = [] } = spec as { volumeClaimTemplates?: { metadata: { name: string } }[] };
    return [{ kind, name, namespace, claims: volumeClaimTemplates.map((claim) => claim.metadata.name) }];
  });

const isThere: Readonly<Record<string, (name: string, namespace: string) => boolean>> = {
  ...Object.fromEntries(
    Object.entries({ deployment: "Deployment", deploy: "Deployment", cronjob: "CronJob" }).map(([word, kind]) => [
      word,
      (name: string, namespace: string) =>
        objects.some(
          (each) => each.kind === kind && each.metadata.name === name && each.metadata.namespace === namespace,
        ),
    ]),
  ),
  statefulset: (name, namespace) => sets().some((set) => set.name === name && set.namespace === namespace),
  pod: (name, namespace) => sets().some((set) => set.namespace === namespace && isMember(name, set.name)),
  persistentvolumeclaim: (name, namespace) =>
    sets().some(
      (set) => set.namespace === namespace && set.claims.some((claim) => isMember(name, `${claim}-${set.name}`)),
    ),
};
const isMember = (pod: string, set: string): boolean =>
  pod.startsWith(`${set}-`) && /^\d+$/.test(pod.slice(set.length + 1));

/** What a command names: kind and name, with a slash or a space between; behind `exec` a pod may stand alone. */
function namedIn(command: string): Named[] {
  const namespace = / (?:-n|--namespace) (\S+)/.exec(command)?.[1];
  const words = command
    .replace(/ -- .*/, "")
    .split(/\s+/)
    .filter((word) => !/^(-|kubectl$)/.test(word) && word !== namespace);
  return words.flatMap((word, index) => {
    const [kind, name] = word.split("/");
    if (name !== undefined && isThere[kind!] !== undefined) return [{ kind: kind!, namespace, name }];
    if (word === "exec" && /^[a-z][^/]*$/.test(words[index + 1]!))
      return [{ kind: "pod", namespace, name: words[index + 1]! }];
    if (isThere[word] === undefined) return [];
    const names = words.slice(index + 1).filter((each) => /^[a-z][a-z0-9.-]*$/.test(each) && !/\$|=/.test(each));
    return names.map((each) => ({ kind: word, namespace, name: each }));
  });
}

const commands = pages.flatMap((page) =>
  blocksOf(page)
    .filter(({ info }) => info.startsWith("sh"))
    .flatMap(({ text }) => text.split("\n").filter((line) => line.startsWith("kubectl ")))
    .map((command): [string, string] => [page, command]),
);

describe("commands on pages", () => {
  test.each(commands.filter(([, command]) => namedIn(command).length > 0))("%s: %s", (_, command) => {
    for (const { kind, namespace, name } of namedIn(command))
      expect(isThere[kind]!(name, namespace!), `${kind} ${name} in ${namespace}`).toBe(true);
  });

  test("name enough for this to mean something", () => {
    expect(commands.flatMap(([, command]) => namedIn(command)).length).toBeGreaterThan(20);
  });
});
