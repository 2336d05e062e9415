import { error, type Issue } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { recipientProblem } from "../sops/keys.ts";

/** Whom files are encrypted to; an Issue where the cluster's Secrets do not lie in the repository. */
export function recipientsOf({ spec }: Model): { recipients: readonly string[] } | { issues: readonly Issue[] } {
  const { secrets, name, file } = spec;
  if (secrets.provider === "sops") {
    const problems = secrets.recipients.flatMap((recipient, index): Issue[] => {
      const problem = recipientProblem(recipient);
      return problem === undefined
        ? []
        : [
            error("bad-recipient", `secrets.recipients[${index}]: ${problem.message}`, problem.hint, {
              file,
              path: ["secrets", "recipients", index],
            }),
          ];
    });
    return problems.length > 0 ? { issues: problems } : { recipients: secrets.recipients };
  }
  const elsewhere =
    secrets.provider === "existing"
      ? `Run: overstack secrets manifest ${name}, for the list of what must be there.`
      : `Run: overstack secrets export ${name}, for what the store must hold.`;
  return {
    issues: [
      error(
        "no-secret-files",
        `secrets.provider of ${name} is ${secrets.provider}: its Secrets do not lie in this repository`,
        `${elsewhere} Or choose provider: sops.`,
        { file, path: ["secrets", "provider"] },
      ),
    ],
  };
}
