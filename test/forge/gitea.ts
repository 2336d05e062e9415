import { type Api, created, type Told } from "./github.ts";
import type { Pull, State } from "./server.ts";

/** Gitea and Forgejo: https://docs.gitea.com/api/ */
export function giteaApi(state: State): Api {
  const prefix = "/api/v1";
  const shown = (pull: Pull) => ({
    ...{ number: pull.number, title: pull.title, body: pull.body },
    html_url: `${state.url}/${state.path}/pulls/${pull.number}`,
    state: pull.state === "open" ? "open" : "closed",
    merged: pull.state === "merged",
    head: { ref: pull.branch, sha: pull.head, repo_id: 7 },
    base: { ref: pull.base, repo_id: 7 },
  });

  return {
    prefix,
    home: "/repos/",
    homeOf: (path) => `${prefix}/repos/${path}`,
    get authorization() {
      return `Bearer ${state.token}`;
    },
    user: "x-access-token",
    answer(method, path, query, body) {
      if (!path.startsWith(`/repos/${state.path}`)) return undefined;
      const [, what, number, part] = path.slice(`/repos/${state.path}`.length).split("/");
      const pull = state.pulls.find((each) => each.number === Number(number));
      if (what === undefined) return { status: 200, body: { full_name: state.path } };
      const [page, limit] = [Number(query.get("page") ?? 1), Number(query.get("limit"))];
      // A server has a limit of its own, too.
      const paged = <T>(all: readonly T[], size = Math.min(limit, 2)) => all.slice((page - 1) * size, page * size);
      if (what === "labels")
        return { status: 200, body: paged(state.labels.map((name, index) => ({ name, id: index + 1 }))) };
      if (method === "GET") {
        const ofState = state.pulls.filter((each) => (each.state === "open") === (query.get("state") === "open"));
        return { status: 200, body: paged(ofState.toReversed()).map(shown) };
      }
      if (number === undefined)
        return created(state, body as unknown as Told, "pull request already exists for these targets:", 409, shown);
      if (pull === undefined) return undefined;
      if (part === "labels") {
        pull.labels.push(...(body.labels as unknown as number[]).map((id) => state.labels[id - 1]!));
        return { status: 200, body: pull.labels.map((name) => ({ name })) };
      }
      if (part === "requested_reviewers") {
        const names = body.reviewers as unknown as string[];
        if (names.some((name) => !state.users.includes(name)))
          return { status: 404, body: { message: "user does not exist" } };
        pull.reviewers.push(...names);
        return { status: 201, body: [] };
      }
      Object.assign(pull, body);
      return { status: 201, body: shown(pull) };
    },
  };
}
