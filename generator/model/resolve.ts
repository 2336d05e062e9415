import type { Catalogue } from "../contract/component.ts";
import type { ClusterSpec } from "../input/spec.ts";
import type { Issue } from "../issues/issue.ts";
import { complete } from "./complete.ts";
import { connect } from "./connect.ts";
import { connectionBudget } from "./connection-budget.ts";
import type { Report } from "./draft.ts";
import { checkListeners } from "./listeners.ts";
import type { Instance, Model } from "./model.ts";
import { order } from "./order.ts";
import { checkInstance } from "./replica-rules.ts";

/**
 * Decides what runs: adds what is needed and not written, connects everything, and puts it in order. With errors among the
 * issues the model is good for explanations only.
 */
export function resolve(spec: ClusterSpec, catalogue: Catalogue): { model: Model; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const report: Report = (path, code, message, hint, severity = "error") =>
    issues.push({ code, severity, message, hint, file: spec.file, path });
  const drafts = complete(spec, catalogue, report);
  const resolved = [...drafts.keys()].map((name) => connect(name, drafts, spec, catalogue));
  const instances = order(resolved, (cycle) =>
    report(
      ["services", cycle[0]!],
      "dependency-cycle",
      `these instances wait for each other: ${[...cycle, cycle[0]].join(" -> ")}`,
      "Let one of them use another instance: uses.",
    ),
  );
  for (const instance of instances) checkInstance(instance, spec, report);
  checkListeners(instances, spec, report);
  const withClients = instances.map((instance) => ({
    ...instance,
    clients: clientsOf(instance.name, instances),
    connectionLimit: connectionBudget(instance, instances, spec.profile).total,
  }));
  const model: Model = {
    spec,
    instances: withClients,
    namespaces: [...new Set(withClients.map(({ namespace }) => namespace))].sort().map((name) => ({
      name,
      instances: withClients.filter(({ namespace }) => namespace === name).map((instance) => instance.name),
    })),
    operators: [...new Set(withClients.flatMap(({ component }) => component.operators ?? []))],
  };
  return { model, issues };
}

const clientsOf = (name: string, instances: readonly Instance[]): string[] =>
  [
    ...new Set(
      instances
        .filter(({ connections }) => connections.some((item) => item.instance === name))
        .map(({ namespace }) => namespace),
    ),
  ].sort();
