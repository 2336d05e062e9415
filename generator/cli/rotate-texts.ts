import { type KeyRotation, keysKind } from "../secrets/credential-keys.ts";
import { secretsFolder } from "../secrets/files.ts";
import type { Taken } from "../secrets/rotation.ts";
import type { Model } from "./cluster.ts";

/** What a step does, and what to do until the next one, which `command` takes. */
export function explain({ spec }: Model, { steps, come, go, waits }: Taken, command: string): string {
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
  return `${said.join("\n")}\n\nNext:\n${lines.join("\n")}${isLast ? "\n\nThe rotation is complete." : ""}\n`;
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
                                            encrypts again what is stored; it may complain that the keys are read-only, and goes on
  overstack secrets rotate ${name} ${instance} ${keysKind}    the next step, when that is done
`
    : `${instance} ${keysKind}, step finish: the old key is gone, and key 2 is key 1 now; nothing rolls.

Next:
  overstack generate && overstack commit    then push

The rotation is complete.
`;
};
