import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";

/** True for the requests of a git that reads, and of one that pushes. */
export const isOfGit = (path: string): boolean =>
  /\/(?:info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.*)$/.test(path);

/**
 * Answers as git's own `git http-backend` does, by the common gateway interface, for the repositories below a folder. Pushes are taken
 * from a `user`.
 */
export function gitBackend(
  folder: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  user?: string,
): void {
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      ...(user === undefined ? {} : { REMOTE_USER: user }),
      // Repositories belong to the user who runs the tests.
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
    },
  });
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  backend.stdout.on("data", (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const lines = head.subarray(0, end).toString().split("\r\n");
    const headers = lines.map((line) => line.split(/: (.*)/s) as [string, string]);
    const status = headers.find(([name]) => name === "Status")?.[1] ?? "200";
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers.filter(([name]) => name !== "Status")));
    response.write(head.subarray(end + 4));
  });
  backend.stdout.on("end", () => response.end());
}
