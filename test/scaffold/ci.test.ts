import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ciKinds } from "../../generator/base/layout.ts";
import { ciFile, newCi } from "../../generator/scaffold/ci.ts";
import { fleet, isolateGit, write } from "../git/folders.ts";

isolateGit();

describe.each(ciKinds)("%s", (kind) => {
  const { path, text } = ciFile[kind];

  test("is written once, at the root of the repository, for a fleet in a folder too", async () => {
    const repository = fleet();
    write(repository, { "infra/fleet/clusters/eu1/cluster.yaml": "name: eu1\n" });
    const made = await newCi(join(repository, "infra/fleet"), kind, "0.1.0");
    expect(made).toMatchObject({ value: path, issues: [{ code: "no-package", severity: "warning" }] });
    const written = readFileSync(join(repository, path), "utf8");
    expect(written).toBe(text("infra/fleet"));
    expect(written).toContain("infra/fleet");
    expect(await newCi(repository, kind, "0.1.0")).toMatchObject({ value: undefined, issues: [{ code: "ci-exists" }] });
    expect(existsSync(join(repository, "infra/fleet", path))).toBe(false);
  });

  test("says nothing where npm ci installs overstack", async () => {
    const repository = fleet();
    write(repository, { "package.json": '{"devDependencies":{"overstack":"0.1.0"}}', "package-lock.json": "{}" });
    expect((await newCi(repository, kind, "0.1.0")).issues).toEqual([]);
  });

  test("gives no secret to a job that runs what the pull request holds", () => {
    const jobs = parse(text("."));
    const shown = (kind === "gitlab" ? jobs : jobs.jobs) as Record<string, object>;
    for (const [name, job] of Object.entries(shown)) {
      const isPrivileged = /token|secrets\.|: write/i.test(JSON.stringify(job));
      const runsTheirs = /npm ci|npx|kustomize build/.test(JSON.stringify(job));
      // To fetch a private repository Forgejo needs the token of the job, which from a fork can only read.
      if (kind !== "forgejo" || name === "comment") expect(isPrivileged && runsTheirs, name).toBe(false);
    }
    expect(JSON.stringify(shown.comment ?? shown["overstack-comment"])).toMatch(/head\.repo|SOURCE_PROJECT_ID/);
  });

  test("takes nothing of others but by its digest", () => {
    for (const [, action] of text(".").matchAll(/uses: (\S+)/g))
      expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
  });
});
