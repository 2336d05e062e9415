import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Refused, reasonOf, settingOn } from "./answer.ts";
import { type Forge, type Home, latest, type NewProposal, type Proposal, peopleAndTeams } from "./forge.ts";
import { type Fetch, longestWait, Misled, mostAttempts, within } from "./request.ts";

const Client = Octokit.plugin(retry, throttling);

/** Each client waits for itself alone. */
let clients = 0;

/** The address of GitHub's API; a server of one's own has it at /api/v3. */
const apiOf = (server: string): string =>
  server === "https://github.com" ? "https://api.github.com" : `${server}/api/v3`;

/** GitHub, and GitHub Enterprise Server. https://docs.github.com/en/rest/pulls/pulls */
export function gitHub(home: Home, token: string, pause: number): Forge {
  const baseUrl = apiOf(home.server);
  const isWaitedFor = (seconds: number, _: object, __: object, count: number) =>
    seconds <= longestWait && count < mostAttempts - 1;
  const client = new Client({
    auth: token,
    baseUrl,
    userAgent: "overstack",
    request: { fetch: misleading(within(new URL(baseUrl).origin)) },
    retry: {
      doNotRetry: [400, 401, 403, 404, 410, 422, 451, misdirected],
      retryAfterBaseValue: pause,
      retries: mostAttempts - 1,
    },
    throttle: {
      id: String(++clients),
      onRateLimit: isWaitedFor,
      onSecondaryRateLimit: isWaitedFor,
      retryAfterBaseValue: pause,
    },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  let [owner, repo] = home.path.split("/") as [string, string];
  const tell = <T>(request: Promise<T>): Promise<T> => request.catch(refused);

  return {
    async locate() {
      const { data } = await tell(client.request("GET /repos/{owner}/{repo}", { owner, repo }));
      [owner, repo] = data.full_name.split("/") as [string, string];
      return data.full_name;
    },
    async find(branch, base) {
      const asked = {
        owner,
        repo,
        head: `${owner}:${branch}`,
        base,
        state: "all",
        sort: "created",
        direction: "desc",
      } as const;
      const { data } = await tell(client.request("GET /repos/{owner}/{repo}/pulls", { ...asked, per_page: 100 }));
      return latest(data.filter(({ head }) => head.ref === branch).map(proposalOf));
    },
    async open({ branch, base, title, body, isDraft, labels, reviewers }: NewProposal) {
      const told = { owner, repo, head: branch, base, title, body, draft: isDraft };
      const { data } = await tell(client.request("POST /repos/{owner}/{repo}/pulls", told));
      const proposal = proposalOf(data);
      const { issues, set } = settingOn(home, token, proposal);
      if (labels.length > 0)
        await set(
          "labels are",
          tell(
            client.request("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", {
              ...{ owner, repo, issue_number: proposal.number, labels: [...labels] },
            }),
          ),
        );
      if (reviewers.length > 0)
        await set(
          "reviewers are",
          tell(
            client.request("POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", {
              ...{ owner, repo, pull_number: proposal.number },
              ...peopleAndTeams(reviewers),
            }),
          ),
        );
      return { proposal, issues };
    },
    async change(number, texts) {
      const told = { owner, repo, pull_number: number, ...texts };
      const { data } = await tell(client.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", told));
      return proposalOf(data);
    },
  };
}

/** Octokit asks again where fetch fails, unless the status of an answer says that it must not. */
const misdirected = 421;

const misleading =
  (ask: Fetch): Fetch =>
  async (input, init) => {
    try {
      return await ask(input, init);
    } catch (cause) {
      if (cause instanceof Misled) return new Response(cause.to, { status: misdirected });
      throw cause;
    }
  };

/** What GitHub answers with, as far as it is read here. */
interface Pull {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
  readonly state: string;
  readonly merged_at: string | null;
  readonly head: { readonly sha: string; readonly ref: string };
}

const proposalOf = ({ number, html_url, title, body, state, merged_at, head }: Pull): Proposal => ({
  ...{ number, url: html_url, title, body: body ?? "", head: head.sha },
  state: merged_at !== null ? "merged" : state === "open" ? "open" : "closed",
});

/** Octokit calls an answer that never came one of status 500. */
function refused(cause: unknown): never {
  const {
    status,
    response,
    cause: inner,
    message,
  } = cause as {
    status?: number;
    response?: { headers: Record<string, string | undefined>; data?: unknown };
    cause?: unknown;
    message: string;
  };
  if (status === misdirected && response !== undefined) throw new Misled(String(response.data));
  if (response === undefined || status === undefined) throw reasonOf(inner) === undefined ? cause : inner;
  const isBusy =
    status === 429 ||
    (status === 403 && (response.headers["x-ratelimit-remaining"] === "0" || /secondary rate/i.test(message)));
  throw new Refused({ status, message: message.replace(/ - https:\/\/docs\.github\.com\S*$/, ""), isBusy });
}

const quiet = (): void => {};
