import { didYouMean } from "../base/did-you-mean.ts";
import { allOf } from "../base/words.ts";
import type { Catalogue, Component } from "../contract/component.ts";
import { endpointNamed } from "../contract/endpoints.ts";
import { peerWords } from "../contract/peers.ts";
import type { ClusterSpec, InstanceSpec } from "../input/spec.ts";
import type { Draft, Report } from "./draft.ts";
import { deciderOf, lineOf } from "./family.ts";

// A service finds another one by what cluster.yaml chooses, else in its own family, else because there is one of them in its
// cloud: among the instances that ask the same Identity service, since no other would take its tokens.

type Drafts = ReadonlyMap<string, Draft>;

/** The component that has an endpoint of this catalogue type or key. */
function endpointOwner(word: string, catalogue: Catalogue): Component {
  const owner = [...catalogue.values()].find((component) => endpointNamed(component, word) !== undefined);
  if (owner === undefined) throw new Error(`no component of the catalogue has an endpoint ${word}`);
  return owner;
}

/** The instance that `uses` names for a word, at the instance or at the nearest owner that says anything of it. */
const chosenPeer = (word: string, name: string, drafts: Drafts): string | undefined =>
  drafts.get(deciderOf(word, name, drafts))!.spec.service.uses?.[word] as string | undefined;

/** Stands for the Identity service of another cluster where instances have names: none has one like it. */
export const identityElsewhere = "the Identity service of another cluster";

const usualIdentity = (draft: Pick<Draft, "identityElsewhere">, catalogue: Catalogue): string =>
  draft.identityElsewhere ? identityElsewhere : endpointOwner("identity", catalogue).name;

/** The Identity service that an instance asks; an Identity service is its own. Undefined of what asks none. */
export function identityOf(name: string, drafts: Drafts, catalogue: Catalogue): string | undefined {
  const { component } = drafts.get(name)!;
  if (component.requires?.includes("identity"))
    return chosenPeer("identity", name, drafts) ?? usualIdentity(drafts.get(name)!, catalogue);
  return endpointNamed(component, "identity") === undefined ? undefined : name;
}

/** Instances that a word of the header leads to: none, one, or several of which none is chosen. */
export function peersBehind(word: string, name: string, drafts: Drafts, catalogue: Catalogue): readonly string[] {
  const answers = (other: string | undefined): other is string =>
    other !== undefined && drafts.has(other) && endpointNamed(drafts.get(other)!.component, word) !== undefined;
  const chosen = word === "identity" ? identityOf(name, drafts, catalogue) : chosenPeer(word, name, drafts);
  if (chosen !== undefined) return answers(chosen) ? [chosen] : [];
  const near = lineOf(name, drafts).find(answers);
  if (near !== undefined) return [near];
  const cloud = cloudOf(name, drafts, catalogue);
  return [...drafts.keys()]
    .filter((other) => answers(other) && isSame(cloud, cloudOf(other, drafts, catalogue)))
    .sort();
}

/** Identity service of an instance, or of the nearest owner that has one. */
const cloudOf = (name: string, drafts: Drafts, catalogue: Catalogue): string | undefined =>
  lineOf(name, drafts)
    .map((each) => identityOf(each, drafts, catalogue))
    .find((each) => each !== undefined);

/** What asks no Identity service belongs to every cloud. */
const isSame = (a: string | undefined, b: string | undefined): boolean => a === undefined || b === undefined || a === b;

