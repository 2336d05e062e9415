import { expect } from "vitest";
import { changes, snapshot } from "../observe.ts";
import type { Site } from "../site.ts";

/** A service that was removed since then: its data is there, the rest of it and nothing else is gone. */
export async function expectRemoved(site: Site, before: Record<string, string>, service: string): Promise<void> {
  const after = await snapshot(site.cluster);
  const { made, deleted } = changes(before, after);
  expect(made).toEqual([]);
  expect(deleted).toContainEqual(expect.stringMatching(new RegExp(`^Deployment \\S+/${service}-api$`)));
  const data = Object.keys(after).filter((object) => object.includes(`/${service}`));
  expect(data.every((object) => /^(?:Database|User|Grant|Connection) /.test(object))).toBe(true);
  expect(data.some((object) => object.startsWith("Database "))).toBe(true);
}
