import { error, type Issue } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import { credentialKeys, keysKind } from "./credential-keys.ts";
import type { Rotatable, Rotation } from "./rotation-steps.ts";

/** A rotation whose Secrets are not all there. */
export const halfRotated = (name: string, instance: string, absent: readonly string[]): Issue =>
  error(
    "half-rotated",
    `${instance} of ${name} is to read ${absent.join(" and ")}, which ${absent.length === 1 ? "is" : "are"} missing`,
    `git checkout brings back what was there. Else finish the last step first: overstack secrets create ${name} && overstack generate && overstack commit, then push.`,
  );

/** The step before is in the working tree only. */
export const uncommitted = (name: string, file: string, instance: string): Issue =>
  error(
    "not-committed",
    `the last step of ${instance} of ${name} is not committed yet, and the next one would undo what makes it safe`,
    `Run: overstack generate && overstack commit, push, and wait until it is applied. To take the step back instead: git checkout ${file}.`,
    { file },
  );

/** A cluster.yaml that only its author should edit. */
export const byHand = (file: string, path: readonly (string | number)[], steps: readonly Rotation[]): Issue =>
  error(
    "cannot-edit",
    `${file} cannot be edited here without touching the rest of it (aliases, or an unusual form)`,
    `Write at ${path.join(".")}: credentials: { ${steps
      .map(
        ({ kind, generation, alsoValid }) =>
          `${kind}: { generation: ${generation}${alsoValid === undefined ? "" : `, alsoValid: ${alsoValid}`} }`,
      )
      .join(", ")} }, and run: overstack secrets create.`,
    { file },
  );

/** Credential keys that lie in a store. */
export const keysElsewhere = ({ spec: { name, secrets } }: Model): Issue =>
  error(
    "no-secret-files",
    `secrets.provider of ${name} is ${secrets.provider}: its credential keys do not lie in this repository`,
    "Where they are kept: exchange the values of keys 0 and 1, wait until all pods have both, run keystone-manage credential_migrate in one of them, then give key 0 a new value. The documentation has the commands.",
  );

/** An instance or kind that has no credentials of its own to rotate. */
export function nothingToRotate(
  model: Model,
  instance: string,
  kind: string | undefined,
  kinds: readonly Rotatable[],
): Issue {
  const { name } = model.spec;
  const has = [...kinds, ...(credentialKeys(model, instance) === undefined ? [] : [keysKind])];
  const found = model.instances.find((item) => item.name === instance);
  const living = kind === undefined ? undefined : found?.component.secretOptions?.[kind]?.living;
  if (living !== undefined)
    return error(
      "cannot-rotate",
      `${kind} of ${instance} cannot change: ${living}`,
      `Keep it. When others know it: start a second instance (${found!.component.name}-two), let its users make there what they have here, and remove ${instance} when nothing is left in it.`,
    );
  const exists = found !== undefined;
  return error(
    "nothing-to-rotate",
    exists ? `${instance} of ${name} has no ${kind ?? "credentials"} to rotate` : `${name} has no instance ${instance}`,
    has.length > 0
      ? `It has: ${has.join(", ")}.`
      : `overstack secrets rotate ${name} shows what there is. Other values change with overstack secrets set: see the documentation.`,
  );
}
