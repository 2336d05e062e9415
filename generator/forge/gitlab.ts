import { MergeRequests, Projects, Users } from "@gitbeaker/core";
import { createRequesterFn } from "@gitbeaker/requester-utils";
import { type Issue, warning } from "../issues/issue.ts";
import { Refused } from "./answer.ts";
import { type Forge, type Home, latest, type Proposal } from "./forge.ts";
import { type Fetch, patiently, within } from "./request.ts";

/** GitLab. https://docs.gitlab.com/api/merge_requests/ */
export function gitLab(home: Home, token: string, pause: number): Forge {
  // Its own requester would send the token to where a redirect leads, and waits for no rate limit.
  const options = {
    host: home.server,
    oauthToken: token,
    requesterFn: requesterWith(patiently(within(home.server), pause)),
  };
  const [projects, requests, users] = [new Projects(options), new MergeRequests(options), new Users(options)];
  let project: string | number = home.path;

  return {
    async locate() {
      const { id, path_with_namespace } = await projects.show(project);
      project = id;
      return path_with_namespace;
    },
    async find(branch, base) {
      const found = await requests.all({
        projectId: project,
        sourceBranch: branch,
        targetBranch: base,
        orderBy: "created_at",
        sort: "desc",
        perPage: 100,
        maxPages: 1,
      });
      return latest((found as unknown as Merge[]).map(proposalOf));
    },
    async open({ branch, base, title, body, isDraft, labels, reviewers }) {
      const people = await Promise.all(
        reviewers.map(async (name) => ({ name, id: (await users.all({ username: name }))[0]?.id })),
      );
      const reviewerIds = people.flatMap(({ id }) => (id === undefined ? [] : [id]));
      const created = await requests.create(project, branch, base, isDraft ? `Draft: ${title}` : title, {
        description: body,
        ...(labels.length > 0 ? { labels: labels.join(",") } : {}),
        ...(reviewerIds.length > 0 ? { reviewerIds } : {}),
      });
      const proposal = proposalOf(created as unknown as Merge);
      const unknown = people.filter(({ id }) => id === undefined).map(({ name }) => name);
      return { proposal, issues: unknown.length === 0 ? [] : [noReviewer(unknown, proposal)] };
    },
    async change(number, { title, body }) {
      const changed = await requests.edit(project, number, {
        ...(title === undefined ? {} : { title }),
        ...(body === undefined ? {} : { description: body }),
      });
      return proposalOf(changed as unknown as Merge);
    },
  };
}

/** What GitLab answers with, as far as it is read here. */
interface Merge {
  readonly iid: number;
  readonly web_url: string;
  readonly title: string;
  readonly description: string | null;
  readonly state: string;
  readonly sha: string | null;
}

/** https://docs.gitlab.com/user/project/merge_requests/drafts/ */
const draftMark = /^(\[draft\]|\(draft\)|draft:)\s*/i;

const proposalOf = ({ iid, web_url, title, description, state, sha }: Merge): Proposal => ({
  ...{ number: iid, url: web_url, title: title.replace(draftMark, ""), body: description ?? "", head: sha ?? "" },
  state: state === "opened" ? "open" : state === "merged" ? "merged" : "closed",
});

const noReviewer = (names: readonly string[], { url }: Proposal): Issue =>
  warning("not-set", `reviewers are not set: there is no user ${names.join(", ")}`, `Set them there: ${url}.`);

/** The client's own way of asking, by another fetch. */
const requesterWith = (ask: Fetch) =>
  createRequesterFn(
    async (_, options) => options,
    async (endpoint, options) => {
      const { prefixUrl = "", searchParams, method = "GET", headers = {}, body } = options as Asked;
      const url = new URL(endpoint, `${prefixUrl.replace(/\/$/, "")}/`);
      url.search = searchParams ?? "";
      const response = await ask(url, { method, headers, ...(body === undefined ? {} : { body }) });
      const text = await response.text();
      if (!response.ok)
        throw new Refused({ status: response.status, message: messageIn(text), isBusy: response.status === 429 });
      return {
        body: text === "" ? null : JSON.parse(text),
        headers: Object.fromEntries(response.headers.entries()),
        status: response.status,
      };
    },
  );

interface Asked {
  readonly prefixUrl?: string;
  readonly searchParams?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** `{"message": …}` or `{"error": …}`, each a text, a list or a map of lists. */
function messageIn(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    const said = message ?? error ?? "";
    return typeof said === "string"
      ? said
      : Object.values(said as object)
          .flat()
          .join("; ");
  } catch {
    return "";
  }
}
