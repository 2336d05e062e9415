import { globSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gitBackend, isOfGit } from "../tools/git-backend.ts";
import { descriptionOf } from "./descriptions.ts";
import { giteaApi } from "./gitea.ts";
import { type Api, github } from "./github.ts";
import { gitlab } from "./gitlab.ts";

export type Kind = "github" | "gitlab" | "gitea" | "forgejo";

/** A pull request as the forge keeps it. */
export interface Pull {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed" | "merged";
  branch: string;
  base: string;
  head: string;
  labels: string[];
  reviewers: string[];
  isDraft: boolean;
}

/** What a forge knows. */
export interface State {
  path: string;
  /** Names that it had before. */
  former: string[];
  token: string;
  pulls: Pull[];
  labels: string[];
  users: string[];
  /** The last commit of a branch. */
  headOf: (branch: string) => string;
  url: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What happens instead of an answer, to the first request that it is about; true when it was about this one. */
export type Accident = (request: string, response: ServerResponse) => boolean;

/** A forge on this machine: git over HTTP for the repositories below `folder`, and the part of its API that is asked here. */
export async function forgeServer(kind: Kind, folder: string, known: Pick<State, "headOf">) {
  const seen: string[] = [];
  const faults: string[] = [];
  const accidents: Accident[] = [];
  const state: State = {
    ...{
      path: "cloud/fleet",
      former: [],
      token: "token-of-the-test",
      pulls: [],
      labels: ["openstack"],
      users: ["ann"],
      url: "",
    },
    ...known,
  };
  const api: Api = kind === "github" ? github(state) : kind === "gitlab" ? gitlab(state) : giteaApi(state);
  const described = kind === "gitlab" ? undefined : descriptionOf(kind === "github" ? "github" : "gitea", api.prefix);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, `http://${request.headers.host}`);
    const { method = "GET" } = request;
    const { authorization = "" } = request.headers;
    if (isOfGit(url.pathname)) {
      faults.push(...commandsWith(state.token));
      const isKnown = authorization === `Basic ${Buffer.from(`${api.user}:${state.token}`).toString("base64")}`;
      if (isKnown) gitBackend(folder, url, request, response, api.user);
      else response.writeHead(401, { "www-authenticate": 'Basic realm="forge"' }).end();
      return;
    }
    const line = `${method} ${url.pathname.slice(api.prefix.length)}`;
    seen.push(line);
    // A connection whose request was not read to its end is closed, which its client may see before the answer.
    const text = await textOf(request);
    const at = accidents.findIndex((accident) => accident(line, response));
    if (at !== -1) return void accidents.splice(at, 1);
    const body = text === "" ? undefined : JSON.parse(text);
    if (authorization !== api.authorization)
      return send(response, { status: 401, body: { message: "Bad credentials" } });
    const named = decodeURIComponent(url.pathname.slice(api.prefix.length));
    const old = state.former.find((path) => named === `${api.home}${path}`);
    if (old !== undefined) return send(response, { status: 301, headers: { location: api.homeOf(state.path) } });
    faults.push(...(described?.faultsOf(method, url, body) ?? []));
    const { status, body: values } = api.answer(method, named, url.searchParams, body) ?? {
      status: 404,
      body: { message: "Not Found" },
    };
    send(response, {
      status,
      body: status < 300 && described !== undefined ? described.answerTo(method, url.pathname, status, values) : values,
    });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      faults.push(error.message);
      response.writeHead(418).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { state, seen, faults, accidents, url: state.url, close };
}

/** Programs of this machine that have been started with a text among their arguments: anybody can see those. */
const commandsWith = (text: string): string[] =>
  globSync("/proc/[0-9]*/cmdline").flatMap((path) => {
    try {
      return readFileSync(path, "utf8").includes(text) ? [`the token is an argument: ${path}`] : [];
    } catch {
      return [];
    }
  });

export function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
