import { join } from "node:path";
import { expect, test } from "vitest";
import { asked, Refused } from "../../generator/forge/answer.ts";
import { templateOf } from "../../generator/forge/body.ts";
import type { ForgeKind } from "../../generator/forge/forge.ts";
import { homeOf } from "../../generator/forge/home.ts";
import { Misled } from "../../generator/forge/request.ts";
import { checkBranch } from "../../generator/git/heads.ts";
import { formatIssue, type Issue } from "../../generator/issues/issue.ts";

const home = (kind: ForgeKind) => ({ kind, server: "https://git.example.org", path: "cloud/fleet" });

/** What is said when a forge, or the network, throws this. */
async function saidOf(kind: ForgeKind, cause: unknown): Promise<Issue[]> {
  const outcome = await asked(home(kind), "token-of-the-test", Promise.reject(cause));
  return "issue" in outcome ? [outcome.issue] : [];
}
const answer = (status: number, message = "", isBusy = false) => new Refused({ status, message, isBusy });

test("what is said of each mistake", async () => {
  const said: Record<string, readonly Issue[]> = {
    "a branch -f": checkBranch("-f").issues,
    "a branch a..b": checkBranch("a..b").issues,
    "a branch @{-1}": checkBranch("@{-1}").issues,
    "a remote at a server that is not known": homeOf("https://git.example.org/cloud/fleet", undefined, {}).issues,
    "a remote without owner": homeOf("https://github.com/fleet", undefined, {}).issues,
    "a remote with too much": homeOf("https://user:hunter2@github.com/a/b/c", undefined, {}).issues,
    "a remote on this machine": homeOf("/srv/fleet.git", "github", {}).issues,
    "a template with another name": templateOf("{{titel}}", "pull-request.hbs").issues,
    "a template that does not end": templateOf("{{#if summary}}", "pull-request.hbs").issues,
    "a token that has expired": await saidOf("github", answer(401, "Bad credentials")),
    "a token that may too little": await saidOf("gitlab", answer(403, "insufficient_scope: token-of-the-test")),
    "a repository that is not shown": await saidOf("gitea", answer(404, "Not Found")),
    "a pull request that is refused": await saidOf("github", answer(422, "No commits between main and x\nmore")),
    "a forge that is asked too often": await saidOf("gitlab", answer(429, "Retry later", true)),
    "a forge that fails": await saidOf("forgejo", answer(503)),
    "a forge that leads elsewhere": await saidOf("gitea", new Misled("https://evil.example.org")),
    "a forge that is slow": await saidOf("github", Object.assign(new Error("slow"), { name: "TimeoutError" })),
    "a forge that is not there": await saidOf(
      "gitlab",
      new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code: "ENOTFOUND" }) }),
    ),
  };
  const text = Object.entries(said).map(([what, issues]) => `# ${what}\n${issues.map(formatIssue).join("\n")}\n`);
  expect(text.join("\n")).not.toMatch(/hunter2|token-of-the-test/);
  await expect(text.join("\n")).toMatchFileSnapshot(join(import.meta.dirname, "mistakes.txt"));
});

test("an error that is neither the forge's nor the network's is a defect, and is thrown on", async () => {
  const defect = new TypeError("x is not a function");
  await expect(asked(home("github"), "x", Promise.reject(defect))).rejects.toBe(defect);
});
