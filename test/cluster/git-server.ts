import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import { join, normalize } from "node:path";
import { gitBackend, isOfGit } from "../tools/git-backend.ts";

/*
 * Serves repositories and files below <root>/<host>/ under https://<host>/, for each host that leads here: git by git's own
 * http-backend, everything else as files. A program of its own, since tests block while they run kubectl.
 * node git-server.ts ROOT ADDRESS CERTIFICATE KEY
 */
const [root, address, certificate, key] = process.argv.slice(2) as [string, string, string, string];

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  const url = new URL(request.url!, `https://${request.headers.host}`);
  const folder = join(root, request.headers.host!.split(":")[0]!);
  if (isOfGit(url.pathname)) gitBackend(folder, url, request, response);
  else sendFile(join(folder, normalize(url.pathname)), response);
}).listen(443, address);

function sendFile(path: string, response: ServerResponse): void {
  if (existsSync(path) && statSync(path).isFile()) createReadStream(path).pipe(response);
  else response.writeHead(404).end("not found\n");
}
