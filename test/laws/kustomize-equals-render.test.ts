import { afterAll, describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { type KubernetesObject, type Phase, phases } from "../../generator/contract/kubernetes.ts";
import { builtObjects } from "../../generator/kustomize/hash.ts";
import { toYaml } from "../../generator/kustomize/yaml.ts";
import type { Instance } from "../../generator/model/model.ts";
import { renderCluster } from "../../generator/render/cluster.ts";
import { requiredSecrets } from "../../generator/render/secrets.ts";
import { parseObjects } from "../tools/kustomize.ts";
import { clusterOf } from "./by-hand.ts";
import { build, examples, forEachCluster, type Rendered } from "./cases.ts";
import { emptyFolder } from "./folders.ts";
import { library } from "./library.ts";

const folder = emptyFolder();
afterAll(folder.remove);

describe("what Kustomize builds is what was rendered, object for object", () => {
  const law = "what Kustomize builds is what was rendered";
  test.each(examples)(`${law}: in %s`, (_, cluster) => checkBuilds(cluster, overlaysOf(cluster)));

  test(`${law}: in random clusters, in the directories that their engine applies`, { timeout: 3_600_000 }, () =>
    forEachCluster(8, (cluster) => checkBuilds(cluster, appliedBy(cluster))),
  );

  test("development keeps what its shared component deletes: TLS inside the cluster", async () => {
    const { name } = [...catalogue.values()].find(({ endpoints }) => endpoints !== undefined)!;
    const more = { profile: "development", internal: { tls: "required" }, secrets: { provider: "existing" } };
    const cluster = build(clusterOf({ [name]: {} }, more)) as Rendered;
    await checkBuilds(cluster, appliedBy(cluster));
    expect(kindsOf(cluster), "the policy is there").toContain("BackendTLSPolicy");
  });

  test("Secrets in files of their own are built as they lie there", async () => {
    const [, cluster] = examples.find(([, { model }]) => model.spec.secrets.provider === "sops")!;
    const root = `overlays/${cluster.name}/secrets`;
    const secrets = requiredSecrets(cluster.model).filter(({ origin }) => origin !== "cluster");
    const files = new Map(
      secrets.map(({ namespace, name }): [string, KubernetesObject] => [
        `${namespace}/${name}.yaml`,
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name, namespace },
          stringData: { password: "ENC[AES256_GCM]" },
        },
      ]),
    );
    const rendered = renderCluster(cluster.model, library, [...files.keys()]);
    folder.writeAll([...files].map(([path, secret]) => [`${root}/${path}`, toYaml(secret)]));
    folder.writeAll([[`${root}/kustomization.yaml`, rendered.files.get(`${root}/kustomization.yaml`)!]]);
    expect(sorted((await folder.build([root])).get(root)!)).toEqual(sorted([...files.values()]));
  });
});

async function checkBuilds(cluster: Rendered, directories: readonly string[]): Promise<void> {
  folder.write(cluster);
  const wanted = wantedByDirectory(cluster);
  expect(overlaysOf(cluster), "every overlay has a rendering").toEqual([...wanted.keys()].sort());
  const built = await folder.build(directories);
  for (const directory of directories)
    expect(sorted(built.get(directory)!), directory).toEqual(sorted(wanted.get(directory)!));
}

/** Flux applies each phase, Argo CD the directory above them; both the directories of what instances share. */
const appliedBy = (cluster: Rendered): string[] => {
  const all = overlaysOf(cluster);
  const hasPhases = (directory: string) => all.some((other) => other.startsWith(`${directory}/`));
  const depth = (directory: string) => directory.split("/").length;
  return all.filter((directory) =>
    cluster.model.spec.delivery.engine === "flux"
      ? depth(directory) === 4 || !hasPhases(directory)
      : depth(directory) <= 3,
  );
};

const kindsOf = ({ rendered }: Rendered): string[] =>
  [...rendered.renders.values()].flatMap((render) =>
    phases.flatMap((phase) => render[phase].objects.map(({ kind }) => kind)),
  );

/** Directories that an engine builds: those with a kustomization. */
const overlaysOf = ({ rendered }: Rendered): string[] =>
  [...rendered.files.keys()]
    .filter((path) => path.endsWith("/kustomization.yaml"))
    .map((path) => path.slice(0, -"/kustomization.yaml".length))
    .sort();

/** The rendering of every overlay: of each phase, of the parent that lists them and the parts, and of what the cluster's instances share. */
function wantedByDirectory(cluster: Rendered): Map<string, readonly KubernetesObject[]> {
  const { model, rendered } = cluster;
  const root = `overlays/${model.spec.name}`;
  const wanted = new Map<string, readonly KubernetesObject[]>();
  const own = new Map<string, readonly KubernetesObject[]>();
  for (const instance of model.instances) {
    const present = phases.filter((phase) =>
      rendered.files.has(`${root}/${instance.name}/${phase}/kustomization.yaml`),
    );
    for (const phase of present) {
      const all = renderOf(cluster, instance, phase);
      const directory = `${root}/${instance.name}/${phase}`;
      wanted.set(directory, all);
      const isOwn = ({ metadata }: KubernetesObject) => metadata.namespace === instance.namespace;
      if (all.every(isOwn)) continue;
      wanted.set(`${directory}/own`, all.filter(isOwn));
      wanted.set(
        `${directory}/at-identity`,
        all.filter((object) => !isOwn(object)),
      );
    }
    own.set(
      instance.name,
      present.flatMap((phase) => wanted.get(`${root}/${instance.name}/${phase}`)!),
    );
  }
  const withParts = (name: string): KubernetesObject[] => [
    ...own.get(name)!,
    ...model.instances.flatMap((part) => (part.owner === name ? withParts(part.name) : [])),
  ];
  for (const name of own.keys()) wanted.set(`${root}/${name}`, withParts(name));
  for (const shared of ["namespaces", "gateway-class", "secrets", "certificates", "storage-classes"]) {
    const objects = [...rendered.files].filter(
      ([path]) => path.startsWith(`${root}/${shared}/`) && !path.endsWith("/kustomization.yaml"),
    );
    if (rendered.files.has(`${root}/${shared}/kustomization.yaml`))
      wanted.set(
        `${root}/${shared}`,
        objects.flatMap(([, text]) => parseObjects(text) as KubernetesObject[]),
      );
  }
  return wanted;
}

/** Generated ConfigMaps get their hash, and from Kustomize's transformers the instance's namespace and label. */
const renderOf = ({ rendered }: Rendered, instance: Instance, phase: Phase): KubernetesObject[] =>
  builtObjects(rendered.renders.get(instance.name)![phase], instance);

const sorted = (objects: readonly { kind: string; metadata: { name: string; namespace?: string } }[]): unknown[] =>
  objects
    .map((object): [string, unknown] => [`${object.kind} ${object.metadata.namespace} ${object.metadata.name}`, object])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, object]) => object);
