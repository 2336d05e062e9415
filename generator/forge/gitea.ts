import { giteaApi, type PullRequest } from "gitea-js";
import { type Issue, warning } from "../issues/issue.ts";
import { Refused, settingOn } from "./answer.ts";
import { type Forge, type Home, latest, type Proposal, peopleAndTeams } from "./forge.ts";
import { patiently, within } from "./request.ts";

const perPage = 50;
const mostPages = 20;

/** Gitea, and Forgejo, which has kept this part of its API. https://docs.gitea.com/api/ */
export function gitea(home: Home, token: string, pause: number): Forge {
  const client = giteaApi(home.server, { token, customFetch: patiently(within(home.server), pause) });
  let [owner, repo] = home.path.split("/") as [string, string];
  const tell = async <T>(request: Promise<{ data: T }>): Promise<T> => (await request.catch(refused)).data;

  /** All of one state; there is no question for those of a branch. */
  const ofState = async (state: "open" | "closed", pages: number, isOurs: (pull: PullRequest) => boolean) => {
    const found: PullRequest[] = [];
    for (let page = 1; page <= pages; page++) {
      const query = { state, sort: "recentupdate", page, limit: perPage } as const;
      const pulls = await tell(client.repos.repoListPullRequests(owner, repo, query));
      found.push(...pulls.filter(isOurs));
      // A server may give fewer than it was asked for.
      if (pulls.length === 0 || found.length > 0) break;
    }
    return found.map(proposalOf);
  };

  /** Numbers of labels by their names: the API of Forgejo takes no names. It looks until it has all of them. */
  const learnLabels = async (wanted: readonly string[], ids: Map<string, number>): Promise<void> => {
    for (let page = 1; page <= mostPages; page++) {
      const labels = await tell(client.repos.issueListLabels(owner, repo, { page, limit: perPage }));
      for (const { id, name = "" } of labels) if (id !== undefined && wanted.includes(name)) ids.set(name, id);
      if (labels.length === 0 || wanted.every((name) => ids.has(name))) return;
    }
  };

  return {
    async locate() {
      const { full_name = home.path } = await tell(client.repos.repoGet(owner, repo));
      [owner, repo] = full_name.split("/") as [string, string];
      return full_name;
    },
    async find(branch, base) {
      const isOurs = ({ head, base: into }: PullRequest) =>
        head?.ref === branch && into?.ref === base && head?.repo_id === into?.repo_id;
      const open = await ofState("open", mostPages, isOurs);
      return latest(open.length > 0 ? open : await ofState("closed", 1, isOurs));
    },
    async open({ branch, base, title, body, isDraft, labels, reviewers }) {
      const marked = isDraft ? `WIP: ${title}` : title;
      const created = await tell(
        client.repos.repoCreatePullRequest(owner, repo, { head: branch, base, title: marked, body }),
      );
      const proposal = proposalOf(created);
      const { issues, set } = settingOn(home, token, proposal);
      if (labels.length > 0) {
        const ids = new Map<string, number>();
        const isListed = await set("labels are", learnLabels(labels, ids));
        const absent = labels.filter((label) => !ids.has(label));
        if (isListed && absent.length > 0) issues.push(noLabel(absent, proposal));
        if (ids.size > 0)
          await set(
            "labels are",
            tell(client.repos.issueAddLabel(owner, repo, proposal.number, { labels: [...ids.values()] })),
          );
      }
      if (reviewers.length > 0)
        await set(
          "reviewers are",
          tell(client.repos.repoCreatePullReviewRequests(owner, repo, proposal.number, peopleAndTeams(reviewers))),
        );
      return { proposal, issues };
    },
    async change(number, texts) {
      return proposalOf(await tell(client.repos.repoEditPullRequest(owner, repo, number, texts)));
    },
  };
}

/** https://docs.gitea.com/usage/pull-request#work-in-progress-pull-requests */
const draftMark = /^(wip:|\[wip\])\s*/i;

const proposalOf = ({
  number = 0,
  html_url = "",
  title = "",
  body = "",
  state,
  merged,
  head,
}: PullRequest): Proposal => ({
  ...{ number, url: html_url, title: title.replace(draftMark, ""), body, head: head?.sha ?? "" },
  state: merged === true ? "merged" : state === "open" ? "open" : "closed",
});

const noLabel = (names: readonly string[], { url }: Proposal): Issue =>
  warning(
    "not-set",
    `labels are not set: the repository has no ${names.join(", ")}`,
    `Make them, and set them there: ${url}.`,
  );

/** The client throws the answer itself, with what it has read of it. */
function refused(cause: unknown): never {
  if (!(cause instanceof Response)) throw cause;
  const { message } = ((cause as Response & { error?: unknown }).error ?? {}) as { message?: unknown };
  throw new Refused({
    status: cause.status,
    message: typeof message === "string" ? message : "",
    isBusy: cause.status === 429,
  });
}
