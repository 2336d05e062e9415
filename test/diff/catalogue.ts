import { parse, stringify } from "yaml";
import { isMap } from "../../generator/base/data.ts";
import type { ClusterDiff } from "../../generator/diff/cluster-diff.ts";
import { diffText, summaryOf } from "../../generator/diff/text.ts";
import type { Issue } from "../../generator/issues/issue.ts";

// A page of tables: each has a cluster above it, and a row for each edit of that cluster.

/** A cluster with its edits. */
export interface Section {
  readonly title: string;
  /** Undefined where the edits bring theirs. */
  readonly cluster: Values | undefined;
  readonly edits: readonly string[];
}
export type Values = Readonly<Record<string, unknown>>;

/** What a production cluster says in addition. */
const usual: Values = {
  name: "eu1",
  release: "2026.1",
  domain: "eu1.example.org",
  delivery: { repository: "https://git.example.org/fleet.git" },
  access: { tls: { secret: "public" } },
  infrastructure: { mariadb: { backup: "none" } },
};

export const sectionsOf = (page: string): Section[] =>
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const [, yaml] = /```yaml\n(.*?)```/s.exec(text) ?? [];
      const edits = [...text.matchAll(/^\| (.+?) \|.*\|$/gm)]
        .map(([, edit]) => edit!)
        .filter((edit) => edit !== "edit");
      return {
        title: text.split("\n")[0]!,
        cluster: yaml === undefined ? undefined : merged(usual, parse(yaml) as Values),
        edits,
      };
    });

/** The page with other rows. */
export const withRows = (page: string, rowOf: (section: Section, edit: string) => string): string => {
  const sections = sectionsOf(page);
  const [head, ...texts] = page.split(/^## /m);
  const written = texts.map((text, index) =>
    text.replaceAll(/^\| (?!edit \|)(.+?) \|.*\|$/gm, (_, edit: string) => rowOf(sections[index]!, edit)),
  );
  return [head, ...written].join("## ");
};

function merged(base: Values, own: Values): Values {
  const keys = [...new Set([...Object.keys(base), ...Object.keys(own)])];
  return Object.fromEntries(
    keys.map((key) => {
      const [below, above] = [base[key], own[key]];
      return [key, isMap(below) && isMap(above) ? merged(below, above) : (above ?? below)];
    }),
  );
}

/** A cluster.yaml after an edit: `a.b = { c: 1 }; d -`. Keys with dots in them end the path: `files.policy.yaml`. */
export function edited(cluster: Values, edit: string): string {
  const copy = structuredClone(cluster) as Record<string, unknown>;
  for (const part of edit.split(/; (?=[a-z]+[. ])/)) {
    const [path = "", value] = part.endsWith(" -") ? [part.slice(0, -2)] : part.split(/ = (.*)/s);
    const keys = path.split(/\.(?=[A-Za-z])/);
    const joined = keys.findIndex((key) => ["files", "annotations"].includes(key));
    const names = joined === -1 ? keys : [...keys.slice(0, joined + 1), keys.slice(joined + 1).join(".")];
    const last = names.pop()!;
    let node = copy;
    for (const key of names) {
      node[key] ??= {};
      node = node[key] as Record<string, unknown>;
    }
    if (value === undefined) delete node[last];
    else node[last] = parse(value);
  }
  return stringify(copy);
}

const said = new Set<string>();
/** Rules of the claims in all rows so far. */
export const saidRules = (): ReadonlySet<string> => said;

/** A row of the table: what is said of an edit. */
export function row(edit: string, diff: ClusterDiff): string {
  const { changes, impact } = diff;
  for (const { rule } of impact) said.add(rule);
  const number = (verb: string, sign: string) => {
    const { length } = changes.filter((change) => change.verb === verb);
    return length === 0 ? [] : [`${sign}${length}`];
  };
  const pods = changes.flatMap(({ id, verb, pods: own }) => {
    const name = id.split("/").at(-1)!;
    if (own === undefined || own.what === "run" || verb === "remove") return [];
    const how = {
      replaced: own.replicas === undefined ? "on each node" : `×${own.replicas}`,
      next: "next run",
      operator: "operator",
      "by-hand": "by hand",
    }[own.what];
    return [`${name} ${how}`];
  });
  const jobs = changes.flatMap(({ id, pods: own }) => (own?.what === "run" ? [id.split("/").at(-1)!] : []));
  const risks = impact.filter(({ level, rule }) => level !== "notice" && rule !== "deleted").map(({ rule }) => rule);
  const cells = [
    edit,
    [...number("change", "~"), ...number("add", "+"), ...number("remove", "-")].join(" "),
    pods.join(", "),
    jobs.join(", "),
    [...new Set(risks)].join(", "),
    `\`${toldOf(diff)}\``,
  ];
  return `|${cells.map((cell) => (cell === "" ? "" : ` ${cell.replaceAll("|", "/")}`)).join(" |")} |`;
}

/** The first field that is shown, or what is said first. */
function toldOf(diff: ClusterDiff): string {
  const [, first, next = ""] = /^ {8}(\S.*)\n(.*)$/m.exec(diffText([diff])) ?? [];
  return shortened(first === undefined ? summaryOf(diff) : first.endsWith(":") ? `${first} ${next.trim()}` : first);
}

/** A row of an edit that is refused. */
export const refusal = (edit: string, { code, message }: Issue): string =>
  `| ${edit} | | | | refused: ${code} | \`${shortened(message)}\` |`;

const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 97)}...` : text).replaceAll("`", "'");
