import { planFleet } from "../fleet/plan.ts";
import { changedFiles } from "../git/changed-files.ts";
import { fleetPath } from "../git/checkout.ts";
import { commitFleet } from "../git/commit.ts";
import { error, hasErrors, type Issue } from "../issues/issue.ts";
import { plainSecretsIn } from "../secrets/plain-text.ts";
import { differences } from "../tree/plan.ts";
import type { Result, Setting } from "./command.ts";
import { exclusively } from "./exclusive.ts";
import { plural } from "./output.ts";

/** One commit of what differs in the fleet; refused while the files are not what cluster.yaml asks for. */
export const commit = ({ root }: Setting): Promise<Result> => exclusively(root, () => commitIn(root));

async function commitIn(root: string): Promise<Result> {
  const issues = await unfitToCommit(root);
  if (hasErrors(issues)) return { issues };
  const { commit: made, leftStaged, issues: refused } = await commitFleet(root);
  const all = [...issues, ...refused];
  if (hasErrors(refused)) return { issues: all };
  const left = leftStaged.length === 0 ? "" : `\nLeft staged, outside the fleet's folders: ${leftStaged.join(", ")}`;
  if (made === undefined) return { issues: all, data: { commit: null, leftStaged }, text: `Nothing to commit.${left}` };
  const { id, branch, subject, body, files } = made;
  return {
    issues: all,
    data: { commit: { id, branch: branch ?? null, subject, body, files }, leftStaged },
    text: `[${branch ?? "detached HEAD"} ${id.slice(0, 9)}] ${subject}\n${body === "" ? "" : `\n${body}\n\n`}${plural(files, "file")}${left}`,
  };
}

/** What keeps the fleet's files from a commit, and what else is to be said of them. */
export async function unfitToCommit(root: string): Promise<readonly Issue[]> {
  const { plan, issues } = planFleet(root, { path: await fleetPath(root) });
  if (plan === undefined) return issues;
  const stale = Object.values(differences(plan)).flat();
  if (stale.length > 0) return [...issues, notGenerated(stale)];
  return [...issues, ...plainSecretsIn(root, await changedFiles(root))];
}

const notGenerated = (stale: readonly string[]): Issue =>
  error(
    "not-generated",
    `${plural(stale.length, "file")} would change when generated, ${stale[0]} first`,
    "Run: overstack generate, read the change, then commit.",
  );
