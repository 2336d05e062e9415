import { expect } from "vitest";
import type { Release } from "../../generator/contract/release.ts";
import { ask } from "./ask.ts";
import { judged } from "./judged.ts";
import {
  adminToken,
  type Options,
  runCrons,
  runJobs,
  serversOf,
  serviceToken,
  startAlone,
  workersOf,
} from "./small-cloud.ts";

/** What every service does in its life: its Jobs run, its servers answer, its programs stay at work, its crons end. */
export async function wholeLife(
  component: string,
  release: Release,
  onTestFinished: (remove: () => Promise<void>) => void,
  options: Options = {},
): Promise<void> {
  const small = await startAlone(component, release, onTestFinished, options);
  const { cloud, service, urls, identity } = small;
  // uwsgi ends each connection after the answer: clients that are not told send their next request into the void.
  for (const [role, url] of urls) expect((await ask(url)).headers, role).toMatchObject({ connection: "close" });
  for (const worker of workersOf(service)) await cloud.work(service, worker);
  await judged.get(component)!.atWork?.(urls, await adminToken(small));

  const held = await serviceToken(small);
  // As after each upgrade: they find everything there, and change nothing that somebody uses.
  await runJobs(cloud, service, "expand");
  if (held !== undefined)
    expect(await ask(`${identity}/v3/auth/catalog`, { headers: held })).toMatchObject({ status: 200 });

  await runJobs(cloud, service, "contract");
  await runCrons(cloud, service);
  expect(urls.size).toBe(serversOf(service).length);
  expect(Object.entries(await cloud.stop()).filter(([, end]) => end !== 0)).toEqual([]);
}
