import { count } from "../base/words.ts";
import type { ClusterChange, FleetChange, Item } from "./changes.ts";

/** A commit message: the subject has at most 72 characters, the body may be empty. */
export interface Message {
  readonly subject: string;
  readonly body: string;
}

/** Puts what happened into the words of a commit message. */
export const messageOf = (change: FleetChange): Message => ({ subject: subjectOf(change), body: bodyOf(change) });

/** With more clusters than that nobody reads each instance: one line says what happened to a cluster. */
export const detailedClusters = 20;

const width = 72;

function subjectOf({ clusters, bases, others }: FleetChange): string {
  if (clusters.length === 0)
    return bases.length > 0
      ? fitting("bases", { items: bases, noun: "base" })
      : fitting("fleet", { items: others, noun: "file" });
  const [only] = clusters;
  if (clusters.length === 1) return fitting(only!.name, newsOf(only!, "cluster"));
  const news = clusters.map((cluster) => newsOf(cluster, cluster.name));
  // The same instance in several clusters is one thing to say.
  const items = new Map(news.flatMap((part) => part.items.map((item) => [`${item.verb} ${item.name}`, item])));
  const nouns = new Set(news.map(({ noun }) => noun));
  const noun = nouns.size === 1 ? news[0]!.noun : "item";
  return fitting(noun === "cluster" ? "fleet" : count(clusters.length, "cluster"), {
    items: [...items.values()],
    noun,
  });
}

interface News {
  readonly items: readonly Item[];
  /** What to call them when there are too many to name. */
  readonly noun: string;
}

/** What a subject should name: what was decided, not what follows from it. */
function newsOf({ verb, keys, instances, others }: ClusterChange, self: string): News {
  if (verb !== "change") return { items: [{ name: self, verb, details: [], isCause: true }], noun: "cluster" };
  const causes = [...keys, ...instances.filter(({ isCause }) => isCause)];
  if (causes.length > 0) return { items: causes, noun: keys.length > 0 ? "setting" : "instance" };
  return instances.length > 0 ? { items: instances, noun: "instance" } : { items: others, noun: "file" };
}

/** `eu1: change glance, add keystone-two`; what does not fit is counted. */
function fitting(place: string, { items, noun }: News): string {
  const verbs = (["change", "add", "remove"] as const).filter((verb) => items.some((item) => item.verb === verb));
  const named = (verb: string): Item[] => items.filter((item) => item.verb === verb);
  const spelled = verbs.map((verb) => `${verb} ${enumerate(named(verb).map(({ name }) => name))}`);
  const counted = verbs.map((verb, index) =>
    index === 0 ? `${verb} ${count(named(verb).length, noun)}` : `${verb} ${named(verb).length}`,
  );
  const candidates = [spelled.join(", "), counted.join(", "), `change ${count(items.length, noun)}`];
  const subjects = candidates.map((words) => `${place}: ${words}`);
  return subjects.find((subject) => subject.length <= width) ?? `${subjects.at(-1)!.slice(0, width - 3)}...`;
}

function bodyOf({ clusters, bases, others }: FleetChange): string {
  const isBrief = clusters.length > detailedClusters;
  const blocks = [
    isBrief ? clusters.map(briefly) : clusters.map(fully).join("\n\n").split("\n"),
    section("bases", bases),
    section("other files", others),
  ];
  return blocks
    .map((lines) => lines.join("\n"))
    .filter((block) => block !== "")
    .join("\n\n");
}

const briefly = (cluster: ClusterChange): string => fitting(cluster.name, newsOf(cluster, "cluster"));

function fully(cluster: ClusterChange): string {
  const { name, verb, keys, instances, others } = cluster;
  if (verb === "change") return section(name, [...keys, ...instances, ...others]).join("\n");
  const names = instances.map((instance) => instance.name).join(", ");
  return `${name}: ${past[verb]}${names === "" ? "" : `\n  ${names}`}`;
}

const section = (title: string, items: readonly Item[]): string[] =>
  items.length === 0 ? [] : [title, ...items.map((item) => `  ${item.name}: ${phrase(item)}`)];

const past = { add: "added", change: "changed", remove: "removed" } as const;

function phrase({ verb, details }: Item): string {
  if (verb !== "change" || details.length === 0) return past[verb];
  const more = details.length - 4;
  return more > 1 ? `${details.slice(0, 4).join(", ")} and ${more} more` : details.join(", ");
}

/** `a`, `a and b`, `a, b and c` */
export const enumerate = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
