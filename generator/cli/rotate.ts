import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { phases } from "../contract/kubernetes.ts";
import { buildFrom, type Cluster } from "../fleet/one-cluster.ts";
import { committedText, hasHistory } from "../git/changed-files.ts";
import { hasErrors, type Issue } from "../issues/issue.ts";
import { createSecrets } from "../secrets/create.ts";
import { credentialKeys, nextKeyStep, rotateKeys } from "../secrets/credential-keys.ts";
import { secretFilesOf, secretsFolder } from "../secrets/files.ts";
import { kindsOf, nextStep, type Rotatable, secretsInUse, waitFor, withStep } from "../secrets/rotate.ts";
import { replaceFile, writeSecretFiles } from "../secrets/store.ts";
import { wantedSecrets } from "../secrets/wanted.ts";
import { findIdentities } from "../sops/keys.ts";
import { type Model, readyCluster } from "./cluster.ts";
import type { Result, Setting } from "./command.ts";
import {
  byHand,
  explain,
  explainKeys,
  halfRotated,
  keysElsewhere,
  keysKind,
  nothingToRotate,
  uncommitted,
} from "./rotate-texts.ts";

/** Takes the next step of a rotation; without an instance, shows where all of them are. */
export async function rotate({ root }: Setting, name: string, instance?: string, kind?: string): Promise<Result> {
  const { cluster, issues } = readyCluster(root, name);
  if (cluster === undefined) return { issues };
  const model = cluster.model!;
  if (instance === undefined) return overview(root, model);
  if (kind === keysKind && credentialKeys(model, instance) !== undefined)
    return rotateCredentialKeys(root, model, instance);
  const kinds = kindsOf(model, instance);
  const chosen = kind === undefined ? kinds : kinds.filter((each) => each === kind);
  if (chosen.length === 0) return { issues: [nothingToRotate(model, instance, kind, kinds)] };
  const refused = await unready(root, cluster, instance, chosen);
  return refused === undefined ? stepOf(root, cluster, instance, chosen, kind) : { issues: [refused] };
}

/** Where all rotations are. */
function overview(root: string, model: Model): Result {
  const steps = model.instances.flatMap(({ name }) => kindsOf(model, name).map((each) => nextStep(model, name, each)!));
  const keys = model.instances.flatMap(({ name }) => {
    const next = nextKeyStep(root, model, name);
    return next === undefined ? [] : [{ instance: name, kind: keysKind, step: next.step }];
  });
  const all = [...steps.map(({ instance, kind, step }) => ({ instance, kind, step })), ...keys];
  const isUnderWay = (step: string) => step === "switch" || step === "finish";
  return {
    issues: [],
    data: { steps: all },
    text: all
      .map(
        ({ instance, kind, step }) => `${instance} ${kind}: next step ${step}${isUnderWay(step) ? ", under way" : ""}`,
      )
      .join("\n"),
  };
}

/** Why the next step must not be taken yet. */
async function unready(
  root: string,
  { model, file }: Cluster,
  instance: string,
  kinds: readonly Rotatable[],
): Promise<Issue | undefined> {
  const { name, secrets } = model!.spec;
  const present = secretFilesOf(root, name);
  const absent = kinds
    .flatMap((kind) => secretsInUse(model!, instance, kind))
    .filter((id) => secrets.provider === "sops" && !present.includes(`${id}.yaml`));
  if (absent.length > 0) return halfRotated(name, instance, absent);
  const text = await committedText(root, file);
  if (text === undefined && !(await hasHistory(root))) return undefined;
  const before = text === undefined ? undefined : buildFrom(file, name, text).model;
  const stateOf = (of: Model | undefined) =>
    kinds.map((kind) => of?.instances.find((item) => item.name === instance)?.spec.service.credentials?.[kind] ?? {});
  return isDeepStrictEqual(stateOf(before), stateOf(model)) ? undefined : uncommitted(name, file, instance);
}

/** Makes the Secrets first and changes cluster.yaml, which holds the state, last: whatever comes between, the step is taken again. */
async function stepOf(
  root: string,
  cluster: Cluster,
  instance: string,
  kinds: readonly Rotatable[],
  kind: string | undefined,
): Promise<Result> {
  const model = cluster.model!;
  const { name, secrets } = model.spec;
  const steps = kinds.map((each) => nextStep(model, instance, each)!);
  const { path } = model.instances.find((item) => item.name === instance)!.spec;
  const before = readFileSync(join(root, cluster.file), "utf8");
  const after = steps.reduce<string | undefined>((text, step) => text && withStep(text, path, step), before);
  if (after === undefined) return { issues: [byHand(cluster.file, path, steps)] };
  const changed = buildFrom(cluster.file, name, after, undefined, undefined, undefined, secretFilesOf(root, name));
  if (changed.model === undefined || hasErrors(changed.issues)) return { issues: changed.issues };
  if (secrets.provider === "sops") {
    const { issues } = await createSecrets(root, changed.model, findIdentities());
    if (hasErrors(issues)) return { issues };
  }
  const issues = replaceFile(root, cluster.file, after);
  if (issues.length > 0) return { issues };
  const [old, fresh] = [cluster, changed].map((each) => objectsOf(each, instance)) as [Objects, Objects];
  const next = {
    ...secretsChange(model, changed.model),
    waits: [...new Set(steps.flatMap((step) => waitFor(step, changed.model!, old, fresh)))],
    command: `overstack secrets rotate ${name} ${instance}${kind === undefined ? "" : ` ${kind}`}`,
  };
  const data = steps.map(({ old: _, ...step }) => step);
  return { issues: [], data: { steps: data, waits: next.waits }, text: explain(model, steps, next) };
}

type Objects = ReturnType<typeof objectsOf>;
const objectsOf = ({ rendered }: Cluster, instance: string) =>
  phases.flatMap((phase) => rendered?.renders.get(instance)?.[phase].objects ?? []);

/** Secrets that a step makes necessary, and those that nothing needs after it. */
function secretsChange(before: Model, after: Model): { come: readonly string[]; go: readonly string[] } {
  const [old, fresh] = [before, after].map((model) => wantedSecrets(model).map(({ id }) => id)) as [string[], string[]];
  return { come: fresh.filter((id) => !old.includes(id)), go: old.filter((id) => !fresh.includes(id)) };
}

/** The keys of Keystone's credentials; their file is the state. */
async function rotateCredentialKeys(root: string, model: Model, instance: string): Promise<Result> {
  const { name, secrets } = model.spec;
  const step = nextKeyStep(root, model, instance);
  if (secrets.provider !== "sops") return { issues: [keysElsewhere(model)] };
  if (step === undefined) return { issues: [halfRotated(name, instance, [credentialKeys(model, instance)!.id])] };
  const file = `${secretsFolder(name)}/${step.secret.file}`;
  const isCommitted = (await committedText(root, file)) === readFileSync(join(root, file), "utf8");
  if (!isCommitted && (await hasHistory(root))) return { issues: [uncommitted(name, file, instance)] };
  const identities = findIdentities();
  const { value, issues } = await rotateKeys(root, model, step, identities);
  if (value === undefined) return { issues: [...(identities.issues ?? []), ...issues] };
  const refused = writeSecretFiles(root, name, new Map([[step.secret.file, value]]));
  if (refused.length > 0) return { issues: refused };
  return { issues: [], data: { instance, kind: keysKind, step: step.step }, text: explainKeys(model, instance, step) };
}
