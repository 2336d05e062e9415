import { planFleet } from "../fleet/plan.ts";
import { heldBack, minute } from "../fleet/waves.ts";
import { asked } from "../forge/answer.ts";
import { nounOf } from "../forge/home.ts";
import { fleetPath } from "../git/checkout.ts";
import { attempt, gitIn } from "../git/git.ts";
import { baseOf } from "../git/heads.ts";
import { behind, pinIn } from "../git/pins.ts";
import { openWorkTree } from "../git/repository.ts";
import type { Waves } from "../input/waves.ts";
import { error, hasErrors, type Issue, warning } from "../issues/issue.ts";
import type { Result, Setting } from "./command.ts";
import { type Desk, type Target, type TargetOptions, targetOf } from "./propose-target.ts";
import { type Branch, type Progress, progressOf, wavesOf } from "./waves.ts";

export interface FleetOptions extends TargetOptions {
  readonly base?: string | undefined;
  readonly to?: string | undefined;
  /** In milliseconds. */
  readonly now?: number;
}

/** One line for each cluster, as the commit that is checked out has it. */
interface Row {
  readonly cluster: string;
  readonly release: string;
  readonly engine: string;
  readonly wave: string | null;
  /** The tag or commit that it is held at; null where it follows the branch. */
  readonly pin: string | null;
  /** Commits of the branch after the pin that touch it; null where that cannot be counted here. */
  readonly behind: number | null;
}

/** Every cluster, and where each wave stands. Nothing is written. */
export async function fleet(setting: Setting, options: FleetOptions): Promise<Result> {
  const done = await attempt(fleetIn(setting, options));
  return "value" in done
    ? done.value
    : { issues: [error("git-failed", `git failed:\n${done.said}`, "Make the first commit, then ask again.")] };
}

async function fleetIn({ root, progress: tell }: Setting, options: FleetOptions): Promise<Result> {
  const { value: repository, issues: unopened } = await openWorkTree(root);
  if (repository === undefined) return { issues: unopened };
  const { value: waves, issues: wrong } = wavesOf(root);
  const { plan, summaries, issues } = planFleet(root, { path: await fleetPath(root) });
  if (plan === undefined || hasErrors(wrong)) return { issues: [...issues, ...wrong] };
  const branch: Branch = {
    git: gitIn(root),
    prefix: repository.prefix,
    head: (await repository.git("rev-parse", "HEAD")).trim(),
  };
  const rows: Row[] = [];
  for (const { name, release, engine } of summaries) {
    tell(name);
    rows.push({ cluster: name, release, engine, wave: waveOf(waves, name), ...(await pinned(branch, name)) });
  }
  if (waves === undefined) return { issues: [], data: { clusters: rows }, text: table(rows) };
  const { value: progress, issues: unclear } = await progressOf(branch, waves, options.to);
  const asIs = unclear.map((issue): Issue => ({ ...issue, severity: "warning" }));
  const outside = rows.filter(({ wave }) => wave === null).map(({ cluster }) => inNoWave(cluster));
  if (progress === undefined) return { issues: [...asIs, ...outside], data: { clusters: rows }, text: table(rows) };
  const { value: target, issues: closed } = await targetOf(root, options);
  const now = options.now ?? Date.now();
  const states = await Promise.all(
    waves.waves.map((wave) => stateOf(waves, wave, progress, target, options.base, now)),
  );
  return {
    issues: [...outside, ...(target?.desk === undefined ? closed.map(withoutForge) : [])],
    data: { clusters: rows, tag: progress.tag, waves: states },
    text: `${table(rows)}\n\n${progress.tag}\n${states.map(({ wave, says }) => `  ${wave}: ${says}`).join("\n")}`,
  };
}

const waveOf = (waves: Waves | undefined, cluster: string): string | null =>
  waves?.waves.find(({ clusters }) => clusters.includes(cluster))?.name ?? null;

async function pinned({ git, prefix, head }: Branch, cluster: string): Promise<Pick<Row, "pin" | "behind">> {
  const pin = await pinIn(git, prefix, head, cluster);
  if (pin === undefined) return { pin: null, behind: 0 };
  return { pin: pin.name, behind: (await behind(git, pin, head, cluster)) ?? null };
}

/** What is to be said of a wave, and the pull request that moves it. */
async function stateOf(
  waves: Waves,
  wave: Waves["waves"][number],
  { tag, standings }: Progress,
  target: Target | undefined,
  base: string | undefined,
  now: number,
) {
  const own = standings.filter(({ cluster }) => wave.clusters.includes(cluster));
  const late = own.filter(({ since }) => since === undefined).map(({ cluster }) => cluster);
  if (late.length === 0) {
    const since = Math.max(...own.map((each) => each.since!));
    return { wave: wave.name, late, proposal: null, says: `has it since ${minute(since)}` };
  }
  const [held] = heldBack(waves, wave, tag, standings, now);
  const proposal = target?.desk === undefined ? undefined : await openFor(target, target.desk, wave.name, tag, base);
  const says = [
    `${late.join(", ")} ${late.length === 1 ? "does" : "do"} not have it`,
    held === undefined ? "may be moved" : held.message,
    ...(proposal === undefined ? [] : [`${nounOf(target!.desk!.home)} ${proposal}`]),
  ];
  return { wave: wave.name, late, proposal: proposal ?? null, says: says.join("; ") };
}

async function openFor(
  { far, remote }: Target,
  { home, token, forge }: Desk,
  wave: string,
  tag: string,
  named?: string,
) {
  const { value: base } = await baseOf(far, remote, named);
  if (base === undefined) return undefined;
  const found = await asked(home, token, forge.find(`overstack/promote-${wave}-${tag}`, base));
  return "value" in found && found.value?.state === "open" ? found.value.url : undefined;
}

function table(rows: readonly Row[]): string {
  const lines = [
    ["CLUSTER", "RELEASE", "ENGINE", "WAVE", "PIN", "BEHIND"],
    ...rows.map(({ cluster, release, engine, wave, pin, behind: count }) => [
      ...[cluster, release, engine, wave ?? "-", pin ?? "-"],
      count === null ? "?" : String(count),
    ]),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const inNoWave = (cluster: string): Issue =>
  warning("no-wave", `${cluster} is in no wave`, "Put it into one, or move its pin by hand.");

const withoutForge = (issue: Issue): Issue => ({
  ...issue,
  severity: "warning",
  message: `open pull requests are not shown: ${issue.message}`,
});
