import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../cluster/processes.ts";
import { now } from "../database/load.ts";
import { type Call, type Messaging, startMessaging } from "./scenario.ts";

/* Three hosts, each with a broker and a service. None of the services tries a call again. */
let at: Messaging;
beforeAll(async () => {
  at = await startMessaging();
});
afterAll(() => at?.stop());

const failed = (calls: readonly Call[]) => calls.flatMap(({ error }) => (error === null ? [] : [error]));

/** Calls of these hosts that were sent from a moment on, when none of the first minute waits any more. */
async function callsSince(moment: number, hosts: readonly number[]): Promise<Call[]> {
  const sent = () => at.calls().filter(({ from, began }) => hosts.includes(from) && began >= moment);
  // Two calls a second, and each ends in a minute.
  await until(
    "calls of a minute",
    () => sent().filter(({ began }) => began < moment + 60).length >= hosts.length * 110,
    {
      seconds: 180,
    },
  );
  await sleep(Math.max(0, moment + 75 - now()) * 1000);
  return sent();
}

function note(what: string, calls: readonly Call[]): void {
  const slowest = Math.max(...calls.map(({ seconds }) => seconds));
  const over = calls.filter(({ seconds }) => seconds > 20).length;
  console.log(
    `${what}: ${failed(calls).length} of ${calls.length} calls failed, ${over} took longer than 20 s, the slowest ${slowest.toFixed(1)} s`,
  );
}

test("the program of a broker is killed: every call is answered", async () => {
  const moment = now();
  at.brokers[1]!.restart("rabbitmq");
  const calls = await callsSince(moment, [0, 1, 2]);
  note("the program of a broker is killed", calls);
  expect(failed(calls)).toEqual([]);
});

test.each([2, 1, 0])(
  "host %i is silent: every call of the others is answered, and none waits for its time limit",
  async (lost) => {
    const others = [0, 1, 2].filter((host) => host !== lost);
    const moment = now();
    at.setLink(lost, "down");
    const calls = await callsSince(moment, others);
    note(`host ${lost} is silent`, calls);
    expect(failed(calls)).toEqual([]);
    const starts = () => at.brokers[lost]!.log("rabbitmq").split("Server startup complete").length;
    const before = starts();
    const back = now();
    at.setLink(lost, "up");
    // It sees that it was alone, and joins the others again.
    await until("the broker again", () => starts() > before, { seconds: 180 });
    await until(
      "calls of all hosts again",
      () => {
        const answered = at.calls().filter(({ began, error }) => began > back && error === null);
        return new Set(answered.map(({ from }) => from)).size === 3;
      },
      { seconds: 120 },
    );
    const returning = at.calls().filter(({ from, began }) => others.includes(from) && began >= back);
    note(`host ${lost} comes back`, returning);
    expect(failed(returning)).toEqual([]);
  },
);
