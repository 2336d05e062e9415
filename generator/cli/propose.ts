import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { templateFile } from "../base/layout.ts";
import { type BodyFacts, bodyWith, defaultTemplate, templateOf } from "../forge/body.ts";
import { compareAddress, nounOf } from "../forge/home.ts";
import { type Renewed, renew } from "../forge/renew.ts";
import { commitFleet } from "../git/commit.ts";
import { attempt, gitIn } from "../git/git.ts";
import { baseOf, checkBranch } from "../git/heads.ts";
import { type Offer, offer } from "../git/offer.ts";
import { openRepository } from "../git/repository.ts";
import { type Checked, error, hasErrors, type Issue } from "../issues/issue.ts";
import type { Result, Setting } from "./command.ts";
import { unfitToCommit } from "./commit.ts";
import { diff } from "./diff.ts";
import { exclusively } from "./exclusive.ts";
import { type Target, type TargetOptions, targetOf } from "./propose-target.ts";

/** What the operator can say of a pull request. */
export interface ProposeOptions extends TargetOptions {
  readonly base?: string | undefined;
  readonly branch?: string | undefined;
  /** A file with a template of the text, below the folder in which the command was started. */
  readonly template?: string | undefined;
  readonly draft?: boolean | undefined;
  readonly label?: readonly string[] | undefined;
  readonly reviewer?: readonly string[] | undefined;
  /** What it does to the clusters, where a command knows better than `diff`. */
  readonly diff?: string;
  /** Of Overstack; it stands in the text. */
  readonly version: string;
}

/** One pull request for what the base does not have yet: committed, pushed, opened or renewed. */
export const propose = (setting: Setting, options: ProposeOptions): Promise<Result> =>
  exclusively(setting.root, async () => {
    const done = await attempt(proposeIn(setting, options));
    return "value" in done ? done.value : { issues: [gitFailed(done.said)] };
  });

/** The same for a command that holds the lock. */
export async function proposeIn(setting: Setting, options: ProposeOptions): Promise<Result> {
  const { root } = setting;
  const ready = await readyFor(setting, options);
  if (ready.value === undefined) return { issues: ready.issues };
  const { target, base, fill } = ready.value;
  const { value: prefix, issues: refused } = await committed(root, base);
  const said = [...ready.issues, ...refused];
  if (prefix === undefined) return { issues: said };

  const place = { local: gitIn(root), far: target.far, prefix, remote: target.remote };
  const { value: offered, issues } = await offer(place, { base, branch: options.branch });
  if (hasErrors(issues)) return { issues: [...said, ...issues] };
  if (offered === undefined)
    return {
      issues: said,
      data: { branch: null, proposal: null },
      text: `Nothing to propose: ${target.remote.name}/${base} has all of it.`,
    };

  const facts = await factsOf(setting, offered, target, options);
  if (target.desk === undefined) return byHand(said, target, offered, facts, fill);
  const { home, token, forge } = target.desk;
  const { label: labels = [], reviewer: reviewers = [], draft: isDraft = false } = options;
  const wanted = { ...offered, facts, fill, labels, reviewers, isDraft };
  return opened(said, target, offered, await renew(home, token, forge, wanted));
}

/** All that can be found out before anything is done. */
async function readyFor(
  setting: Setting,
  options: ProposeOptions,
): Promise<Checked<{ target: Target; base: string; fill: (facts: BodyFacts) => string }>> {
  const { root } = setting;
  const [{ value: repository, issues: unopened }, unfit] = [await openRepository(root), await unfitToCommit(root)];
  if (repository === undefined || hasErrors(unfit)) return { value: undefined, issues: [...unopened, ...unfit] };
  const named = options.branch === undefined ? [] : checkBranch(options.branch).issues;
  const { value: fill, issues: unfilled } = fillFrom(setting, options.template);
  if (fill === undefined || named.length > 0) return { value: undefined, issues: [...unfit, ...named, ...unfilled] };
  const { value: target, issues: elsewhere } = await targetOf(root, options);
  if (target === undefined) return { value: undefined, issues: [...unfit, ...elsewhere] };
  const { value: base, issues: unknown } = await baseOf(target.far, target.remote, options.base);
  const issues = [...unfit, ...elsewhere, ...unknown];
  return { value: base === undefined ? undefined : { target, base, fill }, issues };
}

