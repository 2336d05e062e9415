import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { catalogue } from "../../generator/components/index.ts";
import type { Release } from "../../generator/contract/release.ts";
import { type Option, optionsOf } from "../../generator/options/known.ts";
import { refusalOf } from "../../generator/options/values.ts";
import { run } from "./environment.ts";
import { environmentIn } from "./installed.ts";
import { judged, packagesOf } from "./judged.ts";
import { descriptionsOf, type Printed, printedIn } from "./known-options.ts";

const cases = inject("cases").filter(({ component }) => catalogue.get(component)!.conf !== undefined);

describe.each(cases)("the options of $component $release", ({ component, release }) => {
  const known = optionsOf(component, release)!;
  let printed: Printed;
  beforeAll(async () => {
    printed = await printedIn(environmentIn(release, component), judged.get(component)!);
  });

  test("are those that its packages have: npm run options writes them", async () => {
    const rows = Object.values(printed.namespaces).flatMap(({ options }) => options);
    const places = descriptionsOf(rows);
    expect(places.size).toBeGreaterThan(100);
    const missing = [...places].filter(([place, { type }]) => {
      const [group, name] = place.split("/") as [string, string];
      // Two libraries may describe one option differently: then `any`, or what the first of them says.
      return known.option(group, name) === undefined || (type !== "any" && known.option(group, name)!.type !== type);
    });
    expect(missing.map(([place]) => place)).toEqual([]);
  });

  test("that are its own are these and no others", async () => {
    const [service] = packagesOf(component, release).map((item) => item.split("=")[0]!);
    const own = Object.values(printed.namespaces).filter((namespace) => namespace.package === service);
    const places = [...descriptionsOf([...own.flatMap(({ options }) => options), ...printed.drivers]).keys()];
    const file = join(import.meta.dirname, `../../generator/options/data/${component}.json`);
    const { groups } = JSON.parse(readFileSync(file, "utf8")) as { groups: Record<string, Record<string, Kept>> };
    const kept = Object.entries(groups).flatMap(([group, options]) =>
      Object.entries(options)
        .filter(([, option]) => [option].flat().some((each) => each.in?.includes(release) ?? true))
        .map(([name]) => `${group}/${name}`),
    );
    const always = Object.keys(judged.get(component)!.drivers?.always ?? {});
    expect(kept.filter((place) => !always.includes(place.split("/")[0]!)).sort()).toEqual(places.sort());
  });

  test("take and refuse what oslo.config does", async () => {
    const listed = descriptionsOf(Object.values(printed.namespaces).flatMap(({ options }) => options));
    const samples = fc.sample(writtenOf(component, release, listed), { numRuns: 1500, seed: 20 });
    const texts = samples.filter(({ text }) => text.trim() === text);
    const refused = new Set(
      await refusedBy(
        environmentIn(release, component),
        texts.map(({ at, text }) => [...at, text]),
      ),
    );
    expect(refused.size).toBeGreaterThan(50);
    const wrong = texts.filter(({ option, text, isExact }, index) => {
      const isRefused = refusalOf(option, text) !== undefined;
      return isRefused !== refused.has(index) && (isRefused || isExact);
    });
    expect(wrong.map(({ at, text }) => [...at, text])).toEqual([]);
  });
});

type Kept = { readonly in?: readonly Release[] } | readonly { readonly in?: readonly Release[] }[];

/** Types that are compared in both directions; of the others no value is refused that oslo.config takes. */
const exact = ["boolean", "integer", "number", "text", "list", "map", "range"];

/** An option of a service with a text: in its range, next to its bounds, one of its choices, or something else. */
function writtenOf(component: string, release: Release, listed: ReadonlyMap<string, unknown>) {
  const known = optionsOf(component, release)!;
  const all = known.groups.flatMap((group) =>
    known.namesIn(group).map((name) => ({ at: [group, name] as const, option: known.option(group, name)! })),
  );
  const typed = all.filter(
    ({ at, option }) =>
      // What a login takes follows from its type, and `config_source` adds sources to all that is read afterwards.
      listed.has(at.join("/")) && !at[1].startsWith("config_") && option.type !== "any" && !option.several,
  );
  const plain = typed.filter(({ option }) => option.type === "text" && Object.keys(option).length === 1);
  const rich = typed.filter((item) => !plain.includes(item));
  return fc
    .oneof({ weight: 9, arbitrary: fc.constantFrom(...rich) }, fc.constantFrom(...plain))
    .chain((item) => textFor(item.option).map((text) => ({ ...item, text, isExact: isExact(item.option) })));
}

const isExact = ({ type, of }: Pick<Option, "type" | "of">): boolean =>
  exact.includes(type) && (of === undefined || isExact(of));

const junk = fc.constantFrom(
  ...[
    "",
    "x",
    "true",
    "TRUE",
    "Yes",
    "off",
    "0",
    "1",
    "-1",
    "+5",
    "1_000",
    "1.5",
    "1e3",
    "nan",
    "inf",
    "0x10",
    "a,b",
    "1,2,",
    ",",
  ],
  ...[
    "a:b",
    "a:1,b:2",
    "[a]",
    "[1, 2]",
    "{a:b}",
    "[",
    '"x',
    "'x'",
    '"1"',
    "1-5",
    "5-1",
    "10.0.0.1",
    "::1",
    "http://a.example.org",
  ],
  ...["https://[::1]:80/x", "example.org", "a b", "a/b", "mailto:x", "http://", "é", "1 h", "none", "None"],
);

function textFor(option: Option): fc.Arbitrary<string> {
  const { min, max, choices, of } = option;
  const near = [min, max].flatMap((bound) => (bound === undefined ? [] : [bound - 1, bound, bound + 1])).map(String);
  const own = [...(choices ?? []), ...(choices ?? []).map((choice) => choice.toUpperCase()), ...near];
  const items = of === undefined ? junk : textFor(of);
  const listed = fc.array(items, { maxLength: 3 }).map((texts) => texts.join(","));
  return fc.oneof(
    junk,
    fc.integer({ min: -10, max: 100_000 }).map(String),
    ...(own.length === 0 ? [] : [fc.constantFrom(...own)]),
    ...(of === undefined && option.type !== "list" ? [] : [listed, listed.map((text) => `[${text}]`)]),
    ...(option.type === "map" ? [items.map((text) => `key:${text}`), items.map((text) => `{key:${text}}`)] : []),
  );
}

async function refusedBy(environment: string, asked: readonly (readonly string[])[]): Promise<number[]> {
  const { code, stdout, stderr } = await run(
    join(environment, "bin/python"),
    [join(import.meta.dirname, "values.py")],
    {
      input: JSON.stringify(asked),
    },
  );
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as number[];
}
