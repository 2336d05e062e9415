import type { z } from "zod";
import { type Path, showPath, showValue, suggestion } from "../../base/words.ts";
import type { Component } from "../../contract/component.ts";
import { error, type Issue } from "../../issues/issue.ts";
import { zodFindings } from "../mistakes/zod-to-issues.ts";
import { container } from "../schema/container.ts";
import { restrictedSources } from "../schema/volume-source.ts";
import type { InstanceSpec } from "../spec.ts";
import { notAdmitted } from "./admitted.ts";
import { twice } from "./repeats.ts";

/** Rules on volumes and sidecars, which are written as Kubernetes writes them. */
export function checkContainers(instance: InstanceSpec, component: Component): Issue[] {
  return [
    ...checkNames(instance),
    ...checkPaths(instance),
    ...checkSources(instance, component),
    ...checkSidecars(instance, component),
  ];
}

function* checkNames({ common, path }: InstanceSpec): Iterable<Issue> {
  const { sidecars = [], volumes = [] } = common;
  yield* twice(
    [...path, "sidecars"],
    sidecars.map((sidecar) => sidecar.name),
    "name",
  );
  yield* twice(
    [...path, "volumes"],
    volumes.map((volume) => volume.name),
    "name",
  );
  yield* twice(
    [...path, "volumes"],
    volumes.map(({ mountPath }) => mountPath),
    "mountPath",
  );
}

/** Directories without which no program of an image starts. */
const ofTheImage = /^\/(usr(\/(bin|lib(64)?))?|bin|lib(64)?|proc)?\/*$/;

function* checkPaths({ common, path }: InstanceSpec): Iterable<Issue> {
  for (const [index, { mountPath }] of (common.volumes ?? []).entries())
    if (ofTheImage.test(mountPath))
      yield error(
        "bad-format",
        `${showPath([...path, "volumes", index])} would hide ${mountPath} of the image, and no program would start`,
        "Mount it at a directory that the image does not have.",
        { path: [...path, "volumes", index, "mountPath"] },
      );
}

function* checkSources({ common, path }: InstanceSpec, { privilege }: Component): Iterable<Issue> {
  for (const [index, { source }] of (common.volumes ?? []).entries()) {
    const at = [...path, "volumes", index, "source"];
    const kinds = Object.keys(source);
    const kind = kinds[0] ?? "";
    const known = Object.hasOwn(restrictedSources, kind) ? restrictedSources[kind] : undefined;
    if (kinds.length !== 1)
      yield error(
        "bad-format",
        `${showPath(at)} has ${kinds.length} sources`,
        "Write one: { secret: { secretName: … } }.",
        { path: at },
      );
    else if (known !== undefined) yield* mistakesIn(known, source[kind], [...at, kind]);
    else if (privilege === undefined)
      yield error(
        "unknown-key",
        `${showPath(at)} cannot be ${showValue(kind)}: the namespace admits no such volume`,
        suggestion(kind, Object.keys(restrictedSources)),
        { path: [...at, kind], atKey: true },
      );
  }
}

function* checkSidecars({ common, path }: InstanceSpec, { privilege }: Component): Iterable<Issue> {
  for (const [index, sidecar] of (common.sidecars ?? []).entries()) {
    const at = [...path, "sidecars", index];
    const mistakes = mistakesIn(container, sidecar, at);
    yield* mistakes;
    if (mistakes.length > 0) continue;
    yield* checkRepeats(sidecar, at);
    if (privilege === undefined) yield* notAdmitted(sidecar, at);
  }
}

/** Server-side apply, which both delivery engines use, takes no variable and no path of a container twice. */
function* checkRepeats(sidecar: object, at: Path): Iterable<Issue> {
  const { env = [], volumeMounts = [] } = sidecar as {
    env?: readonly { readonly name: string }[];
    volumeMounts?: readonly { readonly mountPath: string }[];
  };
  yield* twice(
    [...at, "env"],
    env.map(({ name }) => name),
    "name",
  );
  yield* twice(
    [...at, "volumeMounts"],
    volumeMounts.map(({ mountPath }) => mountPath),
    "mountPath",
  );
}

/** What the API server would say of a value of Kubernetes: fields that it does not know, misses, or cannot read. */
function mistakesIn(schema: z.ZodType, value: unknown, prefix: Path): Issue[] {
  const { error: found } = schema.safeParse(value);
  return found === undefined ? [] : zodFindings(found, { schema, value, prefix, isForeign: true });
}
