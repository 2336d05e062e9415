import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { phases } from "../contract/kubernetes.ts";
import { committedText, hasHistory } from "../git/changed-files.ts";
import { type Checked, hasErrors, type Issue } from "../issues/issue.ts";
import type { Model } from "../model/model.ts";
import type { RenderedCluster } from "../render/cluster.ts";
import { findIdentities } from "../sops/keys.ts";
import { replaceFiles } from "../tree/replace.ts";
import { createSecrets } from "./create.ts";
import { credentialKeys, type KeyRotation, keysKind, nextKeyStep, rotateKeys } from "./credential-keys.ts";
import { secretFilesOf, secretsFolder } from "./files.ts";
import { byHand, halfRotated, keysElsewhere, nothingToRotate, uncommitted } from "./rotation-refusals.ts";
import {
  isKey,
  kindsOf,
  nextStep,
  type Rotatable,
  type Rotation,
  secretsInUse,
  waitFor,
  withStep,
} from "./rotation-steps.ts";
import { wantedSecrets } from "./wanted.ts";

/** A cluster as it is built from the text of its cluster.yaml. */
export interface Built {
  readonly file: string;
  readonly model: Model | undefined;
  readonly rendered: RenderedCluster | undefined;
  readonly issues: readonly Issue[];
}

/** A step that was taken, for each kind of credentials, and what follows from it. */
export interface Taken {
  readonly steps: readonly Rotation[];
  /** Secrets that the step makes necessary. */
  readonly come: readonly string[];
  /** Secrets that nothing needs after it. */
  readonly go: readonly string[];
  /** Commands that end when the step is done in the cluster. */
  readonly waits: readonly string[];
}

/** The next step of each rotation that a cluster could make. */
export function nextSteps(root: string, model: Model): { instance: string; kind: string; step: string }[] {
  const names = model.instances.map(({ name }) => name);
  return [
    ...names.flatMap((name) => kindsOf(model, name).map((kind) => nextStep(model, name, kind)!)),
    ...names.flatMap((instance) => {
      const next = nextKeyStep(root, model, instance);
      return next === undefined ? [] : [{ instance, kind: keysKind, step: next.step }];
    }),
  ].map(({ instance, kind, step }) => ({ instance, kind, step }));
}

/**
 * Takes the next step for one kind of credentials of an instance, or for all users that it has. The Secrets are made first and
 * cluster.yaml, which holds the state, is changed last: whatever comes between, the step is taken again.
 */
export async function takeStep(
  root: string,
  cluster: Built,
  build: (text: string) => Built,
  instance: string,
  kind?: string,
): Promise<Checked<Taken>> {
  const model = cluster.model!;
  const all = kindsOf(model, instance);
  // A key that stored data is encrypted with rotates when it is named, and alone.
  const kinds = all.filter((each) => (kind === undefined ? !isKey(model, instance, each) : each === kind));
  if (kinds.length === 0) return refuse(nothingToRotate(model, instance, kind, all));
  const unready = await reasonToWait(root, cluster, build, instance, kinds);
  if (unready !== undefined) return refuse(unready);

  const steps = kinds.map((each) => nextStep(model, instance, each)!);
  const { path } = model.instances.find(({ name }) => name === instance)!.spec;
  const before = readFileSync(join(root, cluster.file), "utf8");
  const after = steps.reduce<string | undefined>((text, step) => text && withStep(text, path, step), before);
  if (after === undefined) return refuse(byHand(cluster.file, path, steps));
  const changed = build(after);
  if (changed.model === undefined || hasErrors(changed.issues)) return refuse(...changed.issues);
  if (model.spec.secrets.provider === "sops") {
    const { issues } = await createSecrets(root, changed.model, findIdentities());
    if (hasErrors(issues)) return refuse(...issues);
  }
  const unwritten = replaceFiles(root, [{ path: cluster.file, text: after, before }]);
  return unwritten.length > 0 ? refuse(...unwritten) : { value: taken(steps, cluster, changed, instance), issues: [] };
}

const refuse = (...issues: readonly Issue[]): Checked<never> => ({ value: undefined, issues });

/** Why the next step must not be taken yet: the last one is not complete, or not committed. */
async function reasonToWait(
  root: string,
  { model, file }: Built,
  build: (text: string) => Built,
  instance: string,
  kinds: readonly Rotatable[],
): Promise<Issue | undefined> {
  const { name, secrets } = model!.spec;
  const present = secretFilesOf(root, name);
  const inFiles = wantedSecrets(model!).map(({ id }) => id);
  const absent = kinds
    .flatMap((kind) => secretsInUse(model!, instance, kind))
    .filter((id) => secrets.provider === "sops" && inFiles.includes(id) && !present.includes(`${id}.yaml`));
  if (absent.length > 0) return halfRotated(name, instance, absent);
  const text = await committedText(root, file);
  if (text === undefined && !(await hasHistory(root))) return undefined;
  const before = text === undefined ? undefined : build(text).model;
  const stateOf = (of: Model | undefined) =>
    kinds.map((kind) => of?.instances.find((item) => item.name === instance)?.spec.service.credentials?.[kind] ?? {});
  return isDeepStrictEqual(stateOf(before), stateOf(model)) ? undefined : uncommitted(name, file, instance);
}

function taken(steps: readonly Rotation[], before: Built, after: Built, instance: string): Taken {
  const [old, fresh] = [before, after].map(({ model }) => wantedSecrets(model!).map(({ id }) => id)) as [
    string[],
    string[],
  ];
  const objects = ({ rendered }: Built) =>
    phases.flatMap((phase) => rendered?.renders.get(instance)?.[phase].objects ?? []);
  return {
    steps,
    come: fresh.filter((id) => !old.includes(id)),
    go: old.filter((id) => !fresh.includes(id)),
    waits: [...new Set(steps.flatMap((step) => waitFor(step, after.model!, objects(before), objects(after))))],
  };
}

/** The next step of the keys that credentials are encrypted with; their file is the state. */
export async function takeKeyStep(root: string, model: Model, instance: string): Promise<Checked<KeyRotation>> {
  const { name, secrets } = model.spec;
  const step = nextKeyStep(root, model, instance);
  if (secrets.provider !== "sops") return refuse(keysElsewhere(model));
  if (step === undefined) return refuse(halfRotated(name, instance, [credentialKeys(model, instance)!.id]));
  const file = `${secretsFolder(name)}/${step.secret.file}`;
  const before = readFileSync(join(root, file), "utf8");
  const isCommitted = (await committedText(root, file)) === before;
  if (!isCommitted && (await hasHistory(root))) return refuse(uncommitted(name, file, instance));
  const identities = findIdentities();
  const { value, issues } = await rotateKeys(root, model, step, identities);
  if (value === undefined) return refuse(...(identities.issues ?? []), ...issues);
  const unwritten = replaceFiles(root, [{ path: file, text: value, before }]);
  return unwritten.length > 0 ? refuse(...unwritten) : { value: step, issues: [] };
}
