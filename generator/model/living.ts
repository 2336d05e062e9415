import { byName } from "../base/data.ts";
import { kindOf } from "../connections/index.ts";
import type { DataConstraint } from "../contract/component.ts";
import type { InternalTls } from "../contract/context.ts";
import { type Release, releases, upgradesFrom } from "../contract/release.ts";
import type { ClusterSpec } from "../input/spec.ts";
import { internalTls } from "../input/spec.ts";
import type { Issue, IssueCode } from "../issues/issue.ts";
import type { Model } from "./model.ts";

/** What a run records about the data that lives in a cluster, for the next run to compare with. */
export interface RecordedState {
  readonly release: string;
  /** Absent where a version wrote it that knew plain connections alone. */
  readonly internalTls?: InternalTls;
  readonly instances: Readonly<Record<string, RecordedInstance>>;
}
export interface RecordedInstance {
  readonly component: string;
  readonly namespace: string;
  /** Provider of each connection that data hangs on: `database glance` -> `mariadb`. */
  readonly providers: Readonly<Record<string, string>>;
  readonly data: readonly DataConstraint[];
}

/** The facts of a model, sorted. */
export const recordedState = (
  model: Model,
  dataOf: (instance: Model["instances"][number]) => readonly DataConstraint[],
): RecordedState => ({
  release: model.spec.release,
  internalTls: internalTls(model.spec),
  instances: Object.fromEntries(
    [...model.instances].sort(byName).map((instance): [string, RecordedInstance] => [
      instance.name,
      {
        component: instance.component.name,
        namespace: instance.namespace,
        providers: Object.fromEntries(
          instance.connections
            .filter(({ need, lender }) => kindOf(need.kind).move !== undefined && lender === undefined)
            .map(({ need, instance: provider, host }) => [`${need.kind} ${need.name}`, provider ?? host]),
        ),
        data: dataOf(instance),
      },
    ]),
  ),
});

/**
 * Recognises what an edit would do to living data: move it, drop it, or ask the server for what it refuses. What an
 * operator can consent to is refused until cluster.yaml says so; what the server refuses is refused always.
 */
export function checkLiving(before: RecordedState, after: RecordedState, spec: ClusterSpec): Issue[] {
  const issues: Issue[] = [];
  const consents = new Set((spec.consent ?? []).map(({ change }) => change));
  const used = new Set<string>();
  const report = (
    code: IssueCode,
    path: readonly (string | number)[],
    message: string,
    hint: string,
    severity: Issue["severity"] = "error",
  ): void => {
    issues.push({ code, severity, message, hint, file: spec.file, path });
  };
  const unlessConsented = (code: IssueCode, name: string, message: string, meaning: string): void => {
    const change = `${code}/${name}`;
    if (consents.has(change)) used.add(change);
    else
      report(
        code,
        pathOf(spec, name),
        message,
        `${meaning} If it is wanted: consent: [{ change: ${change}, reason: … }]`,
      );
  };

  checkRelease(before.release as Release, spec.release, report);
  checkInternalTls(before, spec, report);
  for (const [name, old] of Object.entries(before.instances)) {
    const now = after.instances[name];
    if (now === undefined) {
      if (old.data.length > 0 || Object.keys(old.providers).length > 0)
        unlessConsented(
          "remove-instance",
          name,
          `${name} would be removed, and it holds data`,
          "Its objects with data stay in the cluster (they are never pruned), but nothing maintains them any more.",
        );
      continue;
    }
    if (now.namespace !== old.namespace && (old.data.length > 0 || Object.keys(old.providers).length > 0))
      unlessConsented(
        "move-namespace",
        name,
        `${name} would move from namespace ${old.namespace} to ${now.namespace}`,
        "Volumes and Secrets do not move: it would start without them, and the old one would stay.",
      );
    for (const [connection, provider] of Object.entries(old.providers)) {
      const target = now.providers[connection];
      const kind = connection.split(" ")[0]!;
      const instead = target === undefined ? newPlace(kind, old.providers, now.providers) : undefined;
      if (instead !== undefined)
        unlessConsented(
          `move-${kind}`,
          name,
          `${name}: its ${connection} at ${provider} would become ${instead}`,
          kindOf(kind).move!,
        );
      if (target !== undefined && target !== provider)
        unlessConsented(
          `move-${kind}`,
          name,
          `${name}: its ${connection} would move from ${provider} to ${target}`,
          kindOf(kind).move!,
        );
    }
    for (const fact of old.data)
      checkFact(
        name,
        fact,
        now.data.find(({ key }) => key === fact.key),
        unlessConsented,
        (message, hint) => report("refused-by-server", pathOf(spec, name), message, hint),
      );
  }
  for (const [index, { change }] of (spec.consent ?? []).entries())
    if (!used.has(change))
      report(
        "unused-consent",
        ["consent", index],
        `nothing asks for the consent to ${change}`,
        "It has been used, or it is misspelt. Remove it, so that it cannot allow a later mistake.",
        "warning",
      );
  return issues;
}

