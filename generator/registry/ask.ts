/** A server that gave no answer, and why: `ECONNREFUSED`. */
export interface Unanswered {
  readonly host: string;
  readonly reason: string;
}

const patience = 30_000;

/** One request. Where it leads to another host, fetch leaves the header `authorization` out. */
export async function ask(
  url: URL,
  method: "HEAD" | "GET",
  headers: Readonly<Record<string, string>>,
): Promise<Response | Unanswered> {
  try {
    return await fetch(url, { method, headers, signal: AbortSignal.timeout(patience) });
  } catch (cause) {
    const { name, cause: inner } = cause as Error & { cause?: { code?: string; message?: string } };
    const reason = name === "TimeoutError" ? `nothing came within ${patience / 1000} seconds` : inner?.code;
    return { host: url.host, reason: reason ?? inner?.message ?? name };
  }
}
