import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { catalogue } from "../generator/components/index.ts";
import { groups } from "../generator/contract/context.ts";
import { planFleet, writeFleet } from "../generator/fleet/plan.ts";
import { instanceSchema, rootSchema } from "../generator/input/schema/whole.ts";
import { bare, keysOf, type Schema } from "../generator/input/schema/zod-walk.ts";

const golden = join(import.meta.dirname, "golden");
const fresh = mkdtempSync(join(tmpdir(), "overstack-golden-"));
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

const inputs = globSync("clusters/*/cluster.yaml", { cwd: golden }).sort();
const outputs = (root: string) =>
  globSync(["bases/**/*", "overlays/**/*", "clusters/**/*"], { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

describe("the golden fleet", () => {
  for (const input of inputs) cpSync(join(golden, input), join(fresh, input));
  const outcome = planFleet(fresh);
  const issues = outcome.plan === undefined ? outcome.issues : writeFleet(fresh, outcome);

  it("is generated without an error", () => expect(issues).toEqual([]));

  it("has exactly the files that are recorded", () => expect(outputs(fresh)).toEqual(outputs(golden)));

  it.each(inputs.map((input) => input.split("/")[1]!).concat("bases", "schema.json"))(
    "%s is as recorded, byte for byte",
    (name) => {
      const files = outputs(golden).filter((file) => file.split("/")[name === "bases" ? 0 : 1] === name);
      expect(files.length).toBeGreaterThan(0);
      for (const file of files)
        expect(readFileSync(join(fresh, file), "utf8"), file).toBe(readFileSync(join(golden, file), "utf8"));
    },
  );
});

describe("the golden clusters together use every dial", () => {
  const clusters = inputs.map((input) => parse(readFileSync(join(golden, input), "utf8")));
  const componentOf = (name: string) =>
    [...catalogue.values()].find((component) => name === component.name || name.startsWith(`${component.name}-`))!;

  it("at the root", () => {
    // consent needs an earlier run, and nodes a component that runs there; both have tests of their own.
    const runsOnNodes = [...catalogue.values()].some(({ group }) => group === "nodes");
    const apart = ["consent", ...(runsOnNodes ? [] : ["nodes"])];
    expect(unusedKeys(rootSchema, clusters, "").filter((key) => !apart.includes(key))).toEqual([]);
  });

  it.each([...catalogue.values()].map(({ name }) => name))("of %s", (name) => {
    const component = catalogue.get(name)!;
    const instances = clusters.flatMap((cluster) =>
      groups.flatMap((group) => Object.entries<object>(cluster[group] ?? {})),
    );
    const own = instances.filter(([key]) => componentOf(key) === component).map(([, settings]) => settings);
    const common = instances.map(([, settings]) => settings);
    expect(
      unusedKeys(instanceSchema(component), own, "").filter((key) => key.split(".")[0]! in component.options.shape),
    ).toEqual([]);
    expect(
      unusedKeys(instanceSchema(component), common, "").filter(
        (key) => !(key.split(".")[0]! in component.options.shape),
      ),
    ).toEqual([]);
  });
});

/** Paths of keys that the schema knows and none of the values has; nothing is said of what lies below an unused key. */
function unusedKeys(schema: Schema, values: readonly unknown[], path: string): string[] {
  const { def } = bare(schema);
  const below = (inner: Schema, items: readonly unknown[], at: string) => unusedKeys(inner, items, at);
  const maps = values.filter((value): value is Record<string, unknown> => typeof value === "object" && value !== null);
  if (def.type === "array")
    return below(
      def.element,
      maps.flatMap((list) => Object.values(list)),
      path,
    );
  if (def.type === "record")
    return below(
      def.valueType,
      maps.flatMap((map) => Object.values(map)),
      path,
    );
  if (def.type === "union")
    return def.options.flatMap((option) => {
      const names = keysOf(option).map(([key]) => key);
      return below(
        option,
        maps.filter((map) =>
          names.every((key) => key in map || bare(keysOf(option).find(([name]) => name === key)![1]).optional),
        ),
        path,
      );
    });
  if (def.type !== "object") return [];
  return keysOf(schema).flatMap(([key, inner]) => {
    const at = path === "" ? key : `${path}.${key}`;
    const used = maps.filter((map) => key in map).map((map) => map[key]);
    return used.length === 0 ? [at] : below(inner, used, at);
  });
}
