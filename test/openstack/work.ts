import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../cluster/processes.ts";
import type { Client } from "./client.ts";

const script = readFileSync(join(import.meta.dirname, "work.sh"), "utf8");
const log = "/tmp/work.log";

/** One request of the user at work. */
export interface Request {
  readonly what: string;
  /** When it was answered, or given up: seconds since 1970. */
  readonly at: number;
  readonly failed: boolean;
  /** Of what it has made. */
  readonly name: string;
}

/** Starts a user at work in the client's pod; what comes back returns the requests so far. */
export async function startWork(client: Client): Promise<() => Request[]> {
  client("sh", "-c", 'printf %s "$1" > /tmp/work.sh; sh /tmp/work.sh > "$2" 2>&1 &', "work", script, log);
  const requests = () =>
    client("cat", log)
      .split("\n")
      .flatMap((line) => {
        const match = /^(\w+) (\d+) (\d{3}) ([\d.]+) (\S+)$/.exec(line);
        if (match === null) return [];
        const [, what, at, code, , name] = match as unknown as string[];
        return [{ what: what!, at: Number(at), failed: !code!.startsWith("2"), name: name! }];
      });
  await until("the user at work", () => requests().filter(({ failed }) => !failed).length > 5, { seconds: 60 });
  return requests;
}

/** Requests of each kind and failed ones, as a sentence. */
export function countOf(requests: readonly Request[]): string {
  const kinds = [...new Set(requests.map(({ what }) => what))];
  return kinds
    .map((kind) => {
      const of = requests.filter(({ what }) => what === kind);
      return `${kind}: ${of.filter(({ failed }) => failed).length} of ${of.length} failed`;
    })
    .join(", ");
}
