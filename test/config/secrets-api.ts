import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Secrets of a namespace: name -> key -> bytes. */
export type Secrets = Map<string, Record<string, Buffer>>;

/** The part of the Kubernetes API that reads, creates and replaces Secrets; over HTTP, as certificates are not its concern. */
export async function serveSecrets(secrets: Secrets): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    const name = /^\/api\/v1\/namespaces\/[^/]+\/secrets(?:\/(.+))?$/.exec(request.url!)?.[1];
    if (request.method === "GET") {
      const data = secrets.get(name!);
      if (data === undefined) return answer(404, {});
      return answer(200, {
        metadata: { name, resourceVersion: "1" },
        data: mapped(data, (value) => value.toString("base64")),
      });
    }
    const { metadata, data } = JSON.parse(await text(request)) as {
      metadata: { name: string };
      data: Record<string, string>;
    };
    if (request.method === (secrets.has(metadata.name) ? "POST" : "PUT")) return answer(409, {});
    secrets.set(
      metadata.name,
      mapped(data, (value) => Buffer.from(value, "base64")),
    );
    answer(200, {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

const mapped = <A, B>(data: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, change(value)]));
