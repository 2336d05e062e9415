import type { Request } from "./load.ts";

/** What is asked for, or sent. */
export type Kind = Request["what"];

/** What users ask for. */
export const apis: readonly Kind[] = ["version", "token", "project", "image", "upload"];
/** What services send each other. */
export const messages: readonly Kind[] = ["call", "notification"];

/** What users and services saw of an event. The kinds of requests are all of them when none is named. */
export interface Seen {
  /** When the event was: seconds since 1970. */
  readonly from: number;
  /** Requests of each kind and failed ones, as a sentence. */
  counts(...kinds: readonly Kind[]): string;
  /** Requests, and failed ones among them. */
  of(...kinds: readonly Kind[]): { readonly all: number; readonly failed: number };
  /** Seconds from the event until the last request that failed was sent; 0 when none failed. */
  lastFailure(...kinds: readonly Kind[]): number;
  /** The longest time in which none of these kinds was acknowledged, in seconds. */
  pause(...kinds: readonly Kind[]): number;
  /** Why requests failed, and how often. */
  errors(...kinds: readonly Kind[]): string;
}

/**
 * Looks at the requests that were under way at an event or sent after it (`from` and `to` are seconds since 1970), but for
 * those from hosts that are lost: their users are lost with them.
 */
export function seenOf(requests: readonly Request[], from: number, to: number, lost: readonly string[] = []): Seen {
  const all = requests.filter(
    ({ at, seconds, host }) => at + seconds >= from && at + seconds <= to && !lost.includes(host),
  );
  const choose = (kinds: readonly Kind[]) => all.filter(({ what }) => kinds.length === 0 || kinds.includes(what));
  const failedOf = (chosen: readonly Request[]) => chosen.filter(({ error }) => error !== null);
  const present = [...apis, ...messages].filter((kind) => all.some(({ what }) => what === kind));
  return {
    from,
    counts: (...kinds) =>
      present
        .filter((kind) => kinds.length === 0 || kinds.includes(kind))
        .map((kind) => {
          const chosen = choose([kind]);
          return `${kind} ${failedOf(chosen).length} of ${chosen.length}`;
        })
        .join(", "),
    of(...kinds) {
      const chosen = choose(kinds);
      return { all: chosen.length, failed: failedOf(chosen).length };
    },
    lastFailure: (...kinds) => Math.max(0, ...failedOf(choose(kinds)).map(({ at }) => at - from)),
    pause(...kinds) {
      const acknowledged = choose(kinds).filter(({ error }) => error === null);
      const times = [from, ...acknowledged.map(({ at, seconds }) => at + seconds), to].sort((a, b) => a - b);
      return Math.max(...times.slice(1).map((time, index) => time - times[index]!));
    },
    errors(...kinds) {
      const causes = new Map<string, number>();
      for (const { what, error } of failedOf(choose(kinds))) {
        // Without what is different each time.
        const cause = `${what}: ${error!.replace(/[0-9a-f-]{16,}/g, "…").slice(0, 90)}`;
        causes.set(cause, (causes.get(cause) ?? 0) + 1);
      }
      return [...causes]
        .sort(([, a], [, b]) => b - a)
        .map(([cause, count]) => `${count} x ${cause}`)
        .join("; ");
    },
  };
}

/** Names of what was made by requests of a kind that were acknowledged. */
export const acknowledgedOf = (requests: readonly Request[], kind: Kind): string[] =>
  requests.flatMap(({ what, error, name }) => (what === kind && error === null ? [name!] : []));
