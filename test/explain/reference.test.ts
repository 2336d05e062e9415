import { describe, expect, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import { endpointsOf, typesOf } from "../../generator/contract/endpoints.ts";
import { schedulesOf } from "../../generator/contract/programs.ts";
import { commonShape, serviceShape } from "../../generator/input/schema/instance.ts";
import { rootSchema } from "../../generator/input/schema/whole.ts";
import { bare, keysOf, type Schema } from "../../generator/input/schema/zod-walk.ts";
import { referencePages } from "../../generator/reference/reference.ts";

const pages = referencePages(catalogue);
const root = pages.get("docs/reference/cluster-yaml.md")!;
const pageOf = (component: string) => pages.get(`docs/reference/components/${component}.md`)!;

/** Names of all keys below a schema, however deep. */
function words(schema: Schema): string[] {
  const { def } = bare(schema);
  const below =
    def.type === "array"
      ? [def.element]
      : def.type === "record"
        ? [def.valueType]
        : def.type === "union"
          ? def.options
          : [];
  return [
    ...(def.type === "object" ? keysOf(schema).flatMap(([key, item]) => [key, ...words(item)]) : []),
    ...below.flatMap(words),
  ];
}
const columns = (page: string) =>
  new Set(
    [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(
      ([, path]) =>
        path!
          .split(/[.[\]]/)
          .filter((part) => part !== "")
          .at(-1)!,
    ),
  );

test("one page on the whole, one for each component, one of mistakes", () => {
  expect([...pages.keys()]).toEqual([
    "docs/reference/cluster-yaml.md",
    ...[...catalogue.keys()].sort().map((name) => `docs/reference/components/${name}.md`),
    "docs/reference/mistakes.md",
    "docs/reference/impact.md",
  ]);
});

test("every key of cluster.yaml stands in a table", () => {
  const found = columns(root);
  const expected = [rootSchema, ...Object.values(commonShape), ...Object.values(serviceShape)].flatMap(words);
  expect(
    [...expected, ...Object.keys(commonShape), ...Object.keys(serviceShape)].filter((word) => !found.has(word)),
  ).toEqual([]);
});

describe.each([...catalogue.values()])("$name", (component) => {
  const page = pageOf(component.name);
  test("every option, role, image, job and endpoint stands on its page", () => {
    const found = columns(page);
    const named = [component.roles, component.images, schedulesOf(component)].flatMap(Object.keys);
    // The options of a part are its owner's to say.
    const options = component.partOf === undefined ? words(component.options) : [];
    expect([...options, ...named].filter((word) => !found.has(word))).toEqual([]);
    for (const [key, endpoint] of endpointsOf(component))
      expect(page).toMatch(new RegExp(`\\| .*\\b${typesOf(endpoint)[0] ?? key}\\b.* \\| ${endpoint.port} \\|`));
    if (component.conf !== undefined) expect(page).toContain(`| \`${component.conf}\` |`);
  });

  test("no cell is undefined, and every row has as many cells as its head", () => {
    expect(page).not.toMatch(/undefined|\[object Object\]|\{\{/);
    const cells = (line: string) => line.replaceAll("\\|", "").split("|").length;
    const lines = page.split("\n");
    for (const [index, line] of lines.entries())
      if (line.startsWith("|") && lines[index - 1]?.startsWith("|"))
        expect(cells(line), line).toBe(cells(lines[index - 1]!));
  });
});

test("defaults have a column of their own", () => {
  expect(root).toContain("| `release` | OpenStack release, in quotes. | 2025.1, 2025.2, 2026.1 or 2026.2 | `2026.1` |");
  expect(root).toContain("| `domain` | Public names are &lt;service>.&lt;domain>. |");
  expect(pageOf("mariadb")).toMatch(
    /\| `storage` \| Volume of each member\. .*shrink\. \| .* \| 100Gi, in development 10Gi \|/,
  );
  expect(pageOf("glance")).toContain("| `api` | 3 | 1 | any number; autoscaling |");
});

test("the reference is the same bytes each time", () => {
  expect([...referencePages(catalogue)]).toEqual([...pages]);
});
