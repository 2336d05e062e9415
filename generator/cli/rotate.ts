import { buildFrom } from "../fleet/one-cluster.ts";
import { readVersions } from "../fleet/read.ts";
import { credentialKeys, keysKind } from "../secrets/credential-keys.ts";
import { secretFilesOf } from "../secrets/files.ts";
import { nextSteps, takeKeyStep, takeStep } from "../secrets/rotation.ts";
import { readyCluster, recordedIn } from "./cluster.ts";
import type { Result, Setting } from "./command.ts";
import { exclusively } from "./exclusive.ts";
import { explain, explainKeys } from "./rotate-texts.ts";

/** Takes the next step of a rotation; without an instance, shows where all of them are. */
export async function rotate({ root }: Setting, name: string, instance?: string, kind?: string): Promise<Result> {
  if (instance !== undefined) return exclusively(root, () => rotateIn(root, name, instance, kind), [name]);
  const { cluster, issues } = readyCluster(root, name);
  return cluster === undefined ? { issues } : overview(nextSteps(root, cluster.model!));
}

async function rotateIn(root: string, name: string, instance: string, kind: string | undefined): Promise<Result> {
  const { cluster, issues } = readyCluster(root, name);
  if (cluster === undefined) return { issues };
  const model = cluster.model!;
  if (kind === keysKind && credentialKeys(model, instance) !== undefined) {
    const { value: step, issues: refused } = await takeKeyStep(root, model, instance);
    if (step === undefined) return { issues: refused };
    return { issues: [], data: { instance, kind, step: step.step }, text: explainKeys(model, instance, step) };
  }
  const own = {
    file: cluster.file,
    versions: readVersions(root, name).value,
    secretFiles: secretFilesOf(root, name),
    recorded: recordedIn(root, name).value?.instances,
  };
  const build = (text: string) => buildFrom({ name, text, ...own });
  const { value: taken, issues: refused } = await takeStep(root, cluster, build, instance, kind);
  if (taken === undefined) return { issues: refused };
  const command = ["overstack secrets rotate", name, instance, ...(kind === undefined ? [] : [kind])].join(" ");
  const steps = taken.steps.map(({ old: _, ...step }) => step);
  return { issues: [], data: { steps, waits: taken.waits }, text: explain(model, taken, command) };
}

const overview = (steps: ReturnType<typeof nextSteps>): Result => ({
  issues: [],
  data: { steps },
  text: steps
    .map(({ instance, kind, step }) => {
      const isUnderWay = step === "switch" || step === "finish";
      return `${instance} ${kind}: next step ${step}${isUnderWay ? ", under way" : ""}`;
    })
    .join("\n"),
});
