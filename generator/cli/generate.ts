import { existsSync } from "node:fs";
import type { Summary } from "../fleet/one-cluster.ts";
import { type Outcome, planFleet, writeFleet } from "../fleet/plan.ts";
import { checkoutProblems, fleetPath } from "../git/checkout.ts";
import { hasErrors } from "../issues/issue.ts";
import { differences } from "../tree/plan.ts";
import type { Result, Setting } from "./command.ts";
import { plural } from "./output.ts";

/** Writes the tree of the clusters named, or of all; with `check` only says whether it would change. */
export async function generate(
  { root, progress }: Setting,
  clusters: readonly string[],
  check: boolean,
): Promise<Result> {
  const only = clusters.length > 0 ? clusters : undefined;
  const unfit = existsSync(root) ? await checkoutProblems(root, only) : [];
  if (hasErrors(unfit)) return { issues: unfit, data: { written: false } };
  const outcome = planFleet(root, {
    ...(only === undefined ? {} : { only }),
    everything: check,
    path: existsSync(root) ? await fleetPath(root) : undefined,
    progress: (name, done, of) => progress(`${done + 1}/${of} ${name}`),
  });
  const { plan, issues, summaries } = outcome;
  if (plan === undefined) return { issues, data: { written: false } };
  const changes = differences(plan);
  const data = { clusters: summaries, ...changes, unchanged: plan.unchanged.length };
  const total = Object.values(changes).flat().length;
  if (check)
    return {
      issues,
      data: { ...data, written: false },
      exit: total > 0 ? 3 : 0,
      text: total > 0 ? `${listing(changes)}\nRun: overstack generate` : upToDate(outcome),
    };
  const refused = writeFleet(root, outcome);
  if (hasErrors(refused)) return { issues: [...issues, ...refused], data: { ...data, written: false } };
  return {
    issues: [...issues, ...refused],
    data: { ...data, written: total > 0 },
    text: total > 0 ? report(outcome, changes) : upToDate(outcome),
  };
}

type Changes = ReturnType<typeof differences>;

const upToDate = ({ summaries }: Outcome): string => `${table(summaries)}

Nothing to do: every file in bases/, overlays/ and clusters/ is as generated.

Next:
  edit clusters/${summaries[0]?.name ?? "NAME"}/cluster.yaml, then overstack generate
  overstack explain            what can be written there
  overstack new cluster NAME   another cluster`;

/** What was written, what it means, what to do next. */
function report({ summaries, plan }: Outcome, changes: Changes): string {
  const all = Object.values(changes).flat();
  const counts = [
    ...(["added", "changed", "deleted"] as const).map((word) => `${changes[word].length} ${word}`),
    `${plan!.unchanged.length} as before`,
  ];
  const folders = [
    ["bases/", "what all clusters of a release share"],
    ["overlays/", "what is different about each cluster, by instance"],
    ["clusters/", "entry points of Flux or Argo CD, and the inventory of what was written"],
  ] as const;
  const written = folders
    .map(([folder, meaning]) => [folder, all.filter((path) => path.startsWith(folder)).length, meaning] as const)
    .filter(([, files]) => files > 0)
    .map(([folder, files, meaning]) => `  ${folder.padEnd(10)} ${plural(files, "file").padEnd(10)} ${meaning}`);
  return `${table(summaries)}

${plural(all.length, "file")} written: ${counts.join(", ")}
${written.join("\n")}

Next:
  git diff                     read the change as its reviewer will
  overstack diff               which pods are replaced, which Jobs run
  overstack commit             commit it; Flux or Argo CD apply it from there
  overstack explain secrets    the Secrets that must be in the cluster
${firstTime(summaries)}`;
}

/** An engine must be told of a cluster once. */
const firstTime = (summaries: readonly Summary[]): string =>
  summaries
    .slice(0, 1)
    .map(
      ({ name, engine }) =>
        `  kubectl apply -f clusters/${name}/${engine}/root.yaml    once for each cluster, when it is pushed`,
    )
    .join("\n");

function table(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ name, release, profile, engine, instances, namespaces }) => [
    name,
    release,
    profile,
    engine,
    `${plural(instances.length, "instance")} in ${plural(namespaces.length, "namespace")}: ${instances.join(", ")}`,
  ]);
  const shown = rows.length > maximalRows ? rows.slice(0, maximalRows) : rows;
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...shown.map((row) => row[column]!.length)));
  const lines = shown.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return [...lines, ...(rows.length > maximalRows ? [`... and ${rows.length - maximalRows} more clusters`] : [])].join(
    "\n",
  );
}

/** More would scroll away what to do next. */
const maximalRows = 20;

const listing = (changes: Changes): string =>
  (["added", "changed", "deleted"] as const)
    .flatMap((word) => changes[word].map((path) => `${word.padEnd(8)} ${path}`))
    .join("\n");
