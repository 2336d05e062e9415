import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { kinds } from "../../generator/connections/index.ts";

/**
 * The rooms of the generator from the ground up, and which of those below each may import, `base` apart, which all may:
 * ARCHITECTURE.md draws them.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  issues: [],
  contract: ["issues"],
  options: ["contract"],
  connections: ["contract"],
  kit: ["contract", "options", "connections"],
  operators: ["contract", "kit"],
  input: ["issues", "contract", "options", "connections", "operators"],
  model: ["issues", "contract", "connections", "input"],
  kustomize: ["contract", "operators"],
  components: ["issues", "contract", "kit", "operators"],
  render: ["issues", "contract", "connections", "kit", "operators", "input", "model", "kustomize"],
  delivery: ["contract", "kit", "operators", "input", "model", "kustomize", "render"],
  tree: ["issues"],
  git: ["issues", "contract", "tree"],
  sops: ["issues"],
  registry: ["issues"],
  forge: ["issues"],
  secrets: ["issues", "contract", "connections", "model", "kustomize", "render", "tree", "git", "sops"],
  scaffold: ["issues", "contract", "input", "components", "tree", "git"],
  fleet: [
    ...["issues", "contract", "connections", "kit", "input", "model", "kustomize", "components", "render", "delivery"],
    ...["tree", "secrets", "scaffold"],
  ],
  diff: ["contract", "kit", "operators", "model", "kustomize", "render", "delivery", "fleet"],
  explain: ["issues", "contract", "options", "connections", "input", "model", "render", "delivery", "fleet"],
  reference: ["issues", "contract", "input", "model", "components", "render", "diff", "explain"],
  cli: [
    ...["issues", "contract", "input", "model", "components", "render", "delivery", "tree", "git", "sops"],
    ...["registry", "forge", "secrets", "scaffold", "fleet", "diff", "explain"],
  ],
};

/** What lies outside, and who alone may use it. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "@gitbeaker/core": ["forge"],
  "@gitbeaker/requester-utils": ["forge"],
  "@kubernetes-models/apimachinery": ["contract"],
  "@octokit/core": ["forge"],
  "@octokit/plugin-retry": ["forge"],
  "@octokit/plugin-throttling": ["forge"],
  "age-encryption": ["sops"],
  commander: ["cli"],
  "gitea-js": ["forge"],
  handlebars: ["forge", "reference", "scaffold"],
  "kubernetes-models": ["components", "kit"],
  "simple-git": ["git"],
  yaml: ["diff", "explain", "git", "input", "kustomize", "secrets", "sops"],
  zod: ["components", "connections", "contract", "diff", "explain", "input", "kit", "reference"],
};

/** From these a result follows from the input alone: no disk, no clock, no chance, no environment. */
const pure = [
  ...[
    "base",
    "issues",
    "contract",
    "connections",
    "kit",
    "operators",
    "model",
    "kustomize",
    "components",
    "render",
    "delivery",
    "diff",
  ],
  ...["fleet/alike.ts", "fleet/one-cluster.ts", "fleet/templates.ts"],
];

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
    const forbidden = imports.filter(({ from, to }) => {
      if (to === undefined || layerOf(to) === "base" || layerOf(to) === layerOf(from)) return false;
      return !layers[layerOf(from)]!.includes(layerOf(to));
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
    const whole = imports.filter(
      ({ path }) =>
        packageOf(path).includes("kubernetes-models") && path.slice(packageOf(path).length).split("/").length < 3,
    );
    expect(whole.map(({ from, path }) => `${from} -> ${path}`)).toEqual([]);
  });
});

