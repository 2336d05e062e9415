import { error, type Issue } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { readSecretFile } from "../sops/file.ts";
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

/**
 * Somebody may have added a recipient in a pull request: what is made from then on would be for them, too, and nobody would
 * have decided it. Whom files are encrypted to changes by `reencrypt` alone; where all are others, the old keys are lost.
 */
export function newRecipients(model: Model, files: Iterable<string>, declared: readonly string[]): Issue[] {
  const { name, file } = model.spec;
  const found = new Set([...files].flatMap((text) => readSecretFile(text).value?.recipients ?? []));
  const added = declared.filter((recipient) => !found.has(recipient));
  if (found.size === 0 || added.length === 0 || added.length === declared.length) return [];
  return [
    error(
      "new-recipient",
      `no Secret of ${name} is encrypted for ${added.join(" and ")} yet, and a new one would be`,
      `Find out who that is and who added it: git log -p -- ${file}. If they may read everything: overstack secrets reencrypt ${name}, then run this again. If not: remove it from secrets.recipients.`,
      { file, path: ["secrets", "recipients"] },
    ),
  ];
}
