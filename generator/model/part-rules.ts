import { didYouMean } from "../base/did-you-mean.ts";
import { oneOf } from "../base/words.ts";
import type { Catalogue } from "../contract/component.ts";
import { peerWords } from "../contract/peers.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Draft, Report } from "./draft.ts";

/** What cluster.yaml says at a part's name and cannot mean, and names that two owners give. */
export function checkPart(
  name: string,
  settings: InstanceSpec,
  owner: string,
  owners: InstanceSpec,
  drafts: ReadonlyMap<string, Draft>,
  { delivery }: ClusterSpec,
  report: Report,
): void {
  const other = drafts.get(name);
  if (other !== undefined)
    report(
      owners.path,
      "same-part",
      `${name} would be a part of ${other.owner} and of ${owner}`,
      "Rename the part at one of the two, or one of the instances.",
    );
  if (settings.common.suspend && delivery.engine === "argocd")
    report(
      [...settings.path, "suspend"],
      "suspended-part",
      `${name} cannot be suspended without ${owner}: for Argo CD the two are one Application`,
      `Write suspend: true at ${owner}, or leave it out.`,
    );
}

/** Kinds of infrastructure that cluster.yaml chooses for a part that does not use them, or has them from its owner. */
export function checkPartNeeds(name: string, { component, spec, needs: own }: Draft, report: Report): void {
  const { uses, dedicated } = spec.service;
  const chosen = [
    ...Object.keys(uses ?? {}).map((kind) => ({ kind, path: ["uses", kind] })),
    ...(dedicated ?? []).map((kind, index) => ({ kind, path: ["dedicated", index] })),
  ];
  for (const { kind, path } of chosen) {
    const needs = own.filter((need) => need.kind === kind);
    if (peerWords(component).includes(kind) || needs.some(({ from }) => from !== "owner")) continue;
    report(
      [...spec.path, ...path],
      "part-without-need",
      needs.length === 0
        ? `${name} uses no ${kind}, and none can be chosen for it`
        : `${name} uses the ${kind} of its owner, and none can be chosen for it`,
      "Remove it.",
    );
  }
}

/** A part that is written and that no instance has. */
export function reportOrphan(
  { name, component, path }: InstanceSpec,
  drafts: ReadonlyMap<string, Draft>,
  catalogue: Catalogue,
  report: Report,
): void {
  const owner = catalogue.get(component)!.partOf!;
  const siblings = [...drafts].filter(([, draft]) => draft.component.name === component).map(([sibling]) => sibling);
  const near = didYouMean(name, siblings);
  report(
    path,
    "part-alone",
    `${name} is not a part of any instance: a ${component} exists only where an instance of ${owner} has it`,
    siblings.length === 0
      ? `Write it in the options of ${owner}, and here only what is different for this part.`
      : `${near === undefined ? "" : `Did you mean ${near}? `}Parts of this cluster are: ${oneOf(siblings)}.`,
  );
}
