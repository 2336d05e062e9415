import type { Answer, Pull, State } from "./server.ts";

/** The part of a forge's API that is asked here. */
export interface Api {
  readonly prefix: string;
  /** What stands before the name of a repository in a path. */
  readonly home: string;
  readonly homeOf: (path: string) => string;
  /** The header by which the token is shown, and the user that git names with it. */
  readonly authorization: string;
  readonly user: string;
  /** Undefined for what there is not. */
  readonly answer: (method: string, path: string, query: URLSearchParams, body: Body) => Answer | undefined;
}

export type Body = Readonly<Record<string, never>> & Partial<Record<string, unknown>>;

/** GitHub: https://docs.github.com/en/rest/pulls/pulls */
export function github(state: State): Api {
  const prefix = "/api/v3";
  const shown = (pull: Pull) => ({
    ...{ number: pull.number, title: pull.title, body: pull.body, draft: pull.isDraft },
    html_url: `${state.url}/${state.path}/pull/${pull.number}`,
    state: pull.state === "open" ? "open" : "closed",
    merged_at: pull.state === "merged" ? "2026-01-01T00:00:00Z" : null,
    head: { ref: pull.branch, sha: pull.head },
    base: { ref: pull.base },
  });
  const ofState = (pulls: readonly Pull[], wanted: string | null) =>
    pulls.filter((pull) => wanted === "all" || (pull.state === "open") === (wanted !== "closed"));

  return {
    prefix,
    home: "/repos/",
    homeOf: (path) => `${prefix}/repos/${path}`,
    get authorization() {
      return `token ${state.token}`;
    },
    user: "x-access-token",
    answer(method, path, query, body) {
      if (!path.startsWith(`/repos/${state.path}`)) return undefined;
      const [owner] = state.path.split("/");
      const [, what, number, part] = path.slice(`/repos/${state.path}`.length).split("/");
      const pull = state.pulls.find((each) => each.number === Number(number));
      if (what === undefined) return { status: 200, body: { full_name: state.path } };
      if (method === "GET") {
        const isAsked = (each: Pull) =>
          query.get("head") === `${owner}:${each.branch}` && query.get("base") === each.base;
        return { status: 200, body: ofState(state.pulls.filter(isAsked), query.get("state")).map(shown) };
      }
      if (number === undefined)
        return created(state, body as unknown as Told, "A pull request already exists for", 422, shown);
      if (pull === undefined) return undefined;
      if (part === "labels") {
        pull.labels.push(...(body.labels as unknown as string[]));
        return { status: 200, body: pull.labels.map((name) => ({ name })) };
      }
      if (part === "requested_reviewers") {
        const names = body.reviewers as unknown as string[];
        if (names.some((name) => !state.users.includes(name)))
          return { status: 422, body: { message: "Reviews may only be requested from collaborators." } };
        pull.reviewers.push(...names);
        return { status: 201, body: shown(pull) };
      }
      Object.assign(pull, body);
      return { status: 200, body: shown(pull) };
    },
  };
}

export interface Told {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  readonly reviewers?: readonly string[];
}

/** A new one; a forge keeps one open for each pair of branches. */
export function created(
  state: State,
  { head, base, title, body, draft, labels = [], reviewers = [] }: Told,
  refusal: string,
  status: number,
  shown: (pull: Pull) => unknown,
): Answer {
  if (state.pulls.some((pull) => pull.state === "open" && pull.branch === head && pull.base === base))
    return { status, body: { message: "Validation Failed", errors: [{ message: `${refusal} ${head}.` }] } };
  const pull: Pull = {
    ...{ number: state.pulls.length + 1, title, body, state: "open", branch: head, base, isDraft: draft === true },
    ...{ head: state.headOf(head), labels: [...labels], reviewers: [...reviewers] },
  };
  state.pulls.push(pull);
  return { status: 201, body: shown(pull) };
}
