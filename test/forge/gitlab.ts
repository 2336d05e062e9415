import type { MergeRequestSchemaWithBasicLabels, ProjectSchema, SimpleUserSchema } from "@gitbeaker/core";
import { type Api, created } from "./github.ts";
import type { Answer, Pull, State } from "./server.ts";

/**
 * GitLab: https://docs.gitlab.com/api/merge_requests/. Its description is in no registry: names and types of what is answered are those
 * of the client's own types.
 */
export function gitlab(state: State): Api {
  const prefix = "/api/v4";
  const shown = (pull: Pull) =>
    ({
      ...{ iid: pull.number, title: pull.title, description: pull.body, sha: pull.head },
      web_url: `${state.url}/${state.path}/-/merge_requests/${pull.number}`,
      state: pull.state === "open" ? "opened" : pull.state,
    }) satisfies Partial<MergeRequestSchemaWithBasicLabels>;
  const parameters = ["state", "source_branch", "target_branch", "order_by", "sort", "per_page", "page", "pagination"];

  return {
    prefix,
    home: "/projects/",
    homeOf: (path) => `${prefix}/projects/${encodeURIComponent(path)}`,
    get authorization() {
      return `Bearer ${state.token}`;
    },
    user: "oauth2",
    answer(method, named, query, body): Answer | undefined {
      // A project goes by its number, and by its path as one word.
      const path = named.replace(`/projects/${state.path}`, "/projects/42");
      if (path === "/users")
        return {
          status: 200,
          body: state.users.flatMap((username, index) =>
            username === query.get("username") ? [{ id: index + 1, username } satisfies Partial<SimpleUserSchema>] : [],
          ),
        };
      if (path === "/projects/42")
        return { status: 200, body: { id: 42, path_with_namespace: state.path } satisfies Partial<ProjectSchema> };
      if (!path.startsWith("/projects/42/merge_requests")) return undefined;
      const unknown = [...query.keys()].find((name) => !parameters.includes(name));
      if (unknown !== undefined) return { status: 400, body: { error: `${unknown} is invalid` } };
      const pull = state.pulls.find((each) => each.number === Number(path.split("/")[4]));
      if (method === "GET") {
        const found = state.pulls.filter(
          ({ branch, base }) => branch === query.get("source_branch") && base === query.get("target_branch"),
        );
        return { status: 200, body: found.map(shown) };
      }
      if (method === "POST") {
        const {
          source_branch,
          target_branch,
          title,
          description,
          labels,
          reviewer_ids = [],
        } = body as unknown as Merge;
        return created(
          state,
          {
            ...{ head: source_branch, base: target_branch, title, body: description },
            labels: labels === undefined ? [] : labels.split(","),
            reviewers: reviewer_ids.map((id) => state.users[id - 1]!),
            draft: title.startsWith("Draft:"),
          },
          "Another open merge request already exists for this source branch:",
          409,
          shown,
        );
      }
      if (pull === undefined) return undefined;
      const { title = pull.title, description = pull.body } = body as unknown as Partial<Merge>;
      Object.assign(pull, { title, body: description });
      return { status: 200, body: shown(pull) };
    },
  };
}

interface Merge {
  readonly source_branch: string;
  readonly target_branch: string;
  readonly title: string;
  readonly description: string;
  readonly labels?: string;
  readonly reviewer_ids?: readonly number[];
}
