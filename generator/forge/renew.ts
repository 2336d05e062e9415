import { type Issue, warning } from "../issues/issue.ts";
import { asked } from "./answer.ts";
import { type BodyFacts, bodyWith, isOwnTitle } from "./body.ts";
import type { Forge, Home, NewProposal, Proposal } from "./forge.ts";
import { nounOf } from "./home.ts";

/** What became of the pull request of a change. */
export interface Renewed {
  /** Undefined when an issue is an error. */
  readonly proposal: Proposal | undefined;
  /** `closed`: somebody has closed it with these very commits, and it stays so. */
  readonly what: "opened" | "updated" | "unchanged" | "closed" | "merged";
  readonly issues: readonly Issue[];
}

/** A change on its branch, and what its pull request is opened with. */
export interface Wanted extends Omit<NewProposal, "title" | "body"> {
  readonly head: string;
  readonly facts: BodyFacts;
  readonly fill: (facts: BodyFacts) => string;
}

/** Opens the one pull request of a change, or renews our part of it. */
export async function renew(home: Home, token: string, forge: Forge, wanted: Wanted): Promise<Renewed> {
  const ask = <T>(request: Promise<T>) => asked(home, token, request);
  const found = await ask(forge.find(wanted.branch, wanted.base));
  if ("issue" in found) return failed(found.issue);
  if (found.value?.state === "open") return update(home, ask, forge, found.value, wanted);
  if (found.value?.state === "closed" && found.value.head === wanted.head)
    return { proposal: found.value, what: "closed", issues: [] };

  const { fill, facts } = wanted;
  const body = bodyWith(undefined, fill, facts)!;
  const opened = await ask(forge.open({ ...wanted, title: facts.title, body }));
  if ("value" in opened) return { ...opened.value, what: "opened" };
  // Another run was faster: a forge keeps one for each pair of branches, and says 409 or 422 to the second.
  const again = [409, 422].includes(opened.status) ? await ask(forge.find(wanted.branch, wanted.base)) : undefined;
  return again !== undefined && "value" in again && again.value?.state === "open"
    ? update(home, ask, forge, again.value, wanted)
    : failed(opened.issue);
}

const failed = (issue: Issue): Renewed => ({ proposal: undefined, what: "unchanged", issues: [issue] });

async function update(
  home: Home,
  ask: <T>(request: Promise<T>) => ReturnType<typeof asked<T>>,
  forge: Forge,
  found: Proposal,
  { fill, facts }: Wanted,
): Promise<Renewed> {
  const body = bodyWith(lined(found.body), fill, facts);
  if (body === undefined) return { proposal: found, what: "unchanged", issues: [noMarks(home, found)] };
  const texts = {
    ...(body === lined(found.body) ? {} : { body }),
    ...(found.title !== facts.title && isOwnTitle(found.title, found.body) ? { title: facts.title } : {}),
  };
  if (Object.keys(texts).length === 0) return { proposal: found, what: "unchanged", issues: [] };
  const changed = await ask(forge.change(found.number, texts));
  if ("issue" in changed) return failed(changed.issue);
  const { state } = changed.value;
  return { proposal: changed.value, what: state === "open" ? "updated" : state, issues: [] };
}

/** A text that was edited in a browser comes back with other line ends. */
const lined = (text: string): string => text.replaceAll("\r\n", "\n");

const noMarks = (home: Home, { url }: Proposal): Issue =>
  warning(
    "no-marks",
    `the text of the ${nounOf(home)} is left as it is: the marks of our part are not in it`,
    `Somebody wants it so, or took them out unseen. To have our part again, add <!-- overstack:begin --><!-- overstack:end --> there: ${url}.`,
  );
