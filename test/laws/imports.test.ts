import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";

/**
 * The layers of the generator from the bottom up, and which of those below each may import. A folder is a layer, and so
 * is a file beside the folders; what every layer speaks of, the component contract, lies apart from the rest of model/.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  issues: [],
  contract: [],
  kit: ["contract"],
  spec: ["issues", "contract"],
  model: ["issues", "contract", "spec"],
  kustomize: ["contract"],
  components: ["contract", "kit"],
  render: ["issues", "contract", "kit", "spec", "model", "kustomize"],
  delivery: ["contract", "kit", "spec", "model", "kustomize", "render"],
  tree: ["issues"],
  git: ["issues", "tree"],
  sops: ["issues"],
  secrets: ["issues", "contract", "model", "kustomize", "render", "sops"],
  pipeline: ["issues", "contract", "spec", "model", "components", "render", "delivery", "tree"],
  shapes: ["contract", "kit", "spec", "model", "kustomize", "render", "delivery"],
  explain: ["issues", "contract", "kit", "spec", "model", "render", "delivery", "pipeline"],
  reference: ["contract", "spec", "model", "components", "render", "explain"],
  scaffold: ["issues", "contract", "spec", "components", "tree", "git"],
  cache: ["issues", "pipeline", "tree"],
  fleet: [
    ...["issues", "contract", "spec", "model", "components", "render", "tree", "secrets", "pipeline", "shapes"],
    ...["scaffold", "cache"],
  ],
  cli: [
    ...["issues", "contract", "spec", "components", "render", "delivery", "tree", "git", "sops", "secrets", "pipeline"],
    ...["explain", "scaffold", "fleet"],
  ],
};
/** Imports against the order, each for a reason. */
const upward: Readonly<Record<string, string>> = {
  "kustomize -> render": "types alone: what a rendering is",
  "spec/settings.ts -> model/model.ts": "how many replicas there are by default",
};

/** What lies outside, and who alone may use it. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "age-encryption": ["sops"],
  commander: ["cli"],
  handlebars: ["reference", "scaffold"],
  "kubernetes-models": ["components", "kit"],
  "simple-git": ["git"],
  yaml: ["explain", "git", "kustomize", "secrets", "sops", "spec"],
  zod: ["components", "contract", "explain", "kit", "model", "reference", "spec"],
};

/** From these a result follows from the input alone: no disk, no clock, no chance, no environment. */
const pure = ["contract", "kit", "model", "kustomize", "components", "render", "delivery", "pipeline"];

const root = "generator";
const files = globSync("**/*.ts", { cwd: root }).sort();
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
const imports = files.flatMap((file) => importsOf(file));

describe("imports point downward", () => {
  test("no layer knows one above it", () => {
    const order = Object.keys(layers);
    for (const [layer, below] of Object.entries(layers))
      expect(
        below.filter((name) => order.indexOf(name) >= order.indexOf(layer)),
        layer,
      ).toEqual([]);
    expect([...new Set(files.map(layerOf))].sort()).toEqual([...order].sort());
  });

  test("no file imports from a layer that its own may not know", () => {
    const forbidden = imports.filter(({ from, to, isType }) => {
      if (to === undefined || layerOf(to) === layerOf(from) || layers[layerOf(from)]!.includes(layerOf(to)))
        return false;
      return !(`${from} -> ${to}` in upward) && !(isType && `${layerOf(from)} -> ${layerOf(to)}` in upward);
    });
    expect(forbidden.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("what may be imported is: the table says no more than the code needs", () => {
    const used = new Set(imports.map(({ from, to }) => `${layerOf(from)} -> ${to === undefined ? "" : layerOf(to)}`));
    const unused = Object.entries(layers).flatMap(([layer, below]) =>
      below.map((name) => `${layer} -> ${name}`).filter((edge) => !used.has(edge)),
    );
    expect(unused).toEqual([]);
  });

  test("each package has its place", () => {
    const misplaced = imports.filter(
      ({ from, path, to }) =>
        to === undefined && !path.startsWith("node:") && !packages[packageOf(path)]?.includes(layerOf(from)),
    );
    expect(misplaced.map(({ from, path }) => `${from} -> ${path}`)).toEqual([]);
  });

  test("no file imports all kinds of Kubernetes to use a few", () => {
    const whole = imports.filter(({ path }) => packageOf(path) === "kubernetes-models" && path.split("/").length < 3);
    expect(whole.map(({ from, path }) => `${from} -> ${path}`)).toEqual([]);
  });
});

describe("from the input alone", () => {
  test.each(pure)("%s neither reads nor writes anything", (layer) => {
    const touching = imports.filter(
      ({ from, path }) => layerOf(from) === layer && path.startsWith("node:") && path !== "node:crypto",
    );
    expect(touching.map(({ from, path }) => `${from} -> ${path}`)).toEqual([]);
    for (const [file, text] of sources)
      if (layerOf(file) === layer)
        expect(text, file).not.toMatch(
          /Date\.now|new Date\(\)|Math\.random|process\.(env|argv|cwd|pid|hrtime)|random(Bytes|UUID)/,
        );
  });
});

describe("shared code never asks whom it serves", () => {
  /** Words that mean something else there, and names that stand there for a reason. */
  const known: readonly string[] = [
    // A way of public access.
    "delivery/graph.ts: gateway",
    "model/resolve.ts: gateway",
    "spec/access-rules.ts: gateway",
    "spec/cluster-shape.ts: gateway",
    // The one Gateway that routes attach to.
    "kit/route.ts: gateway",
  ];

  /** Their texts show by example what can be written. */
  const forPeople = ["reference", "scaffold"];

  test("no component's name is a word of it", () => {
    const named = [...sources]
      .filter(([file]) => !["components", ...forPeople].includes(layerOf(file)))
      .flatMap(([file, text]) => wordsOf(text).map((word) => `${file}: ${word}`))
      .filter((place) => catalogue.has(place.split(": ")[1]!));
    expect([...new Set(named)].sort()).toEqual([...known].sort());
  });
});

interface Import {
  readonly from: string;
  readonly path: string;
  /** The file of the generator; undefined when it lies outside. */
  readonly to: string | undefined;
  /** Nothing of it is left when the program runs. */
  readonly isType: boolean;
}

function importsOf(file: string): Import[] {
  const statements = sources.get(file)!.matchAll(/^(?:import|export) (type )?([^;"=]*?)(?: ?from )?"([^"]+)";/gms);
  return [...statements].map(([, type, names, path]) => ({
    from: file,
    path: path!,
    to: path!.startsWith(".") ? normalize(join(dirname(file), path!)) : undefined,
    isType: type !== undefined || /^\{(\s*type \w+,?)+\s*\}$/.test(names!.trim()),
  }));
}

function layerOf(file: string): string {
  if (["model/contract.ts", "model/release.ts"].includes(file)) return "contract";
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : file.replace(/\.ts$/, "");
}

const packageOf = (path: string): string =>
  path.startsWith("@") ? path.split("/").slice(0, 2).join("/") : path.split("/")[0]!;

/** String literals and keys of objects, comments apart. */
const wordsOf = (text: string): string[] =>
  [...text.replaceAll(/\/\*.*?\*\/|^\s*\/\/.*?$/gms, "").matchAll(/(["'`])([a-z-]+)\1|^\s*([a-z-]+):/gm)].map(
    ([, , literal, key]) => literal ?? key!,
  );
