import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a registry lets people in: anybody, by user and password, by a token that its own server gives to those. */
export type Way = "open" | "basic" | "token";

/** What a registry on this machine does. */
export interface Behaviour {
  readonly way?: Way;
  /** Who may look; with `token` and none, anybody is given a token. */
  readonly login?: string;
  /** The digest of `path:tag`; undefined where there is no such image. */
  readonly digest?: (image: string) => string | undefined;
  /** The status of every answer, without more. */
  readonly status?: number;
  readonly withoutHeader?: boolean;
}

const token = "a-token-of-the-test";

/** A registry that speaks what of the distribution API concerns digests. `seen` are the requests that it had. */
export async function registry(behaviour: Behaviour): Promise<{ host: string; seen: string[]; server: Server }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(behaviour, request, response);
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

function answer(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  const { way = "open", login, digest, status, withoutHeader } = behaviour;
  const { authorization, host, accept = "" } = request.headers;
  const url = new URL(request.url!, `http://${host}`);
  const basic = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  if (url.pathname === "/token") {
    const isRight = authorization === basic && url.searchParams.get("scope")?.endsWith(":pull") === true;
    response.statusCode = isRight ? 200 : 401;
    if (isRight) response.write(JSON.stringify({ token }));
    return;
  }
  const [, path, tag] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url.pathname) ?? [];
  if (status !== undefined) response.statusCode = status;
  else if (way === "basic" && authorization !== basic)
    response.writeHead(401, { "www-authenticate": 'Basic realm="registry"' });
  else if (way === "token" && authorization !== `Bearer ${token}`)
    response.writeHead(401, {
      "www-authenticate": `Bearer realm="http://${host}/token",service="registry",scope="repository:${path}:pull"`,
    });
  else if (!accept.includes("application/vnd.oci.image.index.v1+json") || digest?.(`${path}:${tag}`) === undefined)
    response.statusCode = 404;
  else if (withoutHeader !== true) response.setHeader("docker-content-digest", digest(`${path}:${tag}`)!);
}
