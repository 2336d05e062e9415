import { existsSync } from "node:fs";
import { checkoutProblems } from "../git/checkout.ts";
import { hasErrors } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";
import { hold } from "../tree/lock.ts";
import { finishReplacing } from "../tree/replace.ts";
import type { Result } from "./command.ts";

/**
 * A command that writes, while nothing else does. It begins with what one before it was killed at. What the command reads
 * it has to read inside: what was read before may have changed while it waited. `only`: the clusters that it is about.
 */
export async function exclusively(
  root: string,
  command: () => Promise<Result>,
  only?: readonly string[],
): Promise<Result> {
  // The command itself says in words that there is no such folder.
  if (!existsSync(root)) return command();
  let held: ReturnType<typeof hold>;
  try {
    held = hold(root);
  } catch (cause) {
    return { issues: [cannotWrite((cause as NodeJS.ErrnoException).path ?? root, cause, "Then run it again.")] };
  }
  if ("issue" in held) return { issues: [held.issue] };
  try {
    const unfit = await checkoutProblems(root, only);
    const issues = hasErrors(unfit) ? unfit : finishReplacing(root);
    return hasErrors(issues) ? { issues } : await command();
  } finally {
    held.release();
  }
}