/** The instance that has to be added, or that is written, for a service that must be there. */
export function neededPeers(
  word: string,
  name: string,
  drafts: Drafts,
  spec: ClusterSpec,
  catalogue: Catalogue,
  report: Report,
): readonly (readonly [name: string, component: Component])[] {
  const component = endpointOwner(word, catalogue);
  const chosen = checkedChoice(word, name, drafts, spec, catalogue, report);
  if (chosen === "wrong") return [];
  if (chosen !== undefined) return [[chosen.name, catalogue.get(chosen.component)!]];
  if (word === "identity" && spec.identity !== undefined) return [];
  const usual = usualIdentity(drafts.get(name)!, catalogue);
  if (word !== "identity") {
    const cloud = cloudOf(name, drafts, catalogue);
    const asks = ({ service }: InstanceSpec) =>
      component.requires?.includes("identity") ? String(service.uses?.identity ?? usual) : undefined;
    const isThere = spec.instances.some((item) => item.component === component.name && isSame(cloud, asks(item)));
    const isOwn = lineOf(name, drafts).some((each) => endpointNamed(drafts.get(each)!.component, word) !== undefined);
    // What is added asks the usual Identity service, and a part comes with its owner.
    if (isThere || isOwn || component.partOf !== undefined || !isSame(cloud, usual)) return [];
  }
  return [[component.name, component]];
}

/** What `uses` names for a word, where it is written in this cluster and can answer. */
function checkedChoice(
  word: string,
  name: string,
  drafts: Drafts,
  spec: ClusterSpec,
  catalogue: Catalogue,
  report: Report,
): InstanceSpec | "wrong" | undefined {
  const chosen = chosenPeer(word, name, drafts);
  if (chosen === undefined) return undefined;
  const answers = (item: InstanceSpec) => endpointNamed(catalogue.get(item.component)!, word) !== undefined;
  const target = spec.instances.find((item) => item.name === chosen);
  if (target !== undefined && answers(target)) return target;
  const { name: component, group } = endpointOwner(word, catalogue);
  const decider = deciderOf(word, name, drafts);
  const near = didYouMean(
    chosen,
    spec.instances.filter(answers).map((item) => item.name),
  );
  report(
    [...drafts.get(decider)!.spec.path, "uses", word],
    "unknown-provider",
    `${decider} uses "${chosen}", which is not a ${component} instance of this cluster`,
    word === "identity" && spec.identity !== undefined
      ? "Remove it: identity names the Identity service of another cluster, for all services."
      : `${near === undefined ? "" : `Did you mean "${near}"? `}Write the instance below ${group}, with a name that begins with ${component}.`,
  );
  return "wrong";
}

/** What is wrong with the services that an instance is to find, when all instances are known. */
export function checkPeers(
  name: string,
  drafts: Drafts,
  spec: ClusterSpec,
  catalogue: Catalogue,
  report: Report,
): void {
  const { component, spec: settings, owner } = drafts.get(name)!;
  const own = cloudOf(name, drafts, catalogue);
  // Where a part says nothing of what its owner looks for too, the owner decides, and is told.
  const ofOwner = owner === undefined ? [] : peerWords(drafts.get(owner)!.component);
  const isOwners = (word: string) => ofOwner.includes(word) && settings.service.uses?.[word] === undefined;
  for (const word of peerWords(component).filter((each) => each !== "identity" && !isOwners(each))) {
    const found = peersBehind(word, name, drafts, catalogue);
    const chosen = chosenPeer(word, name, drafts);
    const service = endpointOwner(word, catalogue).name;
    if (chosen !== undefined) {
      if (component.wants?.includes(word)) checkedChoice(word, name, drafts, spec, catalogue, report);
      const there = found[0] === undefined ? undefined : cloudOf(found[0], drafts, catalogue);
      if (!isSame(own, there))
        report(
          [...drafts.get(deciderOf(word, name, drafts))!.spec.path, "uses", word],
          "other-cloud",
          `${name} uses ${chosen}, and the two ask different Identity services: ${own} and ${there}`,
          `Neither takes the tokens of the other. Choose an instance of ${service} that asks ${own}.`,
        );
    } else if (found.length > 1)
      report(
        settings.path,
        "several-peers",
        `${name} uses ${service}, and there are several: ${allOf(found)}`,
        `Choose one: uses: { ${word}: ${found[0]} }.`,
      );
    else if (found.length === 0 && !component.wants?.includes(word))
      report(
        settings.path,
        "no-peer",
        `${name} needs ${service}, and there is none that asks ${own}`,
        `Write an instance of ${service} with uses: { identity: ${own} }.`,
      );
  }
}
