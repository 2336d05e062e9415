import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { parse, stringify } from "yaml";
import { catalogue } from "../../generator/components/index.ts";
import { formatIssue } from "../../generator/issues.ts";
import type { Component } from "../../generator/model/contract.ts";
import { buildFrom } from "../../generator/pipeline.ts";
import { referencePages } from "../../generator/reference/reference.ts";

const pages = ["README.md", ...globSync("docs/**/*.md").sort()];
const text = new Map(pages.map((page) => [page, readFileSync(page, "utf8")]));
const blocks = (page: string, info: string): string[] =>
  [...text.get(page)!.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)]
    .filter((block) => block[1] === info)
    .map((block) => block[2]!);
const withBlocks = (info: string) => pages.filter((page) => blocks(page, info).length > 0);

/** What a page shows only in part is put into this. */
const cluster = {
  name: "eu1",
  domain: "eu1.example.org",
  delivery: { repository: "https://git.example.org/fleet.git" },
  access: { tls: { issuer: { name: "letsencrypt" } } },
  infrastructure: { mariadb: { backup: "none" } },
  services: { keystone: {} },
};

describe("every cluster.yaml that a page shows, whole or in part, is right", () => {
  const shown = withBlocks("yaml cluster").flatMap((page) =>
    blocks(page, "yaml cluster").map((block, index) => [`${page}, ${index + 1}`, block] as const),
  );
  test.each(shown)("%s", (_, block) => {
    const part = parse(block) as Record<string, object>;
    const data = {
      ...cluster,
      ...part,
      infrastructure: { ...cluster.infrastructure, ...part.infrastructure },
      services: { ...cluster.services, ...part.services },
    };
    const name = String(data.name);
    const { issues } = buildFrom(`clusters/${name}/cluster.yaml`, name, stringify(data));
    const known = ["unused-consent", "missing-secrets"];
    expect(issues.filter(({ code }) => !known.includes(code)).map(formatIssue)).toEqual([]);
  });
});

describe("every command that a page shows is run", () => {
  const folder = mkdtempSync(join(tmpdir(), "overstack-docs-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const identity = ["AUTHOR", "COMMITTER"].flatMap((who) => [`GIT_${who}_NAME=a`, `GIT_${who}_EMAIL=a@example.org`]);
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    ...Object.fromEntries(identity.map((pair) => pair.split("="))),
  };
  writeFileSync(
    join(folder, "overstack"),
    `#!/bin/sh\nexec "${process.execPath}" "${resolve("generator/cli/main.ts")}" "$@"\n`,
    { mode: 0o755 },
  );

  /** Not run here, each for a reason. */
  const elsewhere: readonly [RegExp, string][] = [
    [/^npm ci && npm (start|test)$/, "the gate runs both"],
    [/^kubectl /, "there is no cluster"],
    [/^age-keygen /, "another project's program"],
  ];
  const recipient = "age1eelzzkul58ur6t3nnvlkfnedu2s9gjsxxwpcfhf9qler4mcdmq9qum9h4d";

  /** What has been done before a page begins. */
  const before: Readonly<Record<string, string>> = {
    "docs/secrets.md": `overstack new fleet cloud && cd cloud && overstack new cluster eu1 &&
      echo 'secrets: { provider: sops, recipients: [${recipient}] }' >> clusters/eu1/cluster.yaml && echo value > access-key`,
  };

  test.each(withBlocks("sh"))(
    "%s",
    (page) => {
      const lines = blocks(page, "sh")
        .flatMap((block) => block.trim().split("\n"))
        .filter((line) => !elsewhere.some(([pattern]) => pattern.test(line)));
      const work = mkdtempSync(join(folder, "page-"));
      const script = ["set -e", before[page] ?? "", ...lines].join("\n");
      const { status, stderr, stdout } = spawnSync("sh", ["-c", script], { cwd: work, env, encoding: "utf8" });
      expect(status, `${script}\n${stdout}\n${stderr}`).toBe(0);
    },
    60_000,
  );
});

describe("links", () => {
  test.each(pages)("of %s lead somewhere", (page) => {
    const links = [...text.get(page)!.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !/^[a-z]+:/.test(link));
    for (const link of links) {
      const [file, anchor] = link.split("#") as [string, string | undefined];
      const target = file === "" ? page : join(dirname(page), file);
      expect(existsSync(target), link).toBe(true);
      if (anchor === undefined) continue;
      const headings = [...readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
        title!
          .toLowerCase()
          .replace(/[^a-z0-9 _-]/g, "")
          .replaceAll(" ", "-"),
      );
      expect(headings, link).toContain(anchor);
    }
  });
});

it("the overlay on the first screen is the one of the example fleet", () => {
  const shown = blocks("README.md", "yaml")[0]!;
  expect(readFileSync("overlays/lab/keystone/run/kustomization.yaml", "utf8")).toContain(shown);
});

it("the reference is as generated: npm run docs", () => {
  const generated = referencePages(catalogue);
  expect(globSync("docs/reference/**/*.md").sort()).toEqual([...generated.keys()].sort());
  for (const [file, page] of generated) expect(readFileSync(file, "utf8"), file).toBe(page);
});

it("the component on the page about new services renders, at every release and in both profiles", async () => {
  const file = join(import.meta.dirname, `.example-${process.pid}.ts`);
  writeFileSync(file, blocks("docs/add-a-service.md", "ts")[0]!.replaceAll('from "../', 'from "../../generator/'));
  try {
    const { default: example } = (await import(file)) as { default: Component };
    const extended = new Map([...catalogue, [example.name, example]]);
    for (const profile of ["production", "development"])
      for (const release of ["2025.1", "2025.2", "2026.1", "2026.2"]) {
        const data = { ...cluster, profile, release, services: { example: { dedicated: ["database"], size: 20 } } };
        const { issues, rendered } = buildFrom("clusters/eu1/cluster.yaml", "eu1", stringify(data), extended);
        expect(issues.map(formatIssue)).toEqual([]);
        expect([...rendered!.files.keys()]).toContain("overlays/eu1/example/run/kustomization.yaml");
      }
  } finally {
    rmSync(file);
  }
});
