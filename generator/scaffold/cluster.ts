import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Handlebars from "handlebars";
import { isSafeName } from "../base/file-names.ts";
import { clusterFile } from "../base/layout.ts";
import { deliveryUrl } from "../base/remote.ts";
import type { Profile } from "../contract/context.ts";
import { name as nameSchema } from "../contract/formats.ts";
import { defaultRelease } from "../contract/release.ts";
import { fleetPath } from "../git/checkout.ts";
import { attempt, gitIn } from "../git/git.ts";
import { isReservedCluster } from "../input/rules/reserved.ts";
import { type Checked, error, type Issue, type IssueCode } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";
import { reader } from "../tree/reader.ts";
import { clusterTemplate } from "./cluster-template.ts";

/** What the first cluster.yaml says; each has a default. */
export interface NewClusterOptions {
  /** Default: production. */
  readonly profile?: Profile;
  /** Default: flux. */
  readonly engine?: "flux" | "argocd";
  /** Default: `<name>.example.org`, marked as to be decided. */
  readonly domain?: string;
  /** URL of the fleet's repository. Default: that of the remote `origin`, or an example that is marked. */
  readonly repository?: string;
  /** Branch that the engine follows. Default: the one that is checked out, or main. */
  readonly branch?: string;
  /** Folder of the repository that the fleet lies in. Default: that of the checkout, none at its root. */
  readonly path?: string;
}

/** Writes a commented clusters/<name>/cluster.yaml into the fleet below `root`; its path, or why not. */
export async function newCluster(
  root: string,
  name: string,
  options: NewClusterOptions = {},
): Promise<Checked<string>> {
  const path = clusterFile(name);
  const refused = checkName(root, name);
  if (refused !== undefined) return { value: undefined, issues: [refused] };
  const found = reader(root).look(path);
  if (found?.kind === "blocked") return { value: undefined, issues: [found.issue] };
  const text = clusterText(name, { ...(await fromGit(root)), ...defined(options) });
  try {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { flag: "wx" });
  } catch (cause) {
    return { value: undefined, issues: [cannotWrite(path, cause, "Then make the cluster again.")] };
  }
  return { value: path, issues: [] };
}

/** The text of a commented cluster.yaml that generates as it is; what only people can decide is marked DECIDE. */
export function clusterText(name: string, options: NewClusterOptions = {}): string {
  const { profile = "production", engine = "flux", domain, repository, branch = "main", path } = options;
  return Handlebars.compile(clusterTemplate, { noEscape: true, strict: true })({
    name,
    engine,
    release: defaultRelease,
    production: profile === "production",
    domain: JSON.stringify(domain ?? `${name}.example.org`),
    decideDomain: domain === undefined,
    repository: JSON.stringify(repository ?? "https://git.example.org/cloud/fleet.git"),
    decideRepository: repository === undefined,
    branch: JSON.stringify(branch),
    path: path === undefined ? false : JSON.stringify(path),
    schema: "../schema.json",
  });
}

function checkName(root: string, name: string): Issue | undefined {
  const refuse = (code: IssueCode, message: string, hint: string): Issue => error(code, message, hint);
  const parsed = nameSchema.safeParse(name);
  if (!parsed.success)
    return refuse(
      "bad-name",
      `${JSON.stringify(name)} cannot be the name of a cluster`,
      "It must be a name of at most 40 lower case letters, digits and inner '-'.",
    );
  if (isReservedCluster(name))
    return refuse(
      "reserved-name",
      `a cluster cannot be called ${name}`,
      isSafeName(name)
        ? "Choose another name: a directory of the fleet has that one."
        : "Choose another name: Windows takes it for a device, and cannot check the fleet out.",
    );
  const path = clusterFile(name);
  if (["file", "folder"].includes(reader(root).look(path)?.kind ?? ""))
    return {
      ...refuse("cluster-exists", `there is a cluster ${name} already`, `Edit ${path}, or choose another name.`),
      file: path,
    };
  return undefined;
}

/** Where the repository is pushed to, and from which branch. */
async function fromGit(root: string): Promise<Pick<NewClusterOptions, "repository" | "branch" | "path">> {
  if (!existsSync(root)) return {};
  const [path, origin, branch] = await Promise.all([
    fleetPath(root),
    attempt(gitIn(root)("remote", "get-url", "origin")),
    attempt(gitIn(root)("symbolic-ref", "--quiet", "--short", "HEAD")),
  ]);
  return defined({
    repository: "value" in origin ? deliveryUrl(origin.value.trim()) : undefined,
    branch: "value" in branch ? branch.value.trim() : undefined,
    path: path === "" ? undefined : path,
  });
}

const defined = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
