import { allOf, count, redact } from "../base/words.ts";
import { isImage, type ObjectChange, type Pods } from "./changes.ts";
import type { ClusterDiff } from "./cluster-diff.ts";
import { type Field, without } from "./fields.ts";
import type { Claim } from "./impact.ts";

/** What people read: cluster by cluster and instance by instance. Clusters of which the same is to be said are one. */
export const diffText = (clusters: readonly ClusterDiff[]): string =>
  sameClusters(clusters)
    .map(({ heading, text }) => `${heading}\n${text}\n`)
    .join("\n");

/** Clusters of which the same is to be said. */
export interface Same {
  /** `eu1`; `eu1, eu2 and 37 more clusters` */
  readonly heading: string;
  /** Of all of them. */
  readonly names: readonly string[];
  /** What is said, without the heading. */
  readonly text: string;
  /** One of them. */
  readonly first: ClusterDiff;
}

/** Clusters by what is to be said of them, in their order. */
export const sameClusters = (clusters: readonly ClusterDiff[]): Same[] =>
  [...Map.groupBy(clusters, (cluster) => clusterLines(cluster).join("\n"))].map(([text, of]) => ({
    ...headed(of.flatMap(({ name, others = [] }) => [name, ...others])),
    text,
    first: of[0]!,
  }));

const headed = (names: readonly string[]) => ({ heading: headingOf(names), names });

