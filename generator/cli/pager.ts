import { spawn } from "node:child_process";
import { attempt, gitIn } from "../git/git.ts";

/**
 * The program that git would page with: https://git-scm.com/docs/git-var#Documentation/git-var.txt-GITPAGER. Undefined where nothing is
 * to be paged: `cat`, or nothing.
 */
export async function pagerOf(root: string, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const configured = await attempt(gitIn(root)("config", "--get", "core.pager"));
  const found = env.GIT_PAGER ?? ("value" in configured ? configured.value.trim() : undefined) ?? env.PAGER ?? "less";
  return ["", "cat"].includes(found) ? undefined : found;
}

/**
 * Shows a text page by page, and ends when the reader does. `less` is told what git tells it: to end where one screen holds all, to
 * show colours, and to leave what was read on the screen. False where the pager did not start.
 */
export const page = (text: string, pager: string): Promise<boolean> =>
  new Promise((resolve) => {
    const env = { LESS: "FRX", LV: "-c", ...process.env };
    const child = spawn(pager, { shell: true, stdio: ["pipe", "inherit", "inherit"], env });
    child.on("error", () => resolve(false));
    // 127: a shell that does not find the program.
    child.on("close", (code) => resolve(code !== 127));
    // The reader may leave before the end.
    child.stdin.on("error", () => {});
    child.stdin.end(text);
  });
