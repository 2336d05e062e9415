import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Release } from "../../generator/contract/release.ts";
import { toozOf } from "./programs.ts";

/** A process of a service, with its locks and its heartbeat. */
export interface Client {
  readonly release: Release;
  /** True when the lock is its own now, false when somebody else has it; throws with the words of tooz. */
  take(lock: string): Promise<boolean>;
  release_(lock: string): Promise<boolean>;
  stop(): void;
}

let count = 0;

/** True when tooz of a release does not come to work with this URL; the newer clients try for minutes before they give up. */
export const isRefused = (release: Release, url: string): Promise<boolean> =>
  startClient(release, url, 20_000).then(
    (client) => {
      client.stop();
      return false;
    },
    () => true,
  );

/** Starts tooz of a release with this URL; throws when it cannot log in, or not within some milliseconds. */
export async function startClient(release: Release, url: string, patience = 60_000): Promise<Client> {
  const script = join(import.meta.dirname, "client.py");
  const child = spawn(await toozOf(release), [script, url, `member-${count++}`], {
    stdio: ["pipe", "pipe", "inherit"],
    // A proxy of this machine means nothing there.
    env: { PATH: process.env.PATH },
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then((): never => {
    throw new Error("the client has ended");
  });
  ended.catch(() => undefined);
  const stop = () => child.kill("SIGKILL");
  let last: Promise<unknown> = Promise.resolve();
  const ask = (verb: string, lock: string): Promise<boolean> => {
    const asked = last.then(async () => {
      child.stdin.write(`${verb} ${lock}\n`);
      const [line] = (await Promise.race([once(lines, "line"), ended])) as [string];
      const { done, failed } = JSON.parse(line) as { done?: boolean; failed?: string };
      if (failed !== undefined) {
        if (verb === "start") stop();
        throw new Error(failed);
      }
      return done!;
    });
    last = asked.catch(() => undefined);
    return asked;
  };
  const impatient = setTimeout(stop, patience);
  await ask("start", "-").finally(() => clearTimeout(impatient));
  return { release, take: (lock) => ask("take", lock), release_: (lock) => ask("release", lock), stop };
}
