import { wavesFile } from "../base/layout.ts";
import { allOf } from "../base/words.ts";
import { endOf, lengthOf, startOf, type Wave, type Waves } from "../input/waves.ts";
import { error, type Issue } from "../issues/issue.ts";

/** How a cluster stands to a tag, as the delivery branch has it. */
export interface Standing {
  readonly cluster: string;
  /** Since when it has the tag, or a later one, in milliseconds; undefined where it has an older one. */
  readonly since: number | undefined;
}

/** What keeps a wave from a tag now. `standings`: of the clusters of all waves. `now` in milliseconds. */
export function heldBack(
  { waves, freezes }: Waves,
  wave: Wave,
  tag: string,
  standings: readonly Standing[],
  now: number,
): Issue[] {
  const earlier = waves.slice(0, waves.indexOf(wave));
  const of = (each: Wave) => standings.filter(({ cluster }) => each.clusters.includes(cluster));
  const late = earlier.flatMap((each) =>
    of(each).flatMap(({ cluster, since }) => (since === undefined ? [cluster] : [])),
  );
  const before = earlier.at(-1);
  const reached = before === undefined ? 0 : Math.max(...of(before).map(({ since }) => since ?? now));
  const until = before === undefined ? 0 : reached + lengthOf(before.soak);
  return [
    ...freezes
      .filter(
        ({ from, to, waves: held }) => now >= startOf(from) && now < endOf(to) && (held?.includes(wave.name) ?? true),
      )
      .map(({ to, reason }) =>
        error("frozen", `a freeze is on until ${to}: ${reason}`, `Wait, or take the freeze out of ${wavesFile}.`),
      ),
    ...(late.length > 0
      ? [
          error(
            "not-reached",
            `${allOf(late)} ${late.length === 1 ? "has" : "have"} not reached ${tag}, and ${late.length === 1 ? "is" : "are"} in an earlier wave`,
            "Move the earlier wave first: overstack promote.",
          ),
        ]
      : now < until
        ? [
            error(
              "not-soaked",
              `${before!.name} has had ${tag} since ${minute(reached)}, and holds it until ${minute(until)}`,
              `Wait, or change soak of ${before!.name} in ${wavesFile}.`,
            ),
          ]
        : []),
  ];
}

/** The first wave with a cluster that does not have the tag. */
export const nextWave = ({ waves }: Waves, standings: readonly Standing[]): Wave | undefined =>
  waves.find((wave) => standings.some(({ cluster, since }) => since === undefined && wave.clusters.includes(cluster)));

/** `2026-12-20 18:00 UTC` */
export const minute = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ")} UTC`;
