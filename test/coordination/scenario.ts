import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Client } from "./client.ts";

let number = 0;

/** Prints a figure of a run, which docs/when-a-host-dies.md is written from. */
export const note = (what: string, seconds: number): void => console.log(`${what}: ${seconds.toFixed(1)} s`);

/** Seconds until a client of each release takes a lock that nobody has; each asks again when it is refused. */
export async function againAfter(what: string, clients: readonly Client[]): Promise<void> {
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
export async function stays(rivals: readonly Client[], seconds = 5): Promise<void> {
  const end = performance.now() + seconds * 1000;
  do {
    for (const rival of rivals)
      expect(await rival.take(`held-${rival.release}`).catch(() => false), rival.release).toBe(false);
    await sleep(1000);
  } while (performance.now() < end);
}
