import { describe, expect, inject, test } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { servicesOf } from "./clusters.ts";
import { configurationsOf, distinct, judge, kindOf, policyFindings } from "./judge.ts";
import { projects } from "./packages.ts";
import { settingsFindings } from "./uwsgi.ts";

describe.concurrent.each(releases)("the configuration of %s", (release) => {
  const environment = inject("environments")[release];
  const services = servicesOf(release);
  const containers = services.flatMap(({ name, project, containers }) =>
    containers.map((container) => ({ ...container, project, name: `${name} ${container.name}` })),
  );
  const filesOf = (kind: string) =>
    containers.flatMap(({ name, project, files }) =>
      [...files]
        .filter(([path]) => kindOf(path) === kind)
        .map(([path, text]) => ({ name: `${name} ${path}`, project, text })),
    );

  test("no generated file is without a judge", () => {
    const paths = containers.flatMap(({ files }) => [...files.keys()]);
    expect(paths.filter((path) => kindOf(path) === undefined)).toEqual([]);
  });

  test.each(Object.keys(projects))("%s knows every option, and none is deprecated", async (project) => {
    const configurations = containers.filter((container) => container.project === project).flatMap(configurationsOf);
    expect(configurations.flatMap(({ files }) => Object.keys(files))).not.toEqual([]);
    expect(findingsOf(await judge(environment, project, distinct(configurations)))).toEqual([]);
  });

  test("policy files name rules that exist", async () => {
    const policies = new Map(filesOf("policy").map(({ name, project, text }) => [text, { name, project }]));
    expect(policies.size).toBeGreaterThan(0);
    for (const [text, { name, project }] of policies)
      expect(await policyFindings(environment, project, text), name).toEqual([]);
  });

  test("uwsgi knows every setting", async () => {
    const settings = new Map(filesOf("uwsgi").map(({ name, text }) => [text, name]));
    expect(settings.size).toBeGreaterThan(1);
    for (const [text, name] of settings) expect(await settingsFindings(environment, text), name).toEqual([]);
  });
});

/** Each finding once, with the container that it was found in first. */
function findingsOf(judged: Record<string, readonly string[]>): string[] {
  const first = new Map<string, string>();
  for (const [name, findings] of Object.entries(judged))
    for (const finding of findings) if (!first.has(finding)) first.set(finding, name);
  return [...first].map(([finding, name]) => `${name}: ${finding}`);
}
