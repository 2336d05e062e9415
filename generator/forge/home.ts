import { deliveryUrl } from "../base/remote.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import { type ForgeKind, forgeKinds, type Home } from "./forge.ts";

/** Servers that are known, and those that take SSH under another name. */
const known: Readonly<Record<string, ForgeKind>> = {
  "github.com": "github",
  "gitlab.com": "gitlab",
  "codeberg.org": "forgejo",
  "gitea.com": "gitea",
};
const otherNames: Readonly<Record<string, string>> = {
  "ssh.github.com": "github.com",
  "altssh.gitlab.com": "gitlab.com",
};

/**
 * The repository at a forge that a remote's address leads to. `wanted` is what the operator says of it; `environment` is that of a job,
 * in which the forge names itself.
 */
export function homeOf(
  url: string,
  wanted: ForgeKind | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Checked<Home> {
  const text = deliveryUrl(url);
  if (text === undefined) return refuse(noHome(url));
  const address = new URL(text);
  const host = otherNames[address.hostname] ?? address.hostname;
  const server = address.protocol === "ssh:" ? `https://${host}` : address.origin;
  const path = decodeURIComponent(address.pathname).replace(/^\/+|\/+$|\.git\/?$/g, "");
  const kind = wanted ?? known[host] ?? ofJob(server, environment);
  if (kind === undefined) return refuse(whichForge(host));
  const names = path.split("/");
  const isPath = names.every((name) => /^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/.test(name) && !/^\.\.?$/.test(name));
  const isDeep = kind === "gitlab" ? names.length >= 2 : names.length === 2;
  return isPath && isDeep ? { value: { kind, server, path }, issues: [] } : refuse(noHome(url));
}

/** A job of the forge's own. Forgejo and Gitea set the variables of GitHub, too. */
function ofJob(server: string, environment: Readonly<Record<string, string | undefined>>): ForgeKind | undefined {
  if (environment.CI_SERVER_URL === server) return "gitlab";
  if (environment.GITHUB_SERVER_URL !== server) return undefined;
  if (environment.FORGEJO_ACTIONS === "true") return "forgejo";
  return environment.GITEA_ACTIONS === "true" ? "gitea" : "github";
}

/** Variables that hold a token of the forge, the first that is set counts. */
export const tokenVariables: Readonly<Record<ForgeKind, readonly string[]>> = {
  github: ["GITHUB_TOKEN", "GH_TOKEN"],
  gitlab: ["GITLAB_TOKEN"],
  gitea: ["GITEA_TOKEN"],
  forgejo: ["FORGEJO_TOKEN"],
};

/** The user that goes with a token where git asks for both. */
export const userOfToken = ({ kind }: Home): string => (kind === "gitlab" ? "oauth2" : "x-access-token");

/** What the forge calls what is opened. */
export const nounOf = ({ kind }: Home): string => (kind === "gitlab" ? "merge request" : "pull request");

/** The page on which a person opens one. */
export function compareAddress({ kind, server, path }: Home, base: string, branch: string): string {
  const [from, to] = [base, branch].map((name) => name.split("/").map(encodeURIComponent).join("/"));
  if (kind === "gitlab")
    return `${server}/${path}/-/merge_requests/new?merge_request%5Bsource_branch%5D=${encodeURIComponent(branch)}&merge_request%5Btarget_branch%5D=${encodeURIComponent(base)}`;
  return `${server}/${path}/compare/${from}...${to}${kind === "github" ? "?expand=1" : ""}`;
}

const refuse = (issue: Issue): Checked<never> => ({ value: undefined, issues: [issue] });

const whichForge = (host: string): Issue =>
  error(
    "which-forge",
    `what runs at ${host} is not known`,
    `Say it: --forge ${forgeKinds.join(", ")}, or none to print what you open yourself.`,
  );

const noHome = (url: string): Issue =>
  error(
    "which-forge",
    `the address of the remote is not that of a repository at a forge${deliveryUrl(url) === undefined ? "" : `: ${deliveryUrl(url)}`}`,
    "It has to end in owner and name, https or ssh: https://git.example.org/cloud/fleet.git. To push alone: --forge none.",
  );
