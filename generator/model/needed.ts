import { didYouMean } from "../base/did-you-mean.ts";
import { kindOf } from "../connections/index.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import type { Kind, Need } from "../contract/connection.ts";
import { familyNeeds } from "../contract/family-needs.ts";
import { switchFor } from "../input/needs.ts";
import { nodeGroupsOf } from "../input/node-groups.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Draft, Report } from "./draft.ts";
import { deciderOf } from "./family.ts";
import { checkPartNeeds } from "./part-rules.ts";
import { neededPeers } from "./peers.ts";
import { gradeOf, providerOf, providersOf, suffices } from "./providers.ts";

type Needed = readonly [name: string, component: Component];

/** Instances that one instance needs, whether they are there already or not. */
export function neededBy(
  name: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
  catalogue: Catalogue,
  report: Report,
): readonly Needed[] {
  const draft = drafts.get(name)!;
  const { component, needs, owner } = draft;
  if (owner === undefined) checkDedicated(name, draft, spec, catalogue, report);
  else checkPartNeeds(name, draft, report);
  return [
    ...needs.flatMap((need) =>
      need.from === "owner" ? [] : providing(need, deciderOf(need.kind, name, drafts), drafts, spec, catalogue, report),
    ),
    ...[...(component.requires ?? []), ...(component.knows ?? [])].flatMap((word) =>
      neededPeers(word, name, drafts, spec, catalogue, report),
    ),
  ];
}

function checkDedicated(
  name: string,
  { component, spec: settings, needs: own }: Draft,
  spec: ClusterSpec,
  catalogue: Catalogue,
  report: Report,
): void {
  const needs = [...own, ...familyNeeds(component, settings.options, catalogue, nodeGroupsOf(spec))];
  for (const [index, kind] of (settings.service.dedicated ?? []).entries())
    if (!needs.some((need) => need.kind === kind && need.from !== "provider"))
      report(
        [...settings.path, "dedicated", index],
        "dedicated-without-need",
        `${name} does not use ${kindOf(kind).title}${needs.some((need) => need.kind === kind) ? " of its own" : ""}`,
        wayOut(kind, component, settings, needs),
      );
}

/** What to do about `dedicated` for a kind that an instance does not use. */
function wayOut(kind: Kind, component: Component, settings: InstanceSpec, needs: readonly Need[]): string {
  const option = switchFor(component, settings.options, kind);
  if (needs.some((need) => need.kind === kind))
    return `Remove ${kind} here: what it needs is the shared one's, where others find it. uses.${kind} can name another.`;
  if (option !== undefined) return `Write ${option}: true to use it, or remove ${kind} here.`;
  const own = [...new Set(needs.map((need) => need.kind))].sort().join(" and ");
  return `Remove ${kind} here: ${component.name} can have its own ${own || "nothing"}.`;
}

/** Who provides a need, by the words of the instance that decides. */
function providing(
  need: Need,
  decider: string,
  drafts: ReadonlyMap<string, Draft>,
  spec: ClusterSpec,
  catalogue: Catalogue,
  report: Report,
): readonly Needed[] {
  const settings = drafts.get(decider)!.spec;
  const at = [...settings.path, "uses", need.kind];
  const provider = providerOf(need, decider, settings, catalogue);
  if (provider === undefined) {
    const outside = kindOf(need.kind).reach(settings.service.uses![need.kind] as object);
    if (!suffices(outside.grade, need)) reportWeak("what it uses", at, need, decider, catalogue, report);
    return [];
  }
  const target = spec.instances.find((instance) => instance.name === provider.name);
  if (!provider.named || target?.component === provider.component.name) {
    if (!suffices(provider.component.grade, need)) reportWeak(provider.name, at, need, decider, catalogue, report);
    return [[provider.name, provider.component]];
  }
  const names = providersOf(need.kind, catalogue).map(({ name }) => name);
  const candidates = spec.instances
    .filter(({ component }) => names.includes(component))
    .map((instance) => instance.name);
  const near = didYouMean(provider.name, candidates);
  report(
    at,
    "unknown-provider",
    `${decider} uses "${provider.name}", which is not a ${names.join(" or ")} instance of this cluster`,
    `${near === undefined ? "" : `Did you mean "${near}"? `}Write the instance below infrastructure, with a name that begins with ${names.join(" or ")}.`,
  );
  return [];
}

/** A provider that the operator names, and that promises less than the service relies on. */
function reportWeak(
  provider: string,
  at: readonly (string | number)[],
  need: Need,
  decider: string,
  catalogue: Catalogue,
  report: Report,
): void {
  const enough = providersOf(need.kind, catalogue).filter(({ grade }) => suffices(grade, need));
  report(
    at,
    "weak-provider",
    `${decider} relies on ${kindOf(need.kind).title} for ${gradeOf(need)}, and ${provider} does not promise it`,
    `Use ${enough.map(({ name }) => name).join(" or ")}.`,
  );
}