/** The template that is named, or the fleet's, or the one that is built in. */
export function fillFrom({ root, directory }: Setting, named: string | undefined) {
  const file = named === undefined ? join(root, templateFile) : resolve(directory, named);
  const shown = named ?? templateFile;
  if (named === undefined && !existsSync(file)) return templateOf(defaultTemplate, shown);
  try {
    return templateOf(readFileSync(file, "utf8"), shown);
  } catch (cause) {
    const hint = "Name a file that is there, or leave --template out.";
    return {
      value: undefined,
      issues: [
        error("bad-template", `the template cannot be read: ${(cause as NodeJS.ErrnoException).code}`, hint, {
          file: shown,
        }),
      ],
    };
  }
}

/**
 * Commits what differs in the fleet; a change is not made on the base itself, but beside it. Resolves to where the fleet lies in the
 * repository.
 */
async function committed(root: string, base: string): Promise<Checked<string>> {
  const git = gitIn(root);
  const { value: repository, issues: unopened } = await openRepository(root);
  if (repository === undefined) return { value: undefined, issues: unopened };
  const isOnBase = repository.branch === base && repository.hasCommits;
  if (isOnBase) await git("switch", "--quiet", "--detach");
  const { commit, issues } = await commitFleet(root);
  if (isOnBase && commit === undefined) await git("switch", "--quiet", base);
  const shown = issues.filter(({ code }) => code !== "detached-head");
  return { value: hasErrors(issues) ? undefined : repository.prefix, issues: shown };
}

async function factsOf(
  setting: Setting,
  offered: Offer,
  { remote }: Target,
  { diff: given, version }: ProposeOptions,
): Promise<BodyFacts> {
  const { base, branch, from, message } = offered;
  return {
    ...{ title: message.subject, summary: message.body, diff: given ?? (await diffSince(setting, from)) },
    ...{ base, branch, remote: remote.name, version },
  };
}

async function diffSince(setting: Setting, commit: string): Promise<string> {
  const { issues = [], markdown = "" } = await diff(setting, commit, []);
  const [mistake] = issues.filter(({ severity }) => severity === "error");
  return mistake === undefined ? markdown : `What it does to the clusters is not known: ${mistake.message}.`;
}

function byHand(
  issues: readonly Issue[],
  { home, remote }: Target,
  offered: Offer,
  facts: BodyFacts,
  fill: (facts: BodyFacts) => string,
): Result {
  const { branch, base, head } = offered;
  const address = home === undefined ? undefined : compareAddress(home, base, branch);
  const body = bodyWith(undefined, fill, facts)!;
  const where = address === undefined ? `from ${branch} into ${base}` : address;
  return {
    issues,
    data: {
      branch,
      base,
      commit: head,
      pushed: offered.pushed,
      proposal: null,
      compare: address ?? null,
      title: facts.title,
      body,
    },
    text: `${pushedLine(offered, remote.name)}\nOpen it yourself: ${where}\n\n${facts.title}\n\n${body}`,
  };
}

function opened(issues: readonly Issue[], { desk, remote }: Target, offered: Offer, renewed: Renewed): Result {
  const { branch, base, head, pushed } = offered;
  const { proposal, what, issues: own } = renewed;
  const data = { branch, base, commit: head, pushed, what, proposal: proposal === undefined ? null : shown(proposal) };
  if (proposal === undefined) return { issues: [...issues, ...own], data };
  const noun = nounOf(desk!.home);
  const lines = {
    opened: `A ${noun} is open: ${proposal.url}`,
    updated: `The ${noun} says what is new: ${proposal.url}`,
    unchanged: `The ${noun} is there already: ${proposal.url}`,
    closed: `Somebody has closed the ${noun}, and it stays so. To have it again, reopen it there: ${proposal.url}`,
    merged: `The ${noun} was merged meanwhile: ${proposal.url}`,
  };
  return { issues: [...issues, ...own], data, text: `${pushedLine(offered, remote.name)}\n${lines[what]}` };
}

const shown = ({ number, url, title, state }: NonNullable<Renewed["proposal"]>) => ({ number, url, title, state });

const pushedLine = ({ branch, head, message, pushed }: Offer, remote: string): string =>
  `[${branch} ${head.slice(0, 9)}] ${message.subject}${pushed ? "" : `\n${remote} has it already.`}`;

const gitFailed = (said: string): Issue =>
  error(
    "git-failed",
    `git failed:\n${said}`,
    "Remove the cause, then propose again: what is done already is not done twice.",
  );
