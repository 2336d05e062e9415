import { afterAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { releases } from "../../generator/contract/release.ts";
import { examples, forEachCluster } from "./cases.ts";
import { emptyFolder, type Folder } from "./folders.ts";
import { library } from "./library.ts";

interface Kustomization {
  readonly kind: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly behavior?: string }[];
  readonly patches?: readonly { readonly target: Target; readonly patch: string }[];
}
interface Target {
  readonly kind: string;
  readonly name: string;
}

const overlays = emptyFolder();
const bases = emptyFolder();
afterAll(() => [overlays, bases].map((folder) => folder.remove()));

describe("each patch selects the objects that its target names, and no other", () => {
  test.each(examples)("each patch selects what its target names: in %s", async (_, cluster) => {
    overlays.write(cluster);
    await checkPatches(overlays, cluster.rendered.files);
  });

  test("each patch selects what its target names: in random clusters", { timeout: 3_600_000 }, () =>
    forEachCluster(2, async (cluster) => {
      overlays.write(cluster);
      await checkPatches(overlays, cluster.rendered.files);
    }),
  );

  test.each(releases)("each patch selects what its target names: in the shared components of %s", async (release) => {
    const files = [...catalogue.values()].flatMap((component) => [...library(release, component).files]);
    bases.writeAll(files);
    await checkPatches(bases, new Map(files));
  });
});

/**
 * Kustomize itself is asked: each kustomization is replaced by a twin with the same resources and targets, whose patches
 * do nothing but leave a mark on what they select.
 */
async function checkPatches(folder: Folder, files: ReadonlyMap<string, string>): Promise<void> {
  const patched = [...files]
    .filter(([path]) => path.endsWith("/kustomization.yaml"))
    .map(([path, text]) => [path.slice(0, -"/kustomization.yaml".length), parse(text) as Kustomization] as const)
    .filter(([, { patches = [] }]) => patches.length > 0);
  folder.writeAll(
    patched.map(([directory, kustomization]) => [
      `${directory}/kustomization.yaml`,
      stringify(twinOf(directory, kustomization)),
    ]),
  );
  const built = await folder.build(patched.map(([directory]) => directory));
  for (const [directory, { patches = [] }] of patched)
    for (const [index, { target, patch }] of patches.entries()) {
      const selected = built.get(directory)!.filter((object) => mark(index) in object);
      const where = `${directory}: patch ${index} of ${target.kind}/${target.name}`;
      expect([...new Set(selected.map(({ kind }) => kind))].sort().join("|"), where).toBe(target.kind);
      const names = [...new Set(selected.map(plainName))].map((name) => name.replaceAll(".", "\\."));
      expect(names.sort().join("|"), where).toBe(target.name);
      if (patch.includes("$patch: delete")) expect(selected.length, where).toBe(1);
    }
}

/** Patches come after resources, components and generators, before everything else. A Component is applied to the phase next to it. */
function twinOf(directory: string, { kind, resources = [], components = [], ...rest }: Kustomization): object {
  const [, phase = ""] = directory.split("/development/");
  const up = "../".repeat(phase.split("/").length + 1);
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: kind === "Component" ? [`${up}${phase}`, ...resources] : resources,
    components,
    configMapGenerator: (rest.configMapGenerator ?? []).map(({ name, behavior }) => ({ name, behavior, literals: [] })),
    patches: rest.patches!.map(({ target }, index) => ({
      target,
      patch: stringify([{ op: "add", path: `/${mark(index)}`, value: true }]),
    })),
  };
}

const mark = (index: number): string => `selected-by-${index}`;

/** A generated ConfigMap's name gets its hash last of all. */
const plainName = ({ kind, metadata }: { kind: string; metadata: { name: string } }): string =>
  kind === "ConfigMap" ? metadata.name.replace(/-[a-z0-9]{10}$/, "") : metadata.name;
