import { redact } from "../base/words.ts";
import { type Checked, error, type Issue } from "../issues/issue.ts";
import { attempt, type Git } from "./git.ts";

/** A remote that may be asked and pushed to. */
export interface Remote {
  readonly name: string;
  /** Where git looks for it, with the operator's own rewriting; it may hold a password, and is not shown as it is. */
  readonly url: string;
}

/** The remote of that name; refused where its address would start a program, or what it says is not one repository. */
export async function remoteOf(git: Git, name: string): Promise<Checked<Remote>> {
  const known = (await git("remote")).split("\n").filter((line) => line !== "");
  if (!known.includes(name)) return { value: undefined, issues: [noRemote(name, known)] };
  const listedUrls = async (...options: string[]) => {
    const found = await attempt(git("remote", "get-url", "--all", ...options, name));
    return "value" in found ? found.value.split("\n").filter((line) => line !== "") : [];
  };
  const [fetched, pushed] = await Promise.all([listedUrls(), listedUrls("--push")]);
  const programs = await Promise.all(
    ["receivepack", "uploadpack", "vcs"].map(async (key) => ({
      key,
      found: await attempt(git("config", "--get", `remote.${name}.${key}`)),
    })),
  );
  const program = programs.find(({ found }) => "value" in found);
  const wrong =
    (program === undefined ? undefined : `remote.${name}.${program.key} of the configuration names a program`) ??
    (fetched.length === 0 ? "it has no address" : undefined) ??
    (new Set(pushed).size > 1 ? `it pushes to ${pushed.length} addresses` : undefined) ??
    [...fetched, ...pushed].map(whyUnsafe).find((why) => why !== undefined);
  return wrong === undefined
    ? { value: { name, url: fetched[0]! }, issues: [] }
    : { value: undefined, issues: [unsafe(name, wrong)] };
}

/**
 * Why an address is not used; undefined for https, ssh and a path on this machine. `ext::` and the like start any program
 * (https://git-scm.com/docs/git-remote-ext), and so does an option in the place of a host (CVE-2017-1000117).
 */
function whyUnsafe(url: string): string | undefined {
  const shown = JSON.stringify(redact(url));
  if (/[\p{Cc}\s]/u.test(url)) return `${shown} holds a blank or an invisible character`;
  if (url.startsWith("-")) return `${shown} begins with a dash: git would take it for an option`;
  if (/^[\w.+-]+::/.test(url)) return `${shown} names a program that git would start`;
  const short = /^(?:([^@/\s]+)@)?([^:/\s]+):(?!\/\/)/.exec(url);
  if (short !== null) return [short[1], short[2]].some(isOption) ? `${shown} has an option for a host` : undefined;
  const scheme = /^([\w.+-]+):\/\//.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "file") return undefined;
  if (!["https", "http", "ssh"].includes(scheme) || !URL.canParse(url))
    return `${shown} is neither https, ssh nor a path`;
  const { hostname, username } = new URL(url);
  if ([hostname, decodeURIComponent(username)].some(isOption)) return `${shown} has an option for a host`;
  return scheme === "http" && !isThisMachine(hostname) ? `${shown} is not encrypted` : undefined;
}

const isOption = (word: string | undefined): boolean => word?.startsWith("-") === true;

/** True of an address that no other machine reads. */
const isThisMachine = (host: string): boolean => /^(localhost|127\.[0-9.]+|\[::1\])$/.test(host);

const noRemote = (name: string, known: readonly string[]): Issue =>
  error(
    "no-remote",
    `there is no remote ${JSON.stringify(name)}`,
    known.length === 0
      ? "Say where the fleet is pushed to: git remote add origin URL."
      : `Name one of these with --remote: ${known.join(", ")}.`,
  );

const unsafe = (name: string, why: string): Issue =>
  error(
    "unsafe-remote",
    `the remote ${name} is not used: ${why}`,
    `Nothing was done. Give it one address, https or ssh: git remote set-url ${name} URL; git config --get-regexp remote shows all.`,
  );