describe("ARCHITECTURE.md", () => {
  const page = readFileSync("ARCHITECTURE.md", "utf8");
  test("has one line for each room, from the ground up", () => {
    const rows = [...page.matchAll(/^\| `([a-z]+)\/` \| .+ \|$/gm)].map(([, room]) => room);
    expect(rows).toEqual(Object.keys(layers));
  });
  test("draws rooms that are there", () => {
    const drawn = [...page.matchAll(/\["([a-z]+):/g)].map(([, room]) => room!);
    expect(drawn.length).toBeGreaterThan(5);
    expect(drawn.filter((room) => !(room in layers))).toEqual([]);
  });
});

describe("from the input alone", () => {
  test.each(pure)("%s neither reads nor writes anything", (layer) => {
    const touching = imports.filter(
      ({ from, path }) => isIn(layer, from) && path.startsWith("node:") && !["node:crypto", "node:util"].includes(path),
    );
    expect(touching.map(({ from, path }) => `${from} -> ${path}`)).toEqual([]);
    for (const [file, text] of sources)
      if (isIn(layer, file))
        expect(text, file).not.toMatch(
          /Date\.now|new Date\(\)|Math\.random|process\.(env|argv|cwd|pid|hrtime)|random(Bytes|UUID)/,
        );
  });
});

describe("shared code never asks whom it serves", () => {
  /** Words that mean something else there, and names that stand there for a reason. */
  const known: readonly string[] = [
    // A way of public access.
    "delivery/installation.ts: gateway",
    "model/complete.ts: gateway",
    "input/rules/access.ts: gateway",
    "input/schema/root.ts: gateway",
    // The one Gateway that routes attach to.
    "kit/route.ts: gateway",
    // The group of the library that checks tokens, keystonemiddleware.
    "kit/login.ts: keystone_authtoken",
    // A group of castellan, and its word for one kind of key manager.
    "kit/key-manager.ts: barbican",
    // Where clients of any Ceph look for their files.
    "kit/ceph.ts: /etc/ceph",
    "kit/ceph.ts: ceph",
    // Where the fact of a rule is written, of one operator among several.
    "diff/rules.ts: https://www.rabbitmq.com/kubernetes/operator/upgrade-operator",
  ];

  /** Their texts show by example what can be written. */
  const forPeople = ["reference", "scaffold"];

  test("no component's name is a word of it, in no case and as no part of a longer word", () => {
    const named = [...sources]
      .filter(([file]) => !["components", "connections", "operators", ...forPeople].includes(layerOf(file)))
      .flatMap(([file, text]) =>
        literalsOf(text)
          .filter((literal) => nameIn(literal))
          .map((literal) => `${file}: ${literal}`),
      );
    expect([...new Set(named)].sort()).toEqual([...known].sort());
  });

  test.each(["mariadb", "MariaDB", "RabbitmqCluster", "k8s.mariadb.com", "OS_KEYSTONE_AUTHTOKEN", "glance-api"])(
    "the wall sees %s",
    (word) => expect(nameIn(word)).toBe(true),
  );
});

describe("shared code never asks of what kind a connection is", () => {
  /** Words that mean something else there, and kinds that stand there for a reason. */
  const known: readonly string[] = [
    // The one kind of provider whose size follows from its clients: max_connections.
    "model/connection-budget.ts: database",
    // A field of PhysicalBackup.
    "operators/mariadb-operator.ts: storage",
  ];

  /** The kit is where services say what they need, by the kind's name. */
  const named = ["components", "connections", "kit", "reference", "scaffold"];

  test("no kind's name is a word of it: a new kind is a file and a line in the table", () => {
    const found = [...sources]
      .filter(([file]) => !named.includes(layerOf(file)))
      .flatMap(([file, text]) => literalsOf(text).map((word) => `${file}: ${word}`))
      .filter((place) => kinds.includes(place.split(": ")[1]!));
    expect([...new Set(found)].sort()).toEqual([...known].sort());
  });

  test("each file of the room is a kind of the table", () => {
    const helpers = ["connection-kind.ts", "index.ts"];
    const room = files.filter((file) => layerOf(file) === "connections").map((file) => file.split("/")[1]!);
    expect(room.filter((file) => !helpers.includes(file))).toEqual(kinds.map((kind) => `${kind}.ts`).sort());
  });
});

/** True when a component's name is in a literal. A Gateway is Kubernetes' own noun: it names the component only alone. */
const nameIn = (literal: string): boolean =>
  literal === "gateway" ||
  literal
    .split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z][a-z])/)
    .map((word) => word.toLowerCase())
    .some((word) => word !== "gateway" && catalogue.has(word));

interface Import {
  readonly from: string;
  readonly path: string;
  /** The file of the generator; undefined when it lies outside. */
  readonly to: string | undefined;
}

function importsOf(file: string): Import[] {
  const statements = sources.get(file)!.matchAll(/^(?:import|export) (?:[^;"=]*? from )?"([^"]+)";/gms);
  return [...statements].map(([, path]) => ({
    from: file,
    path: path!,
    to: path!.startsWith(".") ? normalize(join(dirname(file), path!)) : undefined,
  }));
}

const layerOf = (file: string): string => file.slice(0, file.indexOf("/"));
const isIn = (layerOrFile: string, file: string): boolean => [layerOf(file), file].includes(layerOrFile);

const packageOf = (path: string): string =>
  path.startsWith("@") ? path.split("/").slice(0, 2).join("/") : path.split("/")[0]!;

/** String literals and keys of objects, apart from comments, sentences for people and paths of imports. */
const literalsOf = (text: string): string[] =>
  [...text.replaceAll(/\/\*.*?\*\/|(?<=^|\s)\/\/ .*?$/gms, "").matchAll(/(["'`])([^\n]*?)\1|^\s*([A-Za-z-]+):/gm)]
    .map(([, , literal, key]) => literal ?? key!)
    .filter((word) => !/\s|^\.{1,2}\//.test(word));
