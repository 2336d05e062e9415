import type { Issue } from "../issues/issue.ts";

/** What a command gives back; printing it is main.ts's work. */
export interface Result {
  /** For stdout, for people. */
  readonly text?: string;
  /** The same for a pull request, where a command has it: `--output markdown`. */
  readonly markdown?: string;
  /** The same as a page for a browser: `--output html`. */
  readonly html?: string;
  /** The text for a terminal: with colours, and page by page. */
  readonly isLong?: true;
  /** The same for scripts: `--output json`. */
  readonly data?: object;
  /** For stderr; with an error among them the exit code is 1. */
  readonly issues?: readonly Issue[];
  /** 3 says that something differs, when the command was asked to look for that. */
  readonly exit?: 0 | 3;
}

/** What every command is given. */
export interface Setting {
  /** Root of the fleet's repository. */
  readonly root: string;
  /** Where the command was started. */
  readonly directory: string;
  /** Says what is going on, on a terminal and only when it takes long. */
  readonly progress: (text: string) => void;
}
