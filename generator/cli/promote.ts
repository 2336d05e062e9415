import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterFile, wavesFile } from "../base/layout.ts";
import { planFleet, writeFleet } from "../fleet/plan.ts";
import { heldBack, nextWave } from "../fleet/waves.ts";
import { changedFiles } from "../git/changed-files.ts";
import { fleetPath } from "../git/checkout.ts";
import { attempt, gitIn } from "../git/git.ts";
import { baseOf, headsOf } from "../git/heads.ts";
import { pinIn } from "../git/pins.ts";
import { unknownWave, type Wave } from "../input/waves.ts";
import { type Checked, error, hasErrors, type Issue } from "../issues/issue.ts";
import { withValue } from "../secrets/cluster-file.ts";
import { type Replacement, replaceFiles } from "../tree/replace.ts";
import type { Result, Setting } from "./command.ts";
import { exclusively } from "./exclusive.ts";
import { type Move, movesMarkdown } from "./promote-diff.ts";
import { fillFrom, type ProposeOptions, proposeIn } from "./propose.ts";
import { targetOf } from "./propose-target.ts";
import { type Branch, progressOf, wavesOf } from "./waves.ts";

/** What the operator can say. `now` in milliseconds. */
export interface PromoteOptions extends Omit<ProposeOptions, "branch"> {
  readonly to?: string | undefined;
  readonly now?: number;
}

/** Moves the pins of the next wave, or of the one that is named, in a pull request. */
export const promote = (setting: Setting, wanted: string | undefined, options: PromoteOptions): Promise<Result> =>
  exclusively(setting.root, async () => {
    const done = await attempt(promoteIn(setting, wanted, options));
    if ("value" in done) return done.value;
    return { issues: [error("git-failed", `git failed:\n${done.said}`, "Remove the cause, then promote again.")] };
  });

/** What is to be moved. */
interface Step {
  readonly wave: Wave;
  readonly tag: string;
  readonly commit: string;
  readonly base: string;
  readonly moves: readonly Move[];
}

async function promoteIn(setting: Setting, wanted: string | undefined, options: PromoteOptions): Promise<Result> {
  const { root } = setting;
  // Before anything is written: the pull request comes after the edit.
  const { value: fill, issues: unfilled } = fillFrom(setting, options.template);
  if (fill === undefined) return { issues: unfilled };
  const { value: step, issues, text } = await stepOf(root, wanted, options);
  if (step === undefined)
    return { issues, ...(text === undefined ? {} : { text, data: { wave: null, proposal: null } }) };
  const { wave, tag, commit, base, moves } = step;
  const edits: Replacement[] = [];
  for (const { cluster } of moves) {
    const path = clusterFile(cluster);
    const before = readFileSync(join(root, path), "utf8");
    const after = withValue(before, ["delivery", "ref", "tag"], tag);
    if (after === undefined) return { issues: [byHand(path, tag)] };
    edits.push({ path, text: after, before });
  }
  const diff = await movesMarkdown(root, moves, commit);
  const unwritten = replaceFiles(root, edits);
  if (unwritten.length > 0) return { issues: unwritten };
  const outcome = planFleet(root, { path: await fleetPath(root) });
  const refused = outcome.plan === undefined ? outcome.issues : writeFleet(root, outcome);
  if (outcome.plan === undefined || hasErrors(refused)) {
    const undone = replaceFiles(
      root,
      edits.map(({ path, text: after, before }) => ({ path, text: before!, before: after })),
    );
    return { issues: [...issues, ...refused, ...undone] };
  }
  const labels = [...wave.labels, ...(options.label ?? [])];
  const branch = `overstack/promote-${wave.name}-${tag}`;
  const proposed = await proposeIn(setting, { ...options, base, branch, label: labels, diff });
  return {
    ...proposed,
    issues: [...issues, ...(proposed.issues ?? [])],
    data: { wave: wave.name, tag, clusters: moves.map(({ cluster }) => cluster), ...proposed.data },
  };
}

/** The next step, or why there is none; `text` where there is nothing to do. */
async function stepOf(
  root: string,
  wanted: string | undefined,
  options: PromoteOptions,
): Promise<Checked<Step> & { text?: string }> {
  const { value: waves, issues } = wavesOf(root);
  if (waves === undefined) return refuse(...(issues.length > 0 ? issues : [noWaves]));
  const named = waves.waves.find(({ name }) => name === wanted);
  const names = waves.waves.map(({ name }) => name);
  if (wanted !== undefined && named === undefined) return refuse(unknownWave(wanted, names));
  const changed = await changedFiles(root);
  if (changed.length > 0) return refuse(uncommitted(changed[0]!));
  const { value: target, issues: elsewhere } = await targetOf(root, options);
  if (target === undefined) return refuse(...elsewhere);
  const { value: base, issues: unknown } = await baseOf(target.far, target.remote, options.base);
  if (base === undefined) return refuse(...unknown);
  const { value: heads, issues: unread } = await headsOf(target.far, target.remote, base, base);
  if (heads === undefined) return refuse(...unread);

  const git = gitIn(root);
  const head = (await git("rev-parse", "HEAD")).trim();
  if (head !== heads.baseId) return refuse(notOnBase(`${target.remote.name}/${base}`, base));
  const branch: Branch = { git, prefix: (await git("rev-parse", "--show-prefix")).trimEnd(), head };
  const { value: progress, issues: unclear } = await progressOf(branch, waves, options.to);
  if (progress === undefined) return refuse(...unclear);
  const { tag, commit, standings } = progress;
  const wave = named ?? nextWave(waves, standings);
  const late = standings.filter(
    ({ cluster, since }) => since === undefined && wave?.clusters.includes(cluster) === true,
  );
  if (wave === undefined || late.length === 0)
    return {
      value: undefined,
      issues: elsewhere,
      text: `Nothing to promote: ${wave?.name ?? "every wave"} has ${tag}.`,
    };
  const held = heldBack(waves, wave, tag, standings, options.now ?? Date.now());
  if (held.length > 0) return refuse(...held);
  const moves: Move[] = [];
  for (const { cluster } of late) moves.push({ cluster, from: (await pinIn(git, branch.prefix, head, cluster))!.ref });
  return { value: { wave, tag, commit, base, moves }, issues: elsewhere };
}

const refuse = (...issues: Issue[]) => ({ value: undefined, issues });

const noWaves: Issue = error(
  "no-waves",
  `there is no ${wavesFile} at the fleet's root`,
  "Write one: waves: [{ name: canary, clusters: [lab], soak: 24h }, { name: all, clusters: [eu1, us1] }].",
);

const uncommitted = (file: string): Issue =>
  error("uncommitted", `${file} is not as in the last commit`, "Commit it, or take it back: only pins are moved here.");

const notOnBase = (remote: string, base: string): Issue =>
  error(
    "not-on-base",
    `the commit that is checked out is not that of ${remote}`,
    `Pins are moved from where the clusters are: git switch ${base} && git pull --ff-only.`,
  );

const byHand = (file: string, tag: string): Issue =>
  error(
    "cannot-edit",
    `${file} cannot be edited here without touching the rest of it (aliases, or an unusual form)`,
    `Write delivery: { ref: { tag: ${tag} } }, generate, and propose it.`,
    { file },
  );
