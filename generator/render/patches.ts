import type { KubernetesObject, Phase } from "../contract/kubernetes.ts";
import { phases } from "../contract/kubernetes.ts";
import { error, type Issue, type IssueCode } from "../issues/issue.ts";
import { templateHash } from "../kit/hash.ts";
import { applyOperations, hasPath, type Operation } from "../kustomize/diff.ts";
import type { PhaseRender, Render } from "../kustomize/rendering.ts";
import type { Instance } from "../model/model.ts";

/** Applies the operator's own patches to a rendering. A Job is found without its hash, and gets a new one. */
export function patchRender(
  render: Render,
  instance: Instance,
  file: string,
): { render: Render; issues: readonly Issue[] } {
  const patches = instance.spec.common.patches ?? [];
  if (patches.length === 0) return { render, issues: [] };
  const issues: Issue[] = [];
  const result: Record<string, PhaseRender> = { ...render };
  for (const [index, { target, ops }] of patches.entries()) {
    const path = [...instance.spec.path, "patches", index];
    const report = (code: IssueCode, message: string, hint: string): void =>
      void issues.push(error(code, message, hint, { file, path }));
    const owner = phases.find((phase) =>
      result[phase]!.objects.some(
        (object) => object.kind === target.kind && plainName(object, instance) === target.name,
      ),
    );
    if (owner === undefined) {
      const names = phases.flatMap((phase) =>
        render[phase].objects.filter(({ kind }) => kind === target.kind).map((object) => plainName(object, instance)),
      );
      report(
        "unknown-object",
        `${instance.name} has no ${target.kind} "${target.name}"`,
        names.length === 0
          ? `It has no object of kind ${target.kind}: look in overlays/ and bases/ what there is, or remove the patch.`
          : `One of: ${[...new Set(names)].sort().join(", ")}.`,
      );
      continue;
    }
    result[owner] = patchPhase(result[owner]!, target, ops as readonly Operation[], instance, (pointer) =>
      report(
        "unknown-path",
        `${target.kind}/${target.name} has no ${pointer}`,
        "Look at the object in the base; parents of an added field must exist.",
      ),
    );
  }
  return { render: result as Record<Phase, PhaseRender>, issues };
}

function patchPhase(
  phase: PhaseRender,
  target: { kind: string; name: string },
  ops: readonly Operation[],
  instance: Instance,
  missing: (pointer: string) => void,
): PhaseRender {
  return {
    ...phase,
    objects: phase.objects.map((object) => {
      if (object.kind !== target.kind || plainName(object, instance) !== target.name) return object;
      let current = object;
      for (const operation of ops) {
        if (!hasPath(current, operation)) {
          missing(operation.path);
          return object;
        }
        current = applyOperations(current, [operation]);
      }
      return rehashed(current, instance);
    }),
  };
}

const jobName = /-[0-9a-f]{7}$/;

/** A Job's name without its hash; other names as they are. */
export function plainName({ kind, metadata }: KubernetesObject, { suffix }: Pick<Instance, "suffix">): string {
  if (kind !== "Job") return metadata.name;
  const base = suffix === "" ? metadata.name : metadata.name.slice(0, -suffix.length);
  return `${base.replace(jobName, "")}${suffix}`;
}

function rehashed(object: KubernetesObject, { suffix }: Instance): KubernetesObject {
  if (object.kind !== "Job") return object;
  const base = suffix === "" ? object.metadata.name : object.metadata.name.slice(0, -suffix.length);
  return {
    ...object,
    metadata: { ...object.metadata, name: `${base.replace(jobName, "")}-${templateHash(object.spec)}${suffix}` },
  };
}
