import { error, type Issue } from "../issues/issue.ts";
import { credentialKeys, type KeyRotation } from "../secrets/credential-keys.ts";
import { secretsFolder } from "../secrets/files.ts";
import type { Rotatable, Rotation } from "../secrets/rotate.ts";
import type { Model } from "./cluster.ts";

/** What `rotate` calls the keys that Keystone encrypts credentials with. */
export const keysKind = "credential-keys";

/** What follows from a step. */
export interface Next {
  readonly come: readonly string[];
  readonly go: readonly string[];
  /** Commands that end when the step is done in the cluster. */
  readonly waits: readonly string[];
  /** The command that takes the step after it. */
  readonly command: string;
}

/** What a step does, and what to do until the next one. */
export function explain({ spec }: Model, steps: readonly Rotation[], { come, go, waits, command }: Next): string {
  const { name, secrets } = spec;
  const isSops = secrets.provider === "sops";
  const folder = secretsFolder(name);
  const isLast = steps.every(({ step }) => step === "finish");
  const lines = [
    ...(isSops
      ? []
      : come.map((id) => `  make ${id} where your Secrets are kept    overstack explain secrets says what it holds`)),
    ...(isSops ? go.map((id) => `  git rm --quiet ${folder}/${id}.yaml    nobody reads it any more`) : []),
    "  overstack generate && overstack commit    then push, and wait until it is applied",
    ...waits.map((wait) => `  ${wait}`),
    ...(isSops ? [] : go.map((id) => `  remove ${id} where your Secrets are kept: nobody reads it any more`)),
    ...(isLast ? [] : [`  ${command}    the next step, when that is done`]),
  ];
  const said = steps.map(({ instance, kind, step, does }) => `${instance} ${kind}, step ${step}: ${does}.`);
  return `${said.join("\n")}\n\nNext:\n${lines.join("\n")}${isLast ? "\n\nWith that the rotation is complete." : ""}\n`;
}

/** The same for the keys of Keystone's credentials. */
export const explainKeys = (
  { spec: { name }, instances }: Model,
  instance: string,
  { secret: { namespace }, step }: KeyRotation,
) => {
  const api = `app.kubernetes.io/instance=${instance},app.kubernetes.io/component=api`;
  const kubectl = `kubectl -n ${namespace}`;
  const component = instances.find((item) => item.name === instance)!.component.name;
  const deployment = `${component}-api${instance.slice(component.length)}`;
  return step === "add"
    ? `${instance} ${keysKind}, step add: key 2 encrypts from now on, and keys 0 and 1 still decrypt; nothing rolls.

Next:
  overstack generate && overstack commit    then push, and wait until it is applied
  for pod in $(${kubectl} get pod -l ${api} -o name); do ${kubectl} exec $pod -- ls /etc/keystone/credential-keys; done
                                            until each shows 0 1 2, which takes the kubelet a minute or two
  ${kubectl} exec deploy/${deployment} -- keystone-manage credential_migrate
                                            encrypts what is stored anew; it may complain that the keys are read-only, and goes on
  overstack secrets rotate ${name} ${instance} ${keysKind}    the next step, when that is done
`
    : `${instance} ${keysKind}, step finish: the old key is gone, and key 2 is key 1 now; nothing rolls.

Next:
  overstack generate && overstack commit    then push

With that the rotation is complete.
`;
};

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
        ({ kind, generation, beside }) =>
          `${kind}: { generation: ${generation}${beside === undefined ? "" : `, beside: ${beside}`} }`,
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
  const exists = model.instances.some((item) => item.name === instance);
  return error(
    "nothing-to-rotate",
    exists ? `${instance} of ${name} has no ${kind ?? "credentials"} to rotate` : `${name} has no instance ${instance}`,
    has.length > 0
      ? `It has: ${has.join(", ")}.`
      : `overstack secrets rotate ${name} shows what there is. Other values change with overstack secrets set: see the documentation.`,
  );
}
