import { GitError, type SimpleGit, simpleGit } from "simple-git";
import type { Issue } from "../issues.ts";

/**
 * Git as the operator has set it up, in a folder that exists. A command that fails rejects with a GitError that carries
 * all that git said. `input` is what the command reads from standard input.
 */
export const gitIn = (folder: string, input?: string): SimpleGit =>
  simpleGit({
    baseDir: folder,
    allowEnvironment,
    // Hooks inherit the switch that forbids abbreviated options, and may use them.
    unsafe: { allowAbbreviatedOptions: true },
    // simple-git takes a silent exit code for success; a hook that refuses without a word is none.
    errors: (error, { exitCode, stdOut, stdErr }) =>
      exitCode === 0 ? undefined : (error ?? Buffer.concat([...stdOut, ...stdErr])),
    ...(input === undefined ? {} : { input: () => input }),
  });

/** What came of a git command: its value, or what git said. What is no failure of git is our bug, and thrown on. */
export async function attempt<T>(command: PromiseLike<T>): Promise<{ value: T } | { said: string }> {
  try {
    return { value: await command };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return { said: error.message.trim() };
  }
}

/** Items of a list that git wrote with -z. */
export const listed = (output: string): string[] => output.split("\0").filter((item) => item !== "");

/** True when git could not be started at all. */
export const isMissing = (said: string): boolean => /\bENOENT\b/.test(said);

/** An error without a file. */
export const refusal = (code: string, message: string, hint: string): Issue => ({
  code,
  severity: "error",
  message,
  hint,
});

/** Git has to be installed. */
export const noGit = refusal("no-git", "git was not found", "Install git, or put the folder that it lies in on PATH.");

// Who commits, and which configuration counts. GIT_DIR, GIT_INDEX_FILE and the like stay out: hooks are given them,
// and they would lead to another repository than the one that the fleet lies in.
const allowEnvironment = Object.keys(process.env).filter((name) =>
  /^GIT_(AUTHOR_|COMMITTER_|CONFIG_|CEILING_DIRECTORIES$|DISCOVERY_|TRACE)|^(GIT_)?EDITOR$/.test(name),
);
