import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/*
 * Renews what the tests know of the APIs of forges: of the descriptions that the forges publish, the requests that are made here, and
 * the schemas that these refer to. Needs the network, npm and Go: node test/forge/renew-descriptions.ts
 */
const versions = { github: "@octokit/openapi@23.0.2", gitea: "code.gitea.io/gitea@v1.27.3" };

const requests = {
  github: [
    "get /repos/{owner}/{repo}",
    "get /repos/{owner}/{repo}/pulls",
    "post /repos/{owner}/{repo}/pulls",
    "patch /repos/{owner}/{repo}/pulls/{pull_number}",
    "post /repos/{owner}/{repo}/issues/{issue_number}/labels",
    "post /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers",
  ],
  gitea: [
    "get /repos/{owner}/{repo}",
    "get /repos/{owner}/{repo}/pulls",
    "post /repos/{owner}/{repo}/pulls",
    "patch /repos/{owner}/{repo}/pulls/{index}",
    "get /repos/{owner}/{repo}/labels",
    "post /repos/{owner}/{repo}/issues/{index}/labels",
    "post /repos/{owner}/{repo}/pulls/{index}/requested_reviewers",
  ],
};

type Json = Record<string, unknown>;
const folder = mkdtempSync(join(tmpdir(), "overstack-descriptions-"));

function published(forge: keyof typeof versions): Json {
  if (forge === "github") {
    const [packed] = JSON.parse(
      execFileSync("npm", ["pack", "--json", versions.github], { cwd: folder, encoding: "utf8" }),
    ) as [{ filename: string }];
    execFileSync("tar", ["xzf", packed.filename, "package/generated/api.github.com.json"], { cwd: folder });
    return JSON.parse(readFileSync(join(folder, "package/generated/api.github.com.json"), "utf8"));
  }
  writeFileSync(join(folder, "go.mod"), "module renew\n");
  const { Dir } = JSON.parse(
    execFileSync("go", ["mod", "download", "-json", versions.gitea], { cwd: folder, encoding: "utf8" }),
  ) as { Dir: string };
  return JSON.parse(readFileSync(join(Dir, "templates/swagger/v1_openapi3_json.tmpl"), "utf8"));
}

/** Words for people stay where they are. */
const words = ["description", "summary", "title", "example", "examples", "externalDocs", "tags", "operationId"];

/** Without words, and without what begins with `x-`; names of properties are not words. */
function bare(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => isNames || !(words.includes(key) || key.startsWith("x-")));
  return Object.fromEntries(kept.map(([key, item]) => [key, bare(item, key === "properties" && !isNames)]));
}

const at = (document: Json, pointer: string): unknown =>
  pointer
    .slice(2)
    .split("/")
    .reduce<unknown>((node, key) => (node as Json)[key], document);

const references = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"\$ref":"(#\/[^"]+)"/g)].map(([, pointer]) => pointer!);

function extract(document: Json, wanted: readonly string[]): Json {
  const paths: Record<string, Json> = {};
  for (const request of wanted) {
    const [method, path] = request.split(" ") as [string, string];
    paths[path] = { ...paths[path], [method]: bare((document.paths as Record<string, Json>)[path]![method]) };
  }
  const components = new Map<string, unknown>();
  const queue = references(paths);
  for (let pointer = queue.pop(); pointer !== undefined; pointer = queue.pop()) {
    if (components.has(pointer)) continue;
    const component = bare(at(document, pointer));
    components.set(pointer, component);
    queue.push(...references(component));
  }
  const nested: Record<string, Json> = {};
  for (const [pointer, component] of [...components].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const [, , kind, name] = pointer.split("/") as [string, string, string, string];
    nested[kind] = { ...nested[kind], [name]: component };
  }
  return { paths, components: nested };
}

try {
  for (const forge of ["github", "gitea"] as const) {
    const { paths, components } = extract(published(forge), requests[forge]);
    writeFileSync(
      join(import.meta.dirname, `descriptions/${forge}.json`),
      `${JSON.stringify({ of: versions[forge], paths, components })}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
