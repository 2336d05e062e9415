import { describe } from "./changes.ts";
import { fleetPaths } from "./fleet-files.ts";
import type { Git } from "./git.ts";
import type { Message } from "./message.ts";
import { changeOptions, changesIn, textIn, textsOf } from "./status.ts";

/**
 * What commits say together: one that is alone has its own message, several are described as `commit` would have described them in
 * one. `prefix` is where the fleet lies in the repository.
 */
export async function messageOfRange(git: Git, prefix: string, from: string, to: string): Promise<Message> {
  const ids = (await git("rev-list", `${from}..${to}`)).split("\n").filter((line) => line !== "");
  if (ids.length === 1) {
    const [subject = "", ...rest] = (await git("log", "-1", "--format=%B", ids[0]!)).trim().split("\n");
    return { subject, body: rest.join("\n").trim() };
  }
  const changes = changesIn(await git("diff", ...changeOptions, from, to, "--", ...fleetPaths));
  return describe(changes, await textsOf(changes, textIn(git, from, prefix), textIn(git, to, prefix)));
}

/** `overstack/eu1-change-glance`: the same for the same change, wherever and whenever it is made. */
export const branchFor = ({ subject }: Message): string =>
  `overstack/${
    subject
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 60)
      .replace(/^-+|-+$/g, "") || "change"
  }`;