const headingOf = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more clusters`;

function clusterLines(cluster: ClusterDiff): string[] {
  const { verb, changes, images } = cluster;
  const begin = [`  ${summaryOf(cluster)}`, ...impactLines(cluster), ...rollLines(cluster)];
  if (verb !== "change") return [...begin, ...kept(changes)];
  const instances = [...Map.groupBy(changes, ({ of }) => of)];
  const width = Math.max(0, ...images.map(({ before }) => before.length));
  return [
    ...begin,
    ...(images.length === 0 ? [] : ["  images"]),
    ...images.map(({ before, after, of }) => `    ${before.padEnd(width)} -> ${after}   ${of.join(", ")}`),
    ...instances.flatMap(([of, own]) => [`  ${of}`, ...instanceLines(own)]),
  ];
}

/** What a person has to know; what the lines of the objects say already is not said twice. */
const impactLines = ({ impact }: ClusterDiff): string[] => {
  const told = impact.filter(isTold);
  return told.length === 0
    ? []
    : [
        "  impact",
        ...told.flatMap((claim) => [
          `    ${claim.level}: ${claimText(claim)}`,
          ...(claim.instead === undefined ? [] : [`      ${claim.instead}`]),
        ]),
      ];
};

/** True of a claim that the line of an object does not make. */
export const isTold = ({ level, rule }: Claim): boolean => level !== "notice" && rule !== "deleted" && rule !== "stays";

/** `Deployment openstack-services/glance-api: one pod is left`, with the seconds that were seen. */
export function claimText({ objects, says, seconds }: Claim): string {
  const seen = seconds === undefined ? "" : ` (${seconds.join(" to ")} s were seen)`;
  return `${objects.length === 0 ? "" : `${shortList(objects)}: `}${says}${seen}`;
}

const shortList = (names: readonly string[]): string =>
  names.length <= 4 ? allOf(names) : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;

/** In which order, where there is one to speak of. */
const rollLines = ({ roll: { steps, least } }: ClusterDiff): string[] =>
  steps.length < 2
    ? []
    : [
        `  order${least === 0 ? "" : `, at least ${least} s`}`,
        ...[...Map.groupBy(steps, ({ place }) => place)].map(
          ([place, together]) => `    ${place}. ${shortList(together.map(({ step }) => step))}`,
        ),
      ];

function instanceLines(changes: readonly ObjectChange[]): string[] {
  const [first] = changes;
  // All of an instance: what each object is says less than that it comes or goes.
  if (changes.length > 3 && changes.every(({ verb }) => verb === first!.verb) && first!.verb !== "change")
    return [`    all of it ${first!.verb === "add" ? "is new" : "goes"}: ${kinds(changes)}`, ...kept(changes)];
  return changes.flatMap((change) => {
    // One table shows which.
    const fields = change.fields.filter((field) => !isImage(field));
    return [`    ${objectLine(change)}`, ...fields.flatMap(fieldLines)];
  });
}

const signs = { add: "+", change: "~", remove: "-" } as const;

function objectLine(change: ObjectChange): string {
  const effects = effectsOf(change);
  return `${signs[change.verb]} ${change.id}${effects.length === 0 ? "" : `: ${effects.join(", ")}`}`;
}

/** What becomes of an object and its pods, beyond its fields: `its 3 pods are replaced: another image`. */
export const effectsOf = ({ verb, fields, pods, stays }: ObjectChange): string[] => [
  ...(pods === undefined ? [] : [podsLine(verb, pods)]),
  ...(pods === undefined && fields.some(isImage) ? ["another image"] : []),
  ...(stays ? ["stays in the cluster"] : []),
];

function podsLine(verb: ObjectChange["verb"], { what, replicas, because }: Pods): string {
  const number = replicas === undefined ? "its pods are" : replicas === 1 ? "its pod is" : `its ${replicas} pods are`;
  switch (what) {
    case "replaced":
      return `${number} replaced: ${allOf(because)}`;
    case "run":
      return verb === "add" ? "runs" : `runs again: ${allOf(because)}`;
    case "next":
      return `its next pods are others: ${allOf(because)}`;
    case "operator":
      return "its operator decides which pods to replace";
    case "by-hand":
      return `its pods stay until somebody deletes them: ${allOf(because)}`;
  }
}

/** Objects that stay, where those that go are only counted. */
const kept = (changes: readonly ObjectChange[]): string[] =>
  changes.filter(({ stays }) => stays).map(({ id }) => `      stays in the cluster: ${id}`);

/** A field that differs, in a line, or in several where its value has them. */
export function fieldLines({ path, before, after }: Field): string[] {
  const [was, is] = [before, after].map((value) => (value === undefined ? [] : fieldText(value).split("\n")));
  if (was!.length + is!.length === 0) return [`        ${path}: changed`];
  if (was!.length <= 1 && is!.length <= 1) {
    if (before === undefined) return [`        ${path}: + ${shortened(is![0]!)}`];
    if (after === undefined) return [`        ${path}: - ${shortened(was![0]!)}`];
    return [`        ${path}: ${shortened(was![0]!)} -> ${shortened(is![0]!)}`];
  }
  const lines = [...without(was!, is!).map((line) => `- ${line}`), ...without(is!, was!).map((line) => `+ ${line}`)];
  const shown = lines.length > longest ? lines.slice(0, longest) : lines;
  return [
    `        ${path}:`,
    ...shown.map((line) => `          ${shortened(line)}`),
    ...(shown.length < lines.length ? [`          and ${count(lines.length - shown.length, "more line")}`] : []),
  ];
}

/** Lines of one field; all are in the JSON. */
const longest = 12;

/** A value as text, without the users of URLs. */
export const fieldText = (value: unknown): string =>
  redact(typeof value === "string" && value !== "" ? value.trimEnd() : JSON.stringify(value));

/** One line of a value. A control character could tell the terminal what to do. */
const shortened = (text: string): string => {
  const plain = text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return plain.length > 120 ? `${plain.slice(0, 117)}...` : plain;
};

/** `3 objects change, 1 is new; 2 workloads replace their pods, 4 Jobs run` */
export function summaryOf({ verb: ofCluster, changes }: ClusterDiff): string {
  if (ofCluster !== "change") {
    const what = ofCluster === "add" ? "a new cluster" : "no longer a cluster of this fleet";
    return `${what}: ${count(changes.length, "object")}`;
  }
  const verbs = [
    ["change", "changes", "change"],
    ["add", "is new", "are new"],
    ["remove", "goes", "go"],
    ["stay", "stays without being in Git", "stay without being in Git"],
  ] as const;
  const objects = verbs.flatMap(([verb, one, several]) => {
    const { length } = changes.filter((change) => (change.stays ? "stay" : change.verb) === verb);
    return length === 0 ? [] : [`${count(length, "object")} ${length === 1 ? one : several}`];
  });
  const number = (what: Pods["what"]) => changes.filter(({ pods }) => pods?.what === what).length;
  const [rolls, runs, operated, byHand] = [number("replaced"), number("run"), number("operator"), number("by-hand")];
  const effects = [
    ...(rolls === 0 ? [] : [`${count(rolls, "workload")} ${rolls === 1 ? "replaces its" : "replace their"} pods`]),
    ...(runs === 0 ? [] : [`${count(runs, "Job")} ${runs === 1 ? "runs" : "run"}`]),
    ...(byHand === 0 ? [] : [`pods of ${count(byHand, "workload")} stay until somebody deletes them`]),
    ...(operated === 0 ? [] : [`of ${count(operated, "custom resource")} the operator decides`]),
  ];
  if (changes.length === 0) return "no object differs";
  return [
    objects.join(", "),
    ...(effects.length === 0 ? ["no pod is replaced, no Job runs"] : [effects.join(", ")]),
  ].join("; ");
}

/** `2 Deployments, 3 Jobs` */
const kinds = (changes: readonly ObjectChange[]): string =>
  [...Map.groupBy(changes, ({ id }) => id.split(/[ .]/)[0]!)]
    .map(([kind, { length }]) => count(length, kind))
    .join(", ");
