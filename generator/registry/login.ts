import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ask, type Unanswered } from "./ask.ts";

/**
 * What a registry wants to see after it said 401: the word of its header `WWW-Authenticate` decides. `Basic` takes a user and
 * password; `Bearer` a token that another server gives, to anybody for public images. Undefined where there is nothing to show.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
export async function authorizationFor(registry: URL, challenge: string): Promise<string | undefined | Unanswered> {
  const basic = basicLogin(registry.host);
  const bearer = /\bBearer\s+(.*)/i.exec(challenge)?.[1];
  if (bearer === undefined) return /\bBasic\b/i.test(challenge) ? basic : undefined;
  const { realm, ...asked } = parameters(bearer);
  const server = realm === undefined ? undefined : tokenServer(realm, registry);
  if (server === undefined) return undefined;
  for (const key of ["service", "scope"]) if (asked[key] !== undefined) server.searchParams.set(key, asked[key]);
  const answer = await ask(server, "GET", basic === undefined ? {} : { authorization: basic });
  if ("reason" in answer) return answer;
  const token = answer.ok ? tokenIn(await answer.text().catch(() => "")) : undefined;
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** `realm="https://auth.example.org/token",service="…"` -> its parts. */
const parameters = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!.toLowerCase(), value!]));

/** Undefined for an address that would carry a password, or the token, in plain text where the registry itself does not. */
function tokenServer(realm: string, registry: URL): URL | undefined {
  if (!URL.canParse(realm)) return undefined;
  const server = new URL(realm);
  return server.protocol === "https:" || server.protocol === registry.protocol ? server : undefined;
}

function tokenIn(text: string): string | undefined {
  const { token, access_token } = (parsed(text) ?? {}) as { token?: unknown; access_token?: unknown };
  return [token, access_token].find((word): word is string => typeof word === "string" && word !== "");
}

/** The name that Docker keeps the login of its hub by: https://docs.docker.com/reference/cli/docker/login/ */
const loginOfHub = "https://index.docker.io/v1/";

/**
 * User and password as `docker login` and `podman login --compat-auth-file` leave them; helpers, which are programs, are not
 * called. A file that cannot be read holds no login: the registry then refuses, and that is said.
 */
function basicLogin(host: string): string | undefined {
  const folder = process.env.DOCKER_CONFIG ?? join(homedir(), ".docker");
  const name = host === hubHost ? loginOfHub : host;
  const { auths } = (parsed(textOf(join(folder, "config.json"))) ?? {}) as {
    auths?: Record<string, { auth?: unknown }>;
  };
  const auth = auths?.[name]?.auth ?? auths?.[`https://${name}`]?.auth;
  return typeof auth === "string" && auth !== "" ? `Basic ${auth}` : undefined;
}

/** Images of `docker.io` are served by another name: https://github.com/distribution/reference/blob/main/normalize.go */
export const hubHost = "registry-1.docker.io";

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
