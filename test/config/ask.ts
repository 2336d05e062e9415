import http from "node:http";
import https from "node:https";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";

export interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** From JSON, where it is. */
  readonly body: unknown;
  /** As it came. */
  readonly bytes: Buffer;
  /** Serial number of the server's certificate, where it has one. */
  readonly serial: string | undefined;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON, buffers as a body of unknown length, each as one chunk. A header of the same name wins. */
  readonly body?: object | readonly Buffer[];
  /** Whom an HTTPS server's certificate must come from. */
  readonly ca?: Buffer | undefined;
}

/** An HTTP exchange over a connection of its own. */
export const ask = (url: string, { method, headers = {}, body, ca }: Question = {}): Promise<Answer> => {
  const json = body === undefined || Array.isArray(body) ? undefined : Buffer.from(JSON.stringify(body));
  const described = json === undefined ? {} : { "Content-Type": "application/json", "Content-Length": json.length };
  const { protocol, hostname, port, pathname, search } = new URL(url);
  return exchange(
    {
      // Node takes an address of IPv6 without its brackets.
      ...{ protocol, host: hostname.replace(/^\[|\]$/g, ""), port, path: pathname + search, agent: false },
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { ...described, ...headers },
      ...(ca === undefined ? {} : { ca }),
    },
    Array.isArray(body) ? body : json === undefined ? [] : [json],
  );
};

/** The same from options of Node; each buffer is sent as one chunk. */
export const exchange = (options: https.RequestOptions, chunks: readonly Buffer[] = []): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = (options.protocol === "http:" ? http : https).request(options, async (response) => {
      const serial = options.protocol === "http:" ? undefined : serialOf(response.socket as TLSSocket);
      const bytes = await buffer(response);
      const said = bytes.toString();
      const isJson = response.headers["content-type"]?.includes("json") && said !== "";
      const body: unknown = isJson ? JSON.parse(said) : said;
      resolve({ status: response.statusCode, headers: response.headers, body, bytes, serial });
    });
    request.on("error", reject);
    for (const chunk of chunks) request.write(chunk);
    request.end();
  });

const serialOf = (socket: TLSSocket): string => socket.getPeerCertificate().serialNumber;

/** What is there after a while: neither undefined, null, false nor empty. How long that may take is the test's limit. */
export async function eventually<T>(look: () => T | Promise<T>): Promise<Exclude<T, undefined | null | false | "">> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false && found !== "") return found as never;
    await sleep(500);
  }
}

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  readonly project: string;
}

/** A token of a user in a project of its domain. */
export async function login(
  identity: string,
  { user, password, domain, project }: Login,
  ca?: Buffer,
): Promise<{ readonly "X-Auth-Token": string }> {
  const home = { name: domain };
  const auth = {
    identity: { methods: ["password"], password: { user: { name: user, domain: home, password } } },
    scope: { project: { name: project, domain: home } },
  };
  const { status, headers, body } = await ask(`${identity}/v3/auth/tokens`, { body: { auth }, ca });
  if (status !== 201) throw new Error(`${user} cannot log in: ${status} ${JSON.stringify(body)}`);
  return { "X-Auth-Token": String(headers["x-subject-token"]) };
}
