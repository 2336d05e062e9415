import { error, type Issue } from "../issues/issue.ts";
import type { Home, Proposal } from "./forge.ts";
import { nounOf, tokenVariables } from "./home.ts";
import { Misled } from "./request.ts";

/** What a forge said instead of yes. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** It wants to be asked less often. */
  readonly isBusy: boolean;
}

/** A refusal as clients of this room throw it that have no class of their own. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** What came of a request: its value, or what is to be said. An error that is neither the forge's nor the network's is a bug, and thrown on. */
export async function asked<T>(
  home: Home,
  token: string,
  request: Promise<T>,
): Promise<{ value: T } | { issue: Issue; status: number }> {
  try {
    return { value: await request };
  } catch (cause) {
    const { message, hint, code, status } = explained(home, cause);
    const hide = (text: string): string => text.replaceAll(token, "***");
    return { issue: error(code, hide(message), hint), status };
  }
}

function explained(home: Home, cause: unknown): Pick<Issue, "code" | "message" | "hint"> & { status: number } {
  const { host } = new URL(home.server);
  if (cause instanceof Misled)
    return {
      code: "forge-elsewhere",
      message: `${host} leads this request to ${cause.to}, which is not followed`,
      hint: "The token is sent to no other server. If the repository or the forge has moved, tell git: git remote set-url origin URL.",
      status: 0,
    };
  const refusal = cause instanceof Refused ? cause.refusal : undefined;
  if (refusal === undefined) {
    const reason = reasonOf(cause);
    if (reason === undefined) throw cause;
    return {
      code: "unreachable-forge",
      message: `${host} does not answer: ${reason}`,
      hint: "Run the command again when it does: what is done already is not done twice.",
      status: 0,
    };
  }
  return { ...ofStatus(home, host, refusal), status: refusal.status };
}

/** Why fetch came to nothing; undefined for an error that is not of the network. */
export function reasonOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if (cause.name === "TimeoutError") return "nothing came within 30 seconds";
  if (!(cause instanceof TypeError) || cause.cause === undefined) return undefined;
  const { code, message } = cause.cause as { code?: string; message?: string };
  return code ?? message ?? cause.message;
}

function ofStatus(
  home: Home,
  host: string,
  { status, message, isBusy }: Refusal,
): Pick<Issue, "code" | "message" | "hint"> {
  const noun = nounOf(home);
  const said = `${host} says ${status}${message === "" ? "" : `: ${firstLine(message)}`}`;
  if (isBusy)
    return { code: "forge-busy", message: said, hint: "It has been asked too often. Run the command again later." };
  switch (status) {
    case 401:
      return {
        code: "refused-token",
        message: `${host} does not know the token, or no longer (401)`,
        hint: `Make a new one that may write the repository and its ${noun}s, and put it into ${tokenVariables[home.kind][0]}.`,
      };
    case 403:
      return {
        code: "missing-right",
        message: said,
        hint: `The token has to be allowed to write the repository and its ${noun}s. In a job of the forge, the repository's settings may have to allow that, too.`,
      };
    case 404:
      return {
        code: "unknown-repository",
        message: `${host} has no repository ${home.path}, or does not show it to this token`,
        hint: "Compare with git remote get-url origin. Forges say the same of a private repository that the token may not read.",
      };
    default:
      return status >= 500
        ? {
            code: "forge-failed",
            message: said,
            hint: "Run the command again later: what is done already is not done twice.",
          }
        : {
            code: "refused-proposal",
            message: said,
            hint: `The branch is pushed. Remove the cause, then propose again; or open the ${noun} yourself: --forge none prints it.`,
          };
  }
}

const firstLine = (text: string): string => text.trim().split("\n")[0]!.slice(0, 300);

/** Sets one thing after another on a pull request that is open now; what is refused is a warning. True where it is set. */
export function settingOn(home: Home, token: string, proposal: Proposal) {
  const issues: Issue[] = [];
  const set = async (what: string, request: Promise<unknown>): Promise<boolean> => {
    const outcome = await asked(home, token, request);
    if ("issue" in outcome) issues.push(notSet(what, outcome, proposal));
    return "value" in outcome;
  };
  return { issues, set };
}

/** A warning about what could not be set on a pull request that is open now. */
const notSet = (what: string, { issue }: { readonly issue: Issue }, { url }: Proposal): Issue => ({
  ...issue,
  code: "not-set",
  severity: "warning",
  message: `${what} not set: ${issue.message}`,
  hint: `Set them there: ${url}.`,
});
