import type { ClusterDiff } from "./cluster-diff.ts";
import { claimText, effectsOf, isTold, type Same, sameClusters, summaryOf } from "./text.ts";

/** Characters that a comment of a pull request may have: https://github.com/orgs/community/discussions/27190 */
const most = 65_536;

/**
 * The same for a pull request: what happens to pods and data first, then the images, then all of it, folded. What is too long for a
 * comment is left out from its end, and it is said how to see it.
 */
export function diffMarkdown(clusters: readonly ClusterDiff[]): string {
  const groups = sameClusters(clusters).map(sectionsOf);
  const long = groups.reduce((sum, { first, all }) => sum + lengthOf(first) + lengthOf(all), 0) > most;
  if (!long) return groups.map(({ first, all }) => `${first}\n${all}`).join("\n");
  // The beginning of each, as far as it goes, then the whole of the first ones.
  let left = most - leftOut.length;
  const fits = (text: string): boolean => {
    const isShown = lengthOf(text) <= left;
    if (isShown) left -= lengthOf(text);
    return isShown;
  };
  const shown = untilFalse(groups, ({ first }) => fits(first));
  const whole = untilFalse(shown, ({ all }) => fits(all)).length;
  const texts = shown.map(({ first, all }, index) => (index < whole ? `${first}\n${all}` : first));
  return [...texts, leftOut].join("\n");
}

/** With the line break behind it. */
const lengthOf = (text: string): number => text.length + 1;

function untilFalse<T>(items: readonly T[], isTaken: (item: T) => boolean): readonly T[] {
  const end = items.findIndex((item) => !isTaken(item));
  return end === -1 ? items : items.slice(0, end);
}

const leftOut = "The rest is too long for a comment: `overstack diff` shows it.\n";

function sectionsOf({ heading, text, first }: Same): { readonly first: string; readonly all: string } {
  const { impact, changes, images } = first;
  const effects = changes.flatMap((change) => {
    const said = effectsOf(change);
    return said.length === 0 ? [] : [`- \`${change.id}\`: ${said.join(", ")}`];
  });
  const claims = impact.filter(isTold).map((claim) => {
    const instead = claim.instead === undefined ? "" : ` ${claim.instead}`;
    return `- **${claim.level}**: ${claimText(claim)}.${instead}`;
  });
  const table = images.map(({ before, after, of }) => `| \`${before}\` | \`${after}\` | ${of.join(", ")} |`);
  const head = [
    `### ${heading}`,
    "",
    `**${summaryOf(first)}**`,
    "",
    ...claims.slice(0, longest),
    ...(claims.length > longest ? [`- and ${claims.length - longest} more`] : []),
    ...(claims.length > 0 ? [""] : []),
    ...effects.slice(0, longest),
    ...(effects.length > longest ? [`- and ${effects.length - longest} more`] : []),
    ...(effects.length > 0 ? [""] : []),
    ...(table.length > 0 ? ["| image | becomes | of |", "|---|---|---|", ...table, ""] : []),
  ];
  // Longer than any run of the same character inside.
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  const all = ["<details>", "<summary>Each object</summary>", "", `${fence}text`, text, fence, "", "</details>", ""];
  return { first: head.join("\n"), all: all.join("\n") };
}

/** Objects whose pods or data are spoken of, before the folded part. */
const longest = 40;
