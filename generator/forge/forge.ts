import type { Issue } from "../issues/issue.ts";

/** Programs that keep repositories and let people look at changes. Forgejo has the API of Gitea. */
export const forgeKinds = ["github", "gitlab", "gitea", "forgejo"] as const;
export type ForgeKind = (typeof forgeKinds)[number];

/** A repository at a forge. */
export interface Home {
  readonly kind: ForgeKind;
  /** `https://git.example.org`: where the token goes, and nowhere else. */
  readonly server: string;
  /** `cloud/fleet` */
  readonly path: string;
}

/** A pull request, which GitLab calls a merge request. */
export interface Proposal {
  readonly number: number;
  readonly url: string;
  /** Without what marks a draft. */
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed" | "merged";
  /** Its last commit. */
  readonly head: string;
}

/** What a new pull request is opened with. */
export interface NewProposal {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly isDraft: boolean;
  readonly labels: readonly string[];
  /** Names of users; `org/team` where the forge has teams that review. */
  readonly reviewers: readonly string[];
}

/** What a forge is asked for. Each rejects with what its client throws: `asked` in answer.ts makes an issue of it. */
export interface Forge {
  /** Where the repository is now: its path, which is another after it was renamed or moved. */
  readonly locate: () => Promise<string>;
  /** The open pull request of a branch into another; else the last one that was closed or merged. */
  readonly find: (branch: string, base: string) => Promise<Proposal | undefined>;
  /** Opens one. What could not be set on it, labels or reviewers, is a warning. */
  readonly open: (proposal: NewProposal) => Promise<{ proposal: Proposal; issues: readonly Issue[] }>;
  readonly change: (number: number, texts: { readonly title?: string; readonly body?: string }) => Promise<Proposal>;
}

/** The newest open one, else the newest. */
export const latest = (proposals: readonly Proposal[]): Proposal | undefined => {
  const newest = [...proposals].sort((one, other) => other.number - one.number);
  return newest.find(({ state }) => state === "open") ?? newest[0];
};

/** Reviewers as GitHub and Gitea take them: users, and teams without their organisation. */
export const peopleAndTeams = (reviewers: readonly string[]) => ({
  reviewers: reviewers.filter((name) => !name.includes("/")),
  team_reviewers: reviewers.filter((name) => name.includes("/")).map((name) => name.split("/")[1]!),
});
