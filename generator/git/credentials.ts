import { attempt, gitFor } from "./git.ts";

/**
 * The password that the operator's credential helpers keep for a repository: `git credential fill`, which asks no person here.
 * https://git-scm.com/docs/git-credential
 */
export async function storedPassword(folder: string, server: string, path: string): Promise<string | undefined> {
  const { protocol, host } = new URL(server);
  const asked = `protocol=${protocol.replace(":", "")}\nhost=${host}\npath=${path}.git\n\n`;
  const answer = await attempt(gitFor(folder, undefined, asked)("credential", "fill"));
  return "value" in answer ? /^password=(.+)$/m.exec(answer.value)?.[1] : undefined;
}
