import { showPath, showValue, suggestion } from "../../base/words.ts";
import type { Component } from "../../contract/component.ts";
import { error, type Issue } from "../../issues/issue.ts";
import type { InstanceSpec } from "../spec.ts";

import { checkContainers } from "./containers.ts";
import { twice } from "./repeats.ts";

/** Rules on what pods are given: what the API server would refuse after the commit is refused before it. */
export function checkPods(instance: InstanceSpec, component: Component): Issue[] {
  return [
    ...checkLabels(instance),
    ...checkResources(instance),
    ...checkScheduling(instance),
    ...checkContainers(instance, component),
    ...checkPatches(instance),
  ];
}

function* checkLabels({ common, path }: InstanceSpec): Iterable<Issue> {
  for (const key of ["labels", "annotations"] as const)
    for (const word of Object.keys(common[key] ?? {}))
      if (/^(app\.kubernetes\.io|overstack\.io|kustomize\.toolkit\.fluxcd\.io|argocd\.argoproj\.io)\//.test(word))
        yield error(
          "reserved-label",
          `${showPath([...path, key])} cannot set ${word}: selectors and delivery engines read it`,
          "Use a prefix of your own: example.org/name.",
          { path: [...path, key, word], atKey: true },
        );
}

/** Amounts that Kubernetes takes for a container: unit by resource. */
const units: Readonly<Record<string, RegExp>> = {
  cpu: /^[0-9]+m?$/,
  memory: /^[0-9]+([kMGTP]|[KMGTP]i)?$/,
  "ephemeral-storage": /^[0-9]+([kMGTP]|[KMGTP]i)?$/,
};

function* checkResources({ common, path }: InstanceSpec): Iterable<Issue> {
  for (const [role, { requests = {}, limits = {} }] of Object.entries(common.resources ?? {})) {
    for (const [kind, amounts] of Object.entries({ requests, limits }))
      for (const [resource, amount] of Object.entries(amounts)) {
        const at = [...path, "resources", role, kind, resource];
        const unit = Object.hasOwn(units, resource) ? units[resource] : undefined;
        if (unit === undefined)
          yield error(
            "unknown-key",
            `${showPath(at.slice(0, -1))} has no resource ${showValue(resource)}`,
            suggestion(resource, Object.keys(units)),
            { path: at, atKey: true },
          );
        else if (!unit.test(amount))
          yield error(
            "bad-format",
            `${showPath(at)} cannot be ${showValue(amount)}`,
            resource === "cpu"
              ? "CPU is counted in cores or thousandths: 2, 500m."
              : "Memory and storage are counted in bytes: 512Mi, 4Gi.",
            { path: at },
          );
      }
    for (const [resource, request] of Object.entries(requests)) {
      // A name that every object has, such as hasOwnProperty, was not written by the operator.
      const limit = Object.hasOwn(limits, resource) ? limits[resource] : undefined;
      if (limit !== undefined && amountOf(request) > amountOf(limit))
        yield error(
          "min-above-max",
          `${showPath([...path, "resources", role])} requests ${request} of ${resource}, more than its limit of ${limit}`,
          "Raise the limit, or lower the request.",
          { path: [...path, "resources", role, "requests", resource] },
        );
    }
  }
}

const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};
const amountOf = (text: string): number => Number.parseInt(text, 10) * (factors[text.replace(/^[0-9]+/, "")] ?? 1);

function* checkScheduling({ common, path }: InstanceSpec): Iterable<Issue> {
  const { tolerations = [], topologyKeys } = common.scheduling ?? {};
  yield* twice([...path, "scheduling", "topologyKeys"], topologyKeys);
  for (const [index, { key, operator, value, effect, tolerationSeconds }] of tolerations.entries()) {
    const at = [...path, "scheduling", "tolerations", index];
    const refuse = (message: string, hint: string): Issue =>
      error("bad-toleration", `${showPath(at)} ${message}`, hint, { path: at });
    if (operator === "Exists" && value !== undefined)
      yield refuse("compares with a value, and Exists takes none", "Remove value, or write operator: Equal.");
    if (key === undefined && operator !== "Exists")
      yield refuse("has no key", "Name the taint's key, or write operator: Exists to tolerate every taint.");
    if (tolerationSeconds !== undefined && effect !== "NoExecute")
      yield refuse(
        "has tolerationSeconds, and only NoExecute knows them",
        "Write effect: NoExecute, or remove tolerationSeconds.",
      );
  }
}

function* checkPatches({ common, path }: InstanceSpec): Iterable<Issue> {
  for (const [index, { target, ops }] of (common.patches ?? []).entries())
    for (const [opIndex, { path: pointer, op, value }] of ops.entries()) {
      const at = [...path, "patches", index, "ops", opIndex];
      if (/^\/(metadata(\/(name|namespace))?|spec\/selector(\/.*)?|kind|apiVersion)$/.test(pointer))
        yield error(
          "protected-field",
          `a patch of ${target.kind}/${target.name} cannot change ${pointer}`,
          "Other objects refer to names, namespaces and selectors. Set the namespace with the key namespace; names follow from the name of the instance.",
          { path: [...at, "path"] },
        );
      if (op !== "remove" && value === undefined)
        yield error(
          "missing-key",
          `a patch of ${target.kind}/${target.name} would ${op} ${pointer} without a value`,
          "Add value:, or write op: remove.",
          { path: at },
        );
    }
}
