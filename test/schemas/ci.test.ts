import { execFile } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { ciKinds } from "../../generator/base/layout.ts";
import { ciFile } from "../../generator/scaffold/ci.ts";
import { goPrograms } from "../../generator/scaffold/ci-steps.ts";
import { workFolder } from "../cli/program.ts";
import { packaged } from "../tools/kustomize.ts";
import { textFiles } from "./judge.ts";
import { kubeconform, kubernetes } from "./sources.ts";
import { closedTypes, type Schemas } from "./strict.ts";

const { folder, git, overstack, removeFolder } = workFolder();
afterAll(removeFolder);

/** Where the fleet lies in its repository. */
const places = [".", "infra/fleet"];

interface Job {
  readonly steps?: readonly { readonly run?: string; readonly name?: string }[];
  readonly script?: readonly string[];
}

/** What the jobs of a file run, in order, without that which comments. */
function scriptsOf(kind: (typeof ciKinds)[number], place: string): { checks: string[]; comment: string[] } {
  const file = parse(ciFile[kind].text(place));
  const jobs = Object.entries((kind === "gitlab" ? file : file.jobs) as Record<string, Job>);
  const of = ([, { steps = [], script = [] }]: [string, Job]) => [...steps.flatMap(({ run }) => run ?? []), ...script];
  const isComment = ([name]: [string, Job]) => name.endsWith("comment");
  return { checks: jobs.filter((job) => !isComment(job)).flatMap(of), comment: jobs.filter(isComment).flatMap(of) };
}

const bin = join(folder, "bin");
const schemas = join(folder, "schemas");

beforeAll(() => {
  overstack(["new", "fleet", "repository"]);
  mkdirSync(join(folder, "repository/clusters/lab"), { recursive: true });
  writeFileSync(
    join(folder, "repository/clusters/lab/cluster.yaml"),
    `name: lab
profile: development
domain: lab.example.org
delivery: { repository: "https://git.example.org/cloud/fleet.git" }
services: { keystone: {} }
`,
  );
  for (const command of ["generate", "commit"]) expect(overstack([command], "repository").status).toBe(0);
  git(["switch", "--quiet", "--create", "change"], "repository");
  const input = join(folder, "repository/clusters/lab/cluster.yaml");
  writeFileSync(input, readFileSync(input, "utf8").replace("{ keystone: {} }", "{ keystone: { replicas: 2 } }"));
  for (const command of ["generate", "commit"]) expect(overstack([command], "repository").status).toBe(0);
  mkdirSync(join(folder, "far/cloud"), { recursive: true });
  git(["clone", "--quiet", "--bare", "repository", "far/cloud/fleet.git"], ".");
  git(["update-ref", "refs/pull/1/head", "change"], "far/cloud/fleet.git");
  standIns();
  writeSchemas();
}, 300_000);

/**
 * npm would install the package, which test/pack does; npx runs it from its sources. Go would build kustomize and kubeconform from the
 * modules that are named, which takes minutes.
 */
