import { GitError, GitPluginError, type SimpleGitOptions, simpleGit } from "simple-git";
import { error, type Issue, type IssueCode } from "../issues/issue.ts";

/** Runs git with these arguments and resolves to what it prints; rejects with a GitError that carries all that git said. */
export type Git = (...args: string[]) => Promise<string>;

/** Git as the operator has set it up, in a folder that exists. `input` is what it reads from standard input. */
export const gitIn = (folder: string, input?: string): Git => {
  const options = optionsOf(folder, input);
  // One instance runs its commands one after the other, with a pause after each that prints nothing.
  return async (...args) => simpleGit(options).raw(...guards, ...args);
};

/** A token, and the server that it is for: `https://git.example.org`. */
export interface Login {
  readonly server: string;
  readonly user: string;
  readonly token: string;
}

/**
 * Git that asks a remote, and no person. Where the operator's own helpers know no login for that server, and for that one alone, the
 * token is given: by a helper that reads it from the environment, so that it is in no address and in no list of processes. The
 * environment is that of this process, and of all it starts from here on: simple-git takes another one only without what the operator
 * has set up there. https://git-scm.com/docs/gitcredentials#_custom_helpers
 */
export const gitFor = (folder: string, login?: Login, input?: string): Git => {
  process.env.GIT_TERMINAL_PROMPT = "0";
  const own = optionsOf(folder, input);
  const transports = Object.keys(process.env).filter((name) =>
    /^(GIT_SSH|GIT_SSL_|GIT_HTTP_|(GIT|SSH)_ASKPASS$)/.test(name),
  );
  const options = { ...own, allowEnvironment: [...(own.allowEnvironment ?? []), ...transports] };
  if (login === undefined) return async (...args) => simpleGit(options).raw(...guards, ...args);
  process.env[tokenVariable] = login.token;
  const asked = { ...options, unsafe: { ...options.unsafe, allowUnsafeCredentialHelper: true } };
  const helper = `!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' ${login.user} "$${tokenVariable}"; }; f`;
  const given = ["-c", `credential.${login.server}.helper=${helper}`];
  return async (...args) => simpleGit(asked).raw(...guards, ...given, ...args);
};

const tokenVariable = "OVERSTACK_GIT_PASSWORD";

function optionsOf(folder: string, input?: string): Partial<SimpleGitOptions> {
  return {
    baseDir: folder,
    allowEnvironment: Object.keys(process.env).filter(isAllowed),
    // Hooks inherit the switch that forbids abbreviated options, and may use them.
    unsafe: { allowAbbreviatedOptions: true },
    // Output may still arrive after the process has ended: only the closed stream is the end of it.
    completion: { onExit: false },
    // simple-git takes a silent exit code for success; a hook that refuses without a word is not a success.
    errors: (error, { exitCode, stdOut, stdErr }) =>
      exitCode === 0 ? undefined : (error ?? Buffer.concat([...stdOut, ...stdErr])),
    ...(input === undefined ? {} : { input: () => input }),
  };
}

// A folder that looks like a bare repository may come with the one around it, with a configuration that names programs
// (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository).
const guards = ["-c", "safe.bareRepository=explicit"];

/** What came of a git command: its value, or what git said. Any other error is a bug of ours, and is thrown on. */
export async function attempt<T>(command: PromiseLike<T>): Promise<{ value: T } | { said: string }> {
  try {
    return { value: await command };
  } catch (error) {
    if (!(error instanceof GitError) || error instanceof GitPluginError) throw error;
    return { said: error.message.trim() };
  }
}

/** Items of a list that git wrote with -z. */
export const listed = (output: string): string[] => output.split("\0").filter((item) => item !== "");

/** True when git could not be started at all. */
export const isMissing = (said: string): boolean => /\bENOENT\b/.test(said);

/** An error without a file. */
export const refusal = (code: IssueCode, message: string, hint: string): Issue => error(code, message, hint);

/** Git has to be installed. */
export const noGit = refusal("no-git", "git was not found", "Install git, or put the folder that it lies in on PATH.");

// Who commits, and which configuration counts. GIT_DIR, GIT_INDEX_FILE and the like stay out: hooks are given them
// (https://git-scm.com/docs/githooks), and they would lead to another repository than that of the fleet.
const isAllowed = (name: string): boolean =>
  /^GIT_(AUTHOR_|COMMITTER_|CONFIG_|CEILING_DIRECTORIES$|DISCOVERY_|TERMINAL_PROMPT$|TRACE)/.test(name);
