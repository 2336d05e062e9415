import { describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { apacheFindings } from "./apache.ts";
import { servicesOf } from "./clusters.ts";
import { environmentIn } from "./installed.ts";
import { configurationsOf, distinct, judge, kindOf, policyFindings, pythonFindings } from "./judge.ts";
import { judged, judgedAs } from "./judged.ts";
import { settingsFindings } from "./uwsgi.ts";

describe.each(inject("cases"))("the configuration of $component $release", ({ component, release }) => {
  const environment = environmentIn(release, component);
  const services = servicesOf(release).filter((service) => judgedAs(service.component) === component);
  const containers = services.flatMap(({ name, project, containers }) =>
    containers.map((container) => ({ ...container, project, name: `${name} ${container.name}` })),
  );
  const filesOf = (kind: string) =>
    new Map(
      containers.flatMap(({ name, project, files }) =>
        [...files]
          .filter(([path]) => kindOf(path) === kind)
          .map(([path, text]) => [text, { name: `${name} ${path}`, project }] as const),
      ),
    );

  test("no generated file is without a judge", () => {
    const paths = containers.flatMap(({ files }) => [...files.keys()]);
    expect(paths.filter((path) => kindOf(path) === undefined)).toEqual([]);
  });

  test("its packages know every option, and none is deprecated", async () => {
    const configurations = containers.flatMap(configurationsOf);
    const usesOslo = catalogue.get(component)!.conf !== undefined;
    expect(configurations.some(({ files }) => Object.keys(files).length > 0)).toBe(usesOslo);
    if (!usesOslo) return;
    const { withoutSuccessor = [], ...judging } = judged.get(component)!;
    const known = withoutSuccessor.map((option) => `Deprecated for removal: ${option}`);
    const findings = findingsOf(await judge(environment, judging, distinct(configurations)));
    expect(findings.filter((finding) => !known.some((each) => finding.endsWith(each)))).toEqual([]);
  });

  test("policy files name rules that exist", async () => {
    for (const [text, { name, project }] of filesOf("policy"))
      expect(await policyFindings(environment, project, text), name).toEqual([]);
  });

  test("data is YAML, or JSON, which is YAML", () => {
    for (const [text, { name }] of filesOf("data")) expect(() => parse(text), name).not.toThrow();
  });

  test("assignments are whole", () => {
    const isWhole = (line: string) => /^(?:#.*|\w+ = (?:\d+|"[^"]*"|\[.*\]))?$/.test(line);
    for (const [text, { name }] of filesOf("assignments"))
      expect(
        text.split("\n").filter((line) => !isWhole(line)),
        name,
      ).toEqual([]);
  });

  test("programs are Python", async () => {
    for (const [text, { name }] of filesOf("python")) expect(await pythonFindings(environment, text), name).toEqual([]);
  });

  test("uwsgi knows every setting", async () => {
    for (const [text, { name }] of filesOf("uwsgi"))
      expect(await settingsFindings(environment, text), name).toEqual([]);
  });

  test("Apache knows every directive", async () => {
    for (const [text, { name }] of filesOf("apache")) expect(await apacheFindings(text), name).toEqual([]);
  });
});

/** Each finding once, with the container that it was found in first. */
function findingsOf(judged: Record<string, readonly string[]>): string[] {
  const first = new Map<string, string>();
  for (const [name, findings] of Object.entries(judged))
    for (const finding of findings) if (!first.has(finding)) first.set(finding, name);
  return [...first].map(([finding, name]) => `${name}: ${finding}`);
}
