import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { type Release, releases, upgradesFrom } from "../../generator/contract/release.ts";
import { clusterOf } from "./by-hand.ts";
import { build, examples, forEachCluster, type Rendered } from "./cases.ts";
import { type EngineObject, engineOf } from "./engine.ts";
import { library } from "./library.ts";

// Flux unpacks a source for each step: what a source leaves out costs nothing, and what a step needs must be in it.

const isFlux = ({ model }: Rendered): boolean => model.spec.delivery.engine === "flux";

describe("a source holds what the steps of its cluster are built from, and nothing that is of no use to it", () => {
  test.each(examples.filter(([, cluster]) => isFlux(cluster)))(
    "a source holds what steps are built from: in %s",
    (_, cluster) => check(cluster),
  );

  test("a source holds what steps are built from: in random clusters", { timeout: 3_600_000 }, () =>
    forEachCluster(20, (cluster) => (isFlux(cluster) ? check(cluster) : undefined)),
  );
});

const upgrades = releases.flatMap((from) => upgradesFrom(from).map((to) => [from, to] as const));
test.each(upgrades)("the commit that upgrades from %s to %s is built with the source as it was before", (from, to) => {
  const [before, after] = [from, to].map((release) => build(clusterOf({}, { release })) as Rendered);
  const [source] = sourcesOf(before!);
  const needed = [...neededBy(stepsOf(after!, source!), fleetWith(after!))].sort();
  expect(needed.some((path) => path.startsWith(`bases/${to}/`))).toBe(true);
  expect(left(source!, needed)).toEqual(needed);
});

test.each(["fleet", "infra/cloud/openstack"])("a fleet in the folder %s of a repository is read there", (folder) => {
  const at = (cluster: Rendered, path: string): Rendered =>
    build(clusterOf({}, { delivery: { ...cluster.model.spec.delivery, path } })) as Rendered;
  const root = build(clusterOf({})) as Rendered;
  const [above, inside] = [root, at(root, folder)].map((cluster) => ({ cluster, source: sourcesOf(cluster)[0]! }));
  const steps = ({ cluster, source }: NonNullable<typeof above>) => stepsOf(cluster, source);
  expect(steps(inside!)).toEqual(steps(above!).map((path) => `${folder}/${path}`));
  const files = [...fleetWith(root).keys()];
  const strangers = ["README.md", "bases/x.yaml", `${folder}.yaml`, `${folder}/../x.yaml`, "infra/other/x.yaml"];
  expect(
    left(inside!.source, [...files.map((path) => `${folder}/${path}`), ...strangers.map((path) => normalize(path))]),
  ).toEqual(left(above!.source, files).map((path) => `${folder}/${path}`));
});

function check(cluster: Rendered): void {
  const { name } = cluster;
  const { delivery } = cluster.model.spec;
  const run = cluster.model.instances.map(({ spec }) => spec.release);
  const files = fleetWith(cluster);
  const sources = sourcesOf(cluster);
  expect(sources).toHaveLength(delivery.ref === undefined ? 1 : 2);
  for (const source of sources) {
    const isPin = source.metadata.name !== name;
    const held: readonly Release[] = isPin
      ? releases
      : [...new Set([cluster.model.spec.release, ...run].flatMap((each) => [each, ...upgradesFrom(each)]))];
    const folders = [`clusters/${name}/`, `overlays/${name}/`, ...held.map((each) => `bases/${each}/`)];
    const wanted = [...files.keys()].filter(
      (path) => folders.some((folder) => path.startsWith(folder)) || (isPin && path === "bases/inventory.json"),
    );
    const unpacked = left(source, [...files.keys()]);
    expect(unpacked).toEqual(wanted.sort());

    const needed = [...neededBy(stepsOf(cluster, source), files)];
    expect(needed.filter((path) => !unpacked.includes(path))).toEqual([]);
    const bases = needed.filter((path) => path.startsWith("bases/"));
    if (sources.length === 1 || isPin) expect(bases.length).toBeGreaterThan(0);
    expect(bases.filter((path) => !run.some((release) => path.startsWith(`bases/${release}/`)))).toEqual([]);
  }
}

/** The sources that are read from the fleet's repository. */
const sourcesOf = (cluster: Rendered): EngineObject[] =>
  engineOf(cluster).objects.filter(
    ({ kind, metadata }) =>
      kind === "GitRepository" && [cluster.name, `${cluster.name}-pinned`].includes(metadata.name),
  );

/** Directories that are built from a source. */
const stepsOf = (cluster: Rendered, source: EngineObject): string[] =>
  engineOf(cluster)
    .objects.filter(({ kind, spec }) => kind === "Kustomization" && spec.sourceRef?.name === source.metadata.name)
    .map(({ spec }) => normalize(spec.path!));

const bases = releases.flatMap((release) =>
  [...catalogue.values()].flatMap((component) => [...library(release, component).files]),
);

/** A repository with bases of all releases, this cluster, and two that are called almost like it. */
function fleetWith(cluster: Rendered): Map<string, string> {
  const own = [...engineOf(cluster).files, [`clusters/${cluster.name}/cluster.yaml`, ""] as const];
  const others = own.flatMap(([path, text]) =>
    [`${cluster.name}-2`, "x"]
      .filter((other) => other !== cluster.name)
      .map((other) => [path.replace(`/${cluster.name}/`, `/${other}/`), text] as const),
  );
  const shared = [["README.md", ""] as const, ["bases/inventory.json", "{}"] as const];
  const used = cluster.rendered.bases.flatMap(({ files }) => [...files]);
  return new Map([...bases, ...used, ...shared, ...others, ...own]);
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly configurations?: readonly string[];
  readonly configMapGenerator?: readonly { readonly files?: readonly string[] }[];
}

/** The files that Kustomize reads to build these directories. */
function neededBy(directories: readonly string[], files: ReadonlyMap<string, string>): Set<string> {
  const needed = new Set<string>();
  const visit = (path: string): void => {
    const file = files.has(path) ? path : `${path}/kustomization.yaml`;
    if (needed.has(file)) return;
    expect(files.has(file), file).toBe(true);
    needed.add(file);
    if (!file.endsWith("/kustomization.yaml")) return;
    const {
      resources = [],
      components = [],
      configurations = [],
      configMapGenerator = [],
    } = parse(files.get(file)!) as Kustomization;
    const contents = configMapGenerator.flatMap((generator) => generator.files ?? []);
    for (const other of [...resources, ...components, ...configurations, ...contents.map(pathOf)])
      visit(normalize(join(file, "..", other)));
  };
  for (const directory of directories) visit(directory);
  return needed;
}

/** Of an entry `key=path` of a generator, or `path` alone. */
const pathOf = (entry: string): string => entry.slice(entry.indexOf("=") + 1);

const repository = mkdtempSync(join(tmpdir(), "overstack-ignore-"));
execFileSync("git", ["init", "--quiet", repository]);
afterAll(() => rmSync(repository, { recursive: true }));

/** Which of these paths a source holds, as Git reads its patterns; sorted. */
function left({ spec }: EngineObject, paths: readonly string[]): string[] {
  writeFileSync(join(repository, ".git/info/exclude"), spec.ignore!);
  const options = { cwd: repository, encoding: "utf8", input: paths.join("\0"), maxBuffer: 1 << 28 } as const;
  const { stdout, status, stderr } = spawnSync("git", ["check-ignore", "--no-index", "-z", "--stdin"], options);
  if (status !== 0 && status !== 1) throw new Error(stderr);
  const ignored = new Set(stdout.split("\0"));
  return paths.filter((path) => !ignored.has(path)).sort();
}
