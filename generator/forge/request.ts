/** What fetch is, for the clients of all forges. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const patience = 30_000;
const mostRedirects = 3;
const mostAttempts = 3;
/** A forge that wants to be left alone for longer is asked again by the next run. */
const longestWait = 60;

/** A forge leads somewhere that the token must not go, or that would make another request of this one. */
export class Misled extends Error {
  readonly to: string;
  constructor(to: string) {
    super(`it leads to ${to}`);
    this.to = to;
  }
}

/**
 * Asks one server, and no other. Followed are redirects inside it that keep the request as it is: after 301 and 302 fetch would send a
 * POST as a GET, and headers of its own making to any server (https://fetch.spec.whatwg.org/#http-redirect-fetch).
 */
export const within =
  (server: string): Fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? null : await request.text();
    let url = new URL(request.url);
    for (let count = 0; ; count++) {
      if (url.origin !== server) throw new Misled(url.origin);
      const { method, headers } = request;
      const signal = AbortSignal.timeout(patience);
      const response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
      const location = response.headers.get("location");
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
      const next = new URL(location, url);
      const isKept = method === "GET" || [307, 308].includes(response.status);
      if (!isKept || count === mostRedirects) throw new Misled(`${next.origin}${next.pathname}`);
      url = next;
    }
  };

/**
 * Asks again what may be asked again: any request that the forge has put off with 429, and a GET that came to nothing. `pause` is what
 * passes for a second.
 */
export const patiently =
  (ask: Fetch, pause: number): Fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    for (let count = 1; ; count++) {
      const answer = await ask(request.clone()).catch((cause: unknown) => cause);
      const wait = waitOf(answer, request.method, count);
      if (wait !== undefined && count < mostAttempts) {
        await new Promise((done) => setTimeout(done, wait * pause));
        continue;
      }
      if (answer instanceof Response) return answer;
      throw answer;
    }
  };

/** Seconds until the next attempt; undefined where there is none. */
function waitOf(answer: unknown, method: string, count: number): number | undefined {
  if (!(answer instanceof Response)) return method !== "GET" || answer instanceof Misled ? undefined : count ** 2;
  if (answer.status === 429) {
    const wait = Number(answer.headers.get("retry-after") ?? count ** 2);
    return wait <= longestWait ? wait : undefined;
  }
  return method === "GET" && answer.status >= 500 ? count ** 2 : undefined;
}

export { longestWait, mostAttempts };
