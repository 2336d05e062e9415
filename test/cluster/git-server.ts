import { spawn } from "node:child_process";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { join, normalize } from "node:path";

/*
 * Serves repositories and files below <root>/<host>/ under https://<host>/, for each host that leads here: git by git's own
 * http-backend, everything else as files. A program of its own, since tests block while they run kubectl.
 * node git-server.ts ROOT ADDRESS CERTIFICATE KEY
 */
const [root, address, certificate, key] = process.argv.slice(2) as [string, string, string, string];

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  const { pathname, search } = new URL(request.url!, `https://${request.headers.host}`);
  const folder = join(root, request.headers.host!.split(":")[0]!);
  const service = /\/(?:info\/refs|git-upload-pack|HEAD|objects\/.*)$/.exec(pathname);
  if (service !== null) gitBackend(folder, pathname, search.slice(1), request, response);
  else sendFile(join(folder, normalize(pathname)), response);
}).listen(443, address);

/** The common gateway interface of `git http-backend`. */
function gitBackend(
  folder: string,
  path: string,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
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

function sendFile(path: string, response: ServerResponse): void {
  if (existsSync(path) && statSync(path).isFile()) createReadStream(path).pipe(response);
  else response.writeHead(404).end("not found\n");
}