function standIns(): void {
  mkdirSync(bin, { recursive: true });
  const program = (name: string, text: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program("npm", 'test "$*" = "ci --ignore-scripts"');
  program("npx", `shift\nexec "${process.execPath}" "${resolve("generator/cli/main.ts")}" "$@"`);
  program("kustomize", `shift\nexec "${packaged("kubectl")}" kustomize "$@"`);
  program("go", `mkdir -p "$GOBIN"\ncp "${bin}/kustomize" "${inject("kubeconform")}" "$GOBIN"`);
}

/** Kubernetes' kinds, strict, where kubeconform looks for them. */
function writeSchemas(): void {
  mkdirSync(schemas);
  for (const text of textFiles(kubernetes, inject("archives")[kubernetes.module]!).values()) {
    const open = JSON.parse(text) as { components?: { schemas: Schemas } };
    const types = closedTypes(open.components?.schemas ?? {});
    for (const [name, schema] of Object.entries(types))
      for (const { group, version, kind } of schema["x-kubernetes-group-version-kind"] ?? []) {
        const prefix = group === "" ? "" : `-${group.split(".")[0]}`;
        const file = join(schemas, `${kind.toLowerCase()}${prefix}-${version}.json`.toLowerCase());
        const used = { components: { schemas: reachable(types, name) }, $ref: `#/components/schemas/${name}` };
        writeFileSync(file, JSON.stringify(used));
      }
  }
}

/** The types that a type refers to, itself too. */
function reachable(types: Schemas, root: string): Schemas {
  const found = new Map([[root, types[root]!]]);
  for (const queue = [root]; queue.length > 0; )
    for (const [, next] of JSON.stringify(types[queue.pop()!]).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      if (!found.has(next!)) {
        found.set(next!, types[next!]!);
        queue.push(next!);
      }
  return Object.fromEntries(found);
}

/** Runs a script as a forge does; resolves to its status and what it printed. */
const bash = (script: string, cwd: string, env: Record<string, string>) =>
  new Promise<{ status: number; printed: string }>((done) => {
    const options = {
      cwd,
      env: {
        PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: "1",
        SCHEMAS: `${schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json`,
        ...env,
      },
    };
    execFile("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], options, (error, stdout, stderr) =>
      done({ status: error === null ? 0 : Number(error.code), printed: stdout + stderr }),
    );
  });

/** A clean clone in which the checks of a forge run, and what they are told. */
function clone(kind: string): { work: string; env: Record<string, string> } {
  const work = join(folder, `clone-${kind}`);
  rmSync(work, { recursive: true, force: true });
  if (kind === "forgejo") mkdirSync(work);
  else git(["clone", "--quiet", "--branch", "change", "far/cloud/fleet.git", work], ".");
  const BASE =
    kind === "forgejo" ? "refs/remotes/origin/base" : git(["rev-parse", "main"], "far/cloud/fleet.git").trim();
  return {
    work,
    env: {
      ...{ BASE, NUMBER: "1", BASE_BRANCH: "main", CI_PROJECT_DIR: work, TOKEN: "x" },
      ...{ GITHUB_SERVER_URL: join(folder, "far"), GITHUB_REPOSITORY: "cloud/fleet" },
      ...{ GITHUB_OUTPUT: join(folder, `${kind}.output`), GITHUB_STEP_SUMMARY: join(folder, `${kind}.summary`) },
    },
  };
}

test.each(["github", "forgejo"] as const)("actionlint finds nothing in the workflow of %s", async (kind) => {
  for (const place of places) {
    const file = join(folder, `${kind}.yaml`);
    writeFileSync(file, ciFile[kind].text(place));
    // Runners of Forgejo have labels of their own.
    const { printed } = await bash(
      `"${inject("actionlint")}" -ignore 'label "docker" is unknown' "${file}"`,
      folder,
      {},
    );
    expect(printed).toBe("");
  }
});

test("actionlint finds what is wrong", async () => {
  const file = join(folder, "wrong.yaml");
  writeFileSync(file, ciFile.github.text(".").replace("needs: check", "needs: chekc"));
  expect((await bash(`"${inject("actionlint")}" "${file}"`, folder, {})).status).not.toBe(0);
});

/** When each job runs, as a program of others reads the file, with GitLab's own schema; or what it finds wrong. */
async function pipeline(text: string, variables: Record<string, string>): Promise<Record<string, string> | string> {
  const place = mkdtempSync(join(folder, "gitlab-"));
  git(["init", "--quiet"], place);
  git(["remote", "add", "origin", "https://gitlab.example.org/cloud/fleet.git"], place);
  writeFileSync(join(place, ".gitlab-ci.yml"), text);
  const given = Object.entries(variables).map(([name, value]) => `--variable ${name}=${value}`);
  const program = fileURLToPath(import.meta.resolve("gitlab-ci-local"));
  const { printed } = await bash(`"${process.execPath}" "${program}" --list-json ${given.join(" ")}`, place, {});
  const jobs = /^\[$[\s\S]*^\]$/m.exec(printed)?.[0];
  if (jobs === undefined) return printed;
  return Object.fromEntries(
    (JSON.parse(jobs) as { name: string; when: string }[]).map(({ name, when }) => [name, when]),
  );
}

test("GitLab's schema takes its file, and the comment is for a merge request that is no fork's, with a token", async () => {
  const ours = {
    CI_PIPELINE_SOURCE: "merge_request_event",
    CI_PROJECT_ID: "7",
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "7",
  };
  const checks = { overstack: "on_success", "overstack-build": "on_success" };
  const token = { OVERSTACK_COMMENT_TOKEN: "x" };
  for (const place of places) {
    const text = ciFile.gitlab.text(place);
    expect(await pipeline(text, { ...ours, ...token })).toEqual({ ...checks, "overstack-comment": "on_success" });
    expect(await pipeline(text, ours)).toEqual({ ...checks, "overstack-comment": "never" });
    const fork = { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "8" };
    expect(await pipeline(text, { ...ours, ...token, ...fork })).toEqual({ ...checks, "overstack-comment": "never" });
  }
  const wrong = ciFile.gitlab.text(".").replace("  artifacts:", "  artefacts:");
  expect(await pipeline(wrong, ours)).toContain("'artefacts' property is not expected to be here");
});

test("the judge is the one that the workflows name", () => {
  expect(goPrograms.kubeconform).toBe(`${kubeconform.package}@${kubeconform.version}`);
});

describe.each(ciKinds)("the commands of %s in a clean clone", (kind) => {
  const { checks, comment } = scriptsOf(kind, ".");

  test("pass for a change that is as generated, and say what it does", async () => {
    const { work, env } = clone(kind);
    const printed: string[] = [];
    for (const script of checks) {
      const outcome = await bash(script, work, env);
      expect([outcome.status, outcome.printed]).toEqual([0, outcome.printed]);
      printed.push(outcome.printed);
    }
    expect(readFileSync(join(work, "overstack-diff.md"), "utf8")).toContain(
      "Deployment openstack-services/keystone-api",
    );
    const page = join(work, "overstack-diff.html");
    expect(existsSync(page) && readFileSync(page, "utf8").includes("keystone-api")).toBe(kind !== "forgejo");
    expect(printed.join("")).toContain("overlays/lab/keystone/run");
    expect(printed.join("")).toMatch(/Valid: [1-9]/);
    if (kind !== "gitlab") expect(readFileSync(env.GITHUB_OUTPUT!, "utf8")).toMatch(/^diff<<[0-9a-f]{32}\n/);
  });

  test("fail for a file that is not as generated, and for a field that Kubernetes does not know", async () => {
    const { work, env } = clone(kind);
    const [first] = checks;
    if (kind === "forgejo") expect((await bash(first!, work, env)).status).toBe(0);
    const overlay = join(work, "overlays/lab/keystone/run");
    appendFileSync(join(overlay, "kustomization.yaml"), "generatorOptions: {}\n");
    const run = async (words: string) => bash(checks.find((script) => script.includes(words))!, work, env);
    expect((await run("generate --check")).status).not.toBe(0);

    const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndate: { a: b }\n";
    cpSync(join(overlay, "kustomization.yaml"), join(overlay, "before"));
    writeFileSync(join(overlay, "kustomization.yaml"), "kind: Kustomization\nresources: [x.yaml]\n");
    writeFileSync(join(overlay, "x.yaml"), map);
    const someone = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    git([...someone, "commit", "--quiet", "--all", "--message=By hand"], work.slice(folder.length + 1));
    await run("go install");
    const built = await run("kubeconform -strict");
    expect([built.status === 0, built.printed]).toEqual([false, expect.stringContaining("date")]);
  });

  test("write one comment, and renew it", async () => {
    const comments: { id: number; body: string }[] = [{ id: 7, body: "Looks good." }];
    const seen: string[] = [];
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { authorization = "", "private-token": own = "" } = request.headers;
      seen.push(`${request.method} ${request.url!.split("?")[0]} ${authorization}${own}`);
      const told = Buffer.concat(parts).toString();
      if (request.method === "POST") comments.push({ id: 8, body: JSON.parse(told).body });
      if (request.method === "PATCH" || request.method === "PUT")
        comments.find(({ id }) => request.url!.endsWith(`/${id}`))!.body = JSON.parse(told).body;
      response.end(JSON.stringify(request.method === "GET" ? comments : {}));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { work, env } = clone(kind);
    const told = {
      ...{ GITHUB_API_URL: url, CI_API_V4_URL: url, CI_PROJECT_ID: "42", CI_MERGE_REQUEST_IID: "1" },
      ...{ TOKEN: "the-token", OVERSTACK_COMMENT_TOKEN: "the-token" },
    };
    try {
      for (const DIFF of ["first `x` $(id)", "second"]) {
        writeFileSync(join(work, "overstack-diff.md"), DIFF);
        const { status, printed } = await bash(comment.join("\n"), work, { ...env, ...told, DIFF });
        expect([status, printed]).toEqual([0, ""]);
        expect(comments.at(-1)!.body).toBe(`<!-- overstack:diff -->\n${DIFF}`);
      }
    } finally {
      server.close();
    }
    expect(comments.map(({ id }) => id)).toEqual([7, 8]);
    expect(comments[0]!.body).toBe("Looks good.");
    expect(seen.every((line) => line.includes("the-token"))).toBe(true);
    const one =
      kind === "gitlab" ? "PUT /projects/42/merge_requests/1/notes/8" : "PATCH /repos/cloud/fleet/issues/comments/8";
    expect(seen.some((line) => line.startsWith(one))).toBe(true);
  });
});