/** A place of the kind that was not there before: what takes the place of one that is gone. */
function newPlace(
  kind: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string | undefined {
  const found = Object.keys(after).find((key) => key.startsWith(`${kind} `) && before[key] === undefined);
  return found === undefined ? undefined : `${found} at ${after[found]}`;
}

function checkRelease(
  from: Release,
  to: Release,
  report: (code: IssueCode, path: readonly string[], message: string, hint: string) => void,
): void {
  if (from === to || !releases.includes(from)) return;
  const allowed = upgradesFrom(from);
  if (allowed.includes(to)) return;
  const back = releases.indexOf(to) < releases.indexOf(from);
  report(
    back ? "downgrade" : "skipped-release",
    ["release"],
    back
      ? `${from} cannot go back to ${to}: the databases have been migrated`
      : `upstream does not support an upgrade from ${from} to ${to}`,
    back ? `Stay on ${from}; to go back, restore a backup into a new cluster.` : `Go to ${allowed.join(" or ")} first.`,
  );
}

/** Members that take one kind of connection alone do not find those that take the other: they would roll into two halves. */
function checkInternalTls(
  { internalTls: from = "none", instances }: RecordedState,
  spec: ClusterSpec,
  report: (code: IssueCode, path: readonly string[], message: string, hint: string) => void,
): void {
  const to = internalTls(spec);
  const isLiving = Object.values(instances).some(({ data }) => data.length > 0);
  if (!isLiving || from === to || from === "optional" || to === "optional") return;
  report(
    "tls-at-once",
    spec.internal.tls === undefined ? ["profile"] : ["internal", "tls"],
    `internal.tls would go from ${from} to ${to} at once, and members of a database that has rolled would not find the others`,
    `Write internal: { tls: optional }, let everything roll, and then ${to === "none" ? "none" : "required"}. To leave it: internal: { tls: ${from} }.`,
  );
}

function checkFact(
  name: string,
  before: DataConstraint,
  after: DataConstraint | undefined,
  consent: (code: IssueCode, name: string, message: string, meaning: string) => void,
  refuse: (message: string, hint: string) => void,
): void {
  switch (before.rule) {
    case "keep":
      if (after?.value !== before.value)
        consent(
          "change-data",
          name,
          `${name}: ${before.what} would ${after === undefined ? "go" : `change from ${before.shown} to ${after.shown}`}`,
          before.consequence,
        );
      return;
    case "grow":
      if (after !== undefined && Number(after.value) < Number(before.value))
        refuse(`${name}: ${before.what} cannot shrink from ${before.shown} to ${after.shown}`, `${before.consequence}`);
      return;
    case "fixed":
      if (after !== undefined && after.value !== before.value)
        refuse(`${name}: ${before.what} cannot change from ${before.shown} to ${after.shown}`, `${before.consequence}`);
  }
}

const pathOf = (spec: ClusterSpec, name: string): readonly (string | number)[] =>
  spec.instances.find((instance) => instance.name === name)?.path ?? [];
