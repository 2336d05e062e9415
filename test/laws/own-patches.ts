import type { Component } from "../../generator/contract/component.ts";
import { type KubernetesObject, phases } from "../../generator/contract/kubernetes.ts";
import { defaultRelease } from "../../generator/contract/release.ts";
import { library } from "./library.ts";

/** A JSON patch on an object, by the name that it has in the default instance. */
export interface Patch {
  readonly kind: string;
  readonly name: string;
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

const pod = "/spec/template/spec";

/** What people patch, by kind. A path that must exist already is looked for before. */
const ways: Readonly<Record<string, readonly Omit<Patch, "kind" | "name">[]>> = {
  Deployment: [
    { op: "add", path: `${pod}/hostAliases`, value: [{ ip: "192.0.2.7", hostnames: ["old.example.org"] }] },
    { op: "remove", path: `${pod}/containers/0/lifecycle` },
    { op: "replace", path: `${pod}/containers/0/image`, value: "registry.example.org/own:1" },
    { op: "add", path: `${pod}/containers/0/env/-`, value: { name: "OWN", value: "1" } },
    { op: "add", path: `${pod}/hostname`, value: null },
  ],
  Job: [
    { op: "replace", path: "/spec/backoffLimit", value: 3 },
    { op: "add", path: "/metadata/annotations/example.org~1note", value: "yes" },
  ],
  PodDisruptionBudget: [{ op: "replace", path: "/spec/maxUnavailable", value: "20%" }],
  Service: [{ op: "add", path: "/metadata/labels/example.org~1tier", value: "front" }],
  ServiceAccount: [{ op: "add", path: "/metadata/annotations/example.org~1role", value: "a: b\n- c\n" }],
  StatefulSet: [{ op: "add", path: `${pod}/terminationGracePeriodSeconds`, value: 77 }],
};

/** Patches that fit each instance of a component, whatever else it says: of objects that its base has in both profiles. */
export function patchesOf(component: Component): readonly Patch[] {
  const { production, development } = library(defaultRelease, component);
  const there = phases.flatMap((phase) => development[phase].objects.map(idOf));
  return phases
    .flatMap((phase) => production[phase].objects)
    .filter((object) => there.includes(idOf(object)))
    .flatMap((object) =>
      (ways[object.kind] ?? [])
        .filter(({ op, path }) => valueAt(object, op === "add" ? path.slice(0, path.lastIndexOf("/")) : path))
        .map((way) => ({ kind: object.kind, name: nameOf(object), ...way })),
    );
}

const idOf = (object: KubernetesObject): string => `${object.kind} ${nameOf(object)}`;

/** A Job's name as cluster.yaml says it: without its hash. */
const nameOf = ({ kind, metadata: { name } }: KubernetesObject): string =>
  kind === "Job" ? name.replace(/-[0-9a-f]{7}$/, "") : name;

const valueAt = (object: unknown, path: string): unknown =>
  path
    .split("/")
    .slice(1)
    .reduce((node, key) => (node as Record<string, unknown> | undefined)?.[key], object);
