import { asked } from "../forge/answer.ts";
import { clientOf } from "../forge/clients.ts";
import type { Forge, ForgeKind, Home } from "../forge/forge.ts";
import { homeOf, nounOf, tokenVariables, userOfToken } from "../forge/home.ts";
import { storedPassword } from "../git/credentials.ts";
import { type Git, gitFor, gitIn, type Login } from "../git/git.ts";
import { type Remote, remoteOf } from "../git/remote.ts";
import { type Checked, error, type Issue, warning } from "../issues/issue.ts";

/** Where a change is proposed. */
export interface Target {
  readonly remote: Remote;
  /** Git that may ask the remote. */
  readonly far: Git;
  /** Undefined where a person opens the pull request, at a server that nobody has told us of. */
  readonly home: Home | undefined;
  /** Undefined where a person opens it. */
  readonly desk: Desk | undefined;
}

/** A forge that is spoken to. */
export interface Desk {
  readonly home: Home;
  readonly token: string;
  readonly forge: Forge;
}

/** What of it the operator can say. */
export interface TargetOptions {
  readonly remote: string;
  readonly forge?: ForgeKind | "none" | undefined;
  /** Milliseconds that pass for a second while a forge is waited for. */
  readonly pause?: number;
}

/** The remote, its forge, and a token that the forge knows: all that can be wrong is found before anything is done. */
export async function targetOf(root: string, options: TargetOptions): Promise<Checked<Target>> {
  const { value: remote, issues } = await remoteOf(gitIn(root), options.remote);
  if (remote === undefined) return { value: undefined, issues };
  const wanted = options.forge === "none" ? undefined : options.forge;
  const { value: home, issues: unknown } = homeOf(remote.url, wanted, process.env);
  if (options.forge === "none") {
    const login = home === undefined ? undefined : loginFrom(home, tokenFrom(home));
    return { value: { remote, home, desk: undefined, far: gitFor(root, login) }, issues: [] };
  }
  if (home === undefined) return { value: undefined, issues: unknown };

  const given = tokenFrom(home);
  const token = given ?? (await storedPassword(root, home.server, home.path));
  if (token === undefined) return { value: undefined, issues: [noToken(home)] };
  const forge = await clientOf(home, token, options.pause);
  const place = await asked(home, token, forge.locate());
  if ("issue" in place) return { value: undefined, issues: [place.issue] };
  const moved = place.value.toLowerCase() === home.path.toLowerCase() ? [] : [movedTo(home, place.value)];
  const now = { ...home, path: place.value };
  const far = gitFor(root, loginFrom(home, given));
  return { value: { remote, far, home: now, desk: { home: now, token, forge } }, issues: moved };
}

/** From the environment. */
const tokenFrom = ({ kind }: Home): string | undefined =>
  tokenVariables[kind].map((name) => process.env[name]?.trim()).find((token) => token !== undefined && token !== "");

const loginFrom = (home: Home, token: string | undefined): Login | undefined =>
  token === undefined ? undefined : { server: home.server, user: userOfToken(home), token };

const noToken = (home: Home): Issue =>
  error(
    "no-token",
    `there is no token for ${new URL(home.server).host}`,
    `Nothing was done. Put one into ${tokenVariables[home.kind][0]}, or into git's credential helper; or print what you open yourself: --forge none.`,
  );

const movedTo = (home: Home, path: string): Issue =>
  warning(
    "moved-repository",
    `${new URL(home.server).host} has ${home.path} as ${path} now`,
    `The ${nounOf(home)} is opened there. Tell git: git remote set-url origin ${home.server}/${path}.git, and the delivery of each cluster.`,
  );
