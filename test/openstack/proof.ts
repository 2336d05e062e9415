import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import type { Kind, Seen } from "./requests.ts";

/** What a scenario was to show, and what was seen. */
export interface Row {
  readonly what: string;
  readonly expected: string;
  readonly seen: string;
  /** Seconds until it was seen, where time matters. */
  readonly seconds?: number;
  /** Whether what was seen is what was expected. */
  readonly holds: boolean;
}

/** The table of one scenario. */
export interface Proof {
  /** Notes what was seen; the test goes on and fails at its end when it is not what was expected. */
  see(row: Row): void;
  /** Notes how many of these names are not there. */
  kept(what: string, names: readonly string[], there: ReadonlySet<string>): void;
  /** Notes a time in seconds that has a limit. */
  limit(what: string, seconds: number, most: number, because?: string): void;
  /** Notes what failed of these kinds of requests, where nothing may. */
  none(what: string, seen: Seen, kinds: readonly Kind[]): void;
  /** Notes what failed of these kinds of requests, where a part of them may. */
  part(what: string, seen: Seen, kinds: readonly Kind[], percent: number): void;
  /** Writes the table to docs/proof.md, in the place of the one that this scenario wrote before. */
  write(): void;
}

const page = "docs/proof.md";
const introduction = `# What was seen in a real cluster

Written by \`npm run test:openstack\`: three hosts, each with its own kubelet, containerd and network, on one machine; real operators,
real databases, real OpenStack. Each scenario writes its own table and can be run alone. What the columns say is not edited by hand.
`;

/** Begins the table of a scenario; `versions` says what ran. */
export function proofOf(scenario: string, versions: string): Proof {
  const rows: Row[] = [];
  const see = (row: Row): void => {
    rows.push(row);
    expect.soft(row.holds, `${row.what}: ${row.seen} (expected: ${row.expected})`).toBe(true);
  };
  const part: Proof["part"] = (what, seen, kinds, percent) => {
    const { all, failed } = seen.of(...kinds);
    const holds = failed * 100 <= all * percent;
    const expected = percent === 0 ? "none fails" : `at most ${percent} % fail`;
    const sentence = failed === 0 ? `none of ${all}` : seen.counts(...kinds);
    see({ what, expected, seen: holds ? sentence : `${sentence} (${seen.errors(...kinds)})`, holds });
  };
  return {
    see,
    part,
    none: (what, seen, kinds) => part(what, seen, kinds, 0),
    limit(what, seconds, most, because) {
      const expected = because === undefined ? `at most ${most} s` : `at most ${most} s, ${because}`;
      see({ what, expected, seen: `${seconds.toFixed(0)} s`, seconds, holds: seconds <= most });
    },
    kept(what, names, there) {
      const lost = names.filter((name) => !there.has(name)).length;
      // Of few names it would say nothing that none is lost.
      expect(names.length).toBeGreaterThan(10);
      see({ what: `${names.length} ${what}`, expected: "0 lost", seen: `${lost} lost`, holds: lost === 0 });
    },
    write: () => writeFileSync(page, replaceSection(scenario, section(scenario, versions, rows))),
  };
}

function section(scenario: string, versions: string, rows: readonly Row[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  return [
    `## ${scenario}`,
    "",
    `${new Date().toISOString().slice(0, 10)}, ${versions}`,
    "",
    "| what | expected | seen | seconds | |",
    "|---|---|---|---|---|",
    ...rows.map(
      ({ what, expected, seen, seconds, holds }) =>
        `| ${cell(what)} | ${cell(expected)} | ${cell(seen)} | ${seconds?.toFixed(0) ?? ""} | ${holds ? "as expected" : "**not as expected**"} |`,
    ),
    "",
  ].join("\n");
}

/** The page with this scenario's section, the others as they were, in the order of their titles. */
function replaceSection(scenario: string, text: string): string {
  const before = existsSync(page) ? readFileSync(page, "utf8") : "";
  const others = before
    .split(/^(?=## )/m)
    .slice(1)
    .filter((part) => !part.startsWith(`## ${scenario}\n`));
  const sections = [...others.map((part) => `${part.trimEnd()}\n`), text].sort();
  return [introduction, ...sections].join("\n");
}
