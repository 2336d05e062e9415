import { type Answer, exchange } from "./ask.ts";

/** Where a host name leads: an address, and what the Gateway in front of it would add. */
export interface Way {
  readonly port: number;
  readonly protocol: "http:" | "https:";
  readonly headers?: Readonly<Record<string, string>>;
  readonly ca?: Buffer;
}

/** What is shown at the end of a way, and the URL that it is shown at. */
export interface Page {
  readonly url: string;
  readonly answer: Answer;
}

/** A browser without a window: it keeps cookies, follows redirects and fills in forms. */
export interface UserAgent {
  readonly visit: (url: string, headers?: Readonly<Record<string, string>>) => Promise<Page>;
  /** Sends the first form of a page, with its hidden fields. */
  readonly submit: (page: Page, fields: Readonly<Record<string, string>>) => Promise<Page>;
}

/** A browser for which names lead to servers of this machine; a name that is not among them ends the way. */
export function userAgent(ways: ReadonlyMap<string, Way>): UserAgent {
  const cookies = new Map<string, Map<string, string>>();
  const keep = (host: string, answer: Answer) => {
    const jar = cookies.get(host) ?? new Map<string, string>();
    cookies.set(host, jar);
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/expires=thu, 01.jan.1970|max-age=0/i.test(line) || value === "") jar.delete(name!);
      else jar.set(name!, value!);
    }
  };
  const go = async (
    url: string,
    { form, headers = {} }: { form?: URLSearchParams; headers?: Readonly<Record<string, string>> } = {},
    left = 20,
  ): Promise<Page> => {
    const { host, pathname, search } = new URL(url);
    const way = ways.get(host);
    if (way === undefined || left === 0) throw new Error(`no way to ${url}`);
    const body = form === undefined ? [] : [Buffer.from(form.toString())];
    const answer = await exchange(
      {
        ...{ protocol: way.protocol, host: "127.0.0.1", port: way.port, path: pathname + search, agent: false },
        method: form === undefined ? "GET" : "POST",
        headers: {
          ...(form === undefined
            ? {}
            : { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": body[0]!.length }),
          Accept: "text/html",
          Cookie: [...(cookies.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join("; "),
          Host: host,
          "Sec-Fetch-Mode": "navigate",
          "User-Agent": "Mozilla/5.0",
          ...way.headers,
          ...headers,
        },
        ...(way.ca === undefined ? {} : { ca: way.ca }),
      },
      body,
    );
    keep(host, answer);
    const { location } = answer.headers;
    return typeof location === "string" && answer.status! < 400
      ? go(new URL(location, url).href, {}, left - 1)
      : { url, answer };
  };
  return {
    visit: (url, headers) => go(url, headers === undefined ? {} : { headers }),
    submit: ({ url, answer }, fields) => {
      const { action, hidden } = formOf(answer);
      return go(new URL(action, url).href, { form: new URLSearchParams({ ...hidden, ...fields }) });
    },
  };
}

/** The first form of a page: where it is sent, and its hidden fields. */
export function formOf(answer: Answer): { readonly action: string; readonly hidden: Record<string, string> } {
  const text = answer.bytes.toString();
  const attribute = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  const form = /<form[^>]*>/.exec(text)?.[0];
  if (form === undefined) throw new Error(`no form: ${answer.status} ${text.slice(0, 500)}`);
  const inputs = [...text.matchAll(/<input[^>]*>/g)].map(([tag]) => tag);
  return {
    action: attribute(form, "action") ?? "",
    hidden: Object.fromEntries(
      inputs
        .filter((tag) => attribute(tag, "type") === "hidden")
        .map((tag) => [attribute(tag, "name")!, attribute(tag, "value") ?? ""]),
    ),
  };
}
