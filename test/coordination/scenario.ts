import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { releases } from "../../generator/contract/release.ts";
import { type Client, startClient } from "./client.ts";

let number = 0;

/** Of each release a client, and a rival that would like to have what the client holds. */
export interface Crowd {
  readonly clients: readonly Client[];
  readonly rivals: readonly Client[];
  stop(): void;
}

export async function startCrowd(url: string): Promise<Crowd> {
  const [clients, rivals]: [Client[], Client[]] = [[], []];
  for (const release of releases) {
    clients.push(await startClient(release, url));
    rivals.push(await startClient(release, url));
  }
  const stop = () => {
    for (const client of [...clients, ...rivals]) client.stop();
  };
  return { clients, rivals, stop };
}

/** Each client takes a lock, which its rival is not given. */
export async function heldByOne({ clients, rivals }: Crowd): Promise<void> {
  for (const [index, client] of clients.entries()) {
    expect(await persistently(() => client.take(`held-${client.release}`)), client.release).toBe(true);
    const rival = rivals[index]!;
    expect(await persistently(() => rival.take(`held-${client.release}`)), client.release).toBe(false);
  }
}

/** Each client gives back what it holds. */
export async function release({ clients }: Crowd): Promise<void> {
  for (const client of clients)
    expect(await persistently(() => client.release_(`held-${client.release}`)), client.release).toBe(true);
}

/** The first answer: a connection of the pool that leads to an old primary gives an error once. */
async function persistently(ask: () => Promise<boolean>, tries = 20): Promise<boolean> {
  try {
    return await ask();
  } catch (error) {
    if (tries === 0) throw error;
    await sleep(500);
    return persistently(ask, tries - 1);
  }
}

/** Prints a figure of a run, which docs/when-a-host-dies.md is written from. */
export const note = (what: string, seconds: number): void => console.log(`${what}: ${seconds.toFixed(1)} s`);

/** Seconds until a client of each release takes a lock that nobody has; each asks again when it is refused. */
export async function againAfter(what: string, { clients }: Crowd): Promise<void> {
  const began = performance.now();
  const lock = `new-${number++}`;
  await Promise.all(
    clients.map(async (client) => {
      for (;;) {
        const taken = await client.take(`${lock}-${client.release}`).catch(() => false);
        if (taken) break;
        if (performance.now() - began > 120_000) throw new Error(`${what}: ${client.release} has no lock after 120 s`);
        await sleep(200);
      }
      note(`${what}, ${client.release}`, (performance.now() - began) / 1000);
    }),
  );
}

/** What the clients hold is given to none of the others, however often they ask. */
export async function stays({ rivals }: Crowd, seconds = 5): Promise<void> {
  const end = performance.now() + seconds * 1000;
  do {
    for (const rival of rivals)
      expect(await rival.take(`held-${rival.release}`).catch(() => false), rival.release).toBe(false);
    await sleep(1000);
  } while (performance.now() < end);
}

/**
 * Longest time, in seconds, in which a client of any release took no lock that nobody has, while something is done; what the clients hold
 * is given to none of their rivals meanwhile.
 */
export async function longestPause(crowd: Crowd, work: Promise<void>): Promise<number> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  const pauses = crowd.clients.map(async (client) => {
    let [last, longest] = [performance.now(), 0];
    while (!isDone) {
      const lock = `pause-${client.release}-${number++}`;
      if (await client.take(lock).catch(() => false)) {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
        await client.release_(lock).catch(() => false);
      }
      await sleep(100);
    }
    return Math.max(longest, performance.now() - last) / 1000;
  });
  const asking = async () => {
    while (!isDone) await stays(crowd, 1);
  };
  const [, , ...all] = await Promise.all([done, asking(), ...pauses]);
  return Math.max(...all);
}
