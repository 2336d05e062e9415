import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { authority, serverPair } from "./certificates.ts";

/** Secrets of a namespace, and its ConfigMaps, whose values come as they are: name -> key -> bytes. */
export type Secrets = Map<string, Record<string, Buffer>>;

/** Namespace whose Secrets stand below its name; all others are one. */
const originals = "originals";

/** A server of this machine that programs in pods take for the Kubernetes API. */
export interface KubernetesApi {
  readonly server: Server;
  readonly port: number;
  readonly ca: Buffer;
}

/** The part of the Kubernetes API that our Jobs use: it reads, creates and replaces Secrets, reads ConfigMaps, and knows of no pod. */
export async function serveKubernetes(secrets: Secrets): Promise<KubernetesApi> {
  const ca = await authority();
  const { certificate, key } = await serverPair(ca, ["IP:127.0.0.1"]);
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    if (/\/pods\b/.test(request.url!)) return answer(200, { kind: "PodList", items: [] });
    const [, namespace, own] =
      /^\/api\/v1\/namespaces\/([^/]+)\/(?:secrets|configmaps)(?:\/(.+))?$/.exec(request.url!) ?? [];
    const name = namespace === originals ? `${originals}/${own}` : own;
    if (request.method === "GET") {
      const data = secrets.get(name!);
      if (data === undefined) return answer(404, {});
      return answer(200, {
        metadata: { name, resourceVersion: "1" },
        data: mapped(data, (value) => value.toString(isPlain(request.url!) ? "utf8" : "base64")),
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
  return { server, port: (server.address() as AddressInfo).port, ca: ca.certificate };
}

const isPlain = (url: string): boolean => url.includes("/configmaps/");

const mapped = <A, B>(data: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, change(value)]));
