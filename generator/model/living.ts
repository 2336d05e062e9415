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
  /** Name of the region in the catalogue. Absent where an earlier version wrote it. */
  readonly region?: string;
  /** The delivery engine; not written down, for the files that were written say it. */
  readonly engine?: ClusterSpec["delivery"]["engine"];
  readonly instances: Readonly<Record<string, RecordedInstance>>;
}
export interface RecordedInstance {
  readonly component: string;
  readonly namespace: string;
  /** Provider of each connection that data hangs on: `database glance` -> `mariadb`. */
  readonly providers: Readonly<Record<string, string>>;
  readonly data: readonly DataConstraint[];
  /** Of a part: whose options it follows. */
  readonly owner?: string;
  /** Where it is not the cluster's. */
  readonly release?: Release;
  /** The engine was told to leave it alone. */
  readonly suspended?: true;
}

/** The state of a model as it is recorded, sorted. */
export const recordedState = (
  model: Model,
  dataOf: (instance: Model["instances"][number]) => readonly DataConstraint[],
): RecordedState => ({
  release: model.spec.release,
  internalTls: internalTls(model.spec),
  region: model.spec.region,
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
        ...(instance.owner === undefined ? {} : { owner: instance.owner }),
        ...(instance.spec.release === model.spec.release ? {} : { release: instance.spec.release }),
        ...(instance.isSuspended ? { suspended: true } : {}),
      },
    ]),
  ),
});

/** What an edit would do to living data. */
interface Danger {
  readonly code: IssueCode;
  readonly message: string;
  /** What it means, or the way out. */
  readonly hint: string;
  readonly path: readonly (string | number)[];
  /** Instance for which an operator can consent to it; absent: it is refused always. */
  readonly consentFor?: string;
}

/**
 * Recognises what an edit would do to living data: move it, drop it, or ask the server for what it refuses. What an
 * operator can consent to is refused until cluster.yaml says so; what the server refuses is refused always.
 */
export function checkLiving(before: RecordedState, after: RecordedState, spec: ClusterSpec): Issue[] {
  const dangers = dangersOf(before, after, spec);
  const consents = (spec.consent ?? []).map(({ change }) => change);
  const asked = new Set(dangers.map(consentOf));
  const refused = dangers
    .filter((danger) => !consents.some((consent) => consent === consentOf(danger)))
    .map(({ code, message, hint, path, consentFor }): Issue => {
      const wayOut =
        consentFor === undefined ? "" : ` If it is wanted: consent: [{ change: ${code}/${consentFor}, reason: … }]`;
      return { code, severity: "error", message, hint: `${hint}${wayOut}`, file: spec.file, path };
    });
  const unused = consents.flatMap((change, index): Issue[] => {
    if (asked.has(change)) return [];
    const hint = "It has been used, or it is misspelt. Remove it, so that it cannot allow a later mistake.";
    const message = `nothing asks for the consent to ${change}`;
    return [{ code: "unused-consent", severity: "warning", message, hint, file: spec.file, path: ["consent", index] }];
  });
  return [...refused, ...unused];
}

/** A consent of cluster.yaml, and what it allows. */
export interface UsedConsent {
  readonly change: string;
  readonly reason: string;
  /** What the edit does, which it was written for; undefined of one that nothing asks for. */
  readonly allows: string | undefined;
}

/** What becomes of each consent of cluster.yaml when the cluster goes from one state to the other. */
export function consentsOf(before: RecordedState, after: RecordedState, spec: ClusterSpec): UsedConsent[] {
  const dangers = dangersOf(before, after, spec);
  return (spec.consent ?? []).map(({ change, reason }) => {
    const allows = dangers.find((danger) => consentOf(danger) === change)?.message;
    return { change, reason, allows };
  });
}

const dangersOf = (before: RecordedState, after: RecordedState, spec: ClusterSpec): Danger[] => [
  ...releaseDangers(before.release as Release, spec.release, "", ["release"]),
  ...instanceReleaseDangers(before, after, spec),
  ...tlsDangers(before, spec),
  ...engineDangers(before, spec),
  ...regionDangers(before, spec),
  ...suspendedDangers(before, after),
  ...Object.entries(before.instances).flatMap(([name, old]) => [
    ...instanceDangers(name, old, after.instances[name], pathOf(spec, name, before)),
  ]),
];

const consentOf = ({ code, consentFor }: Danger): string | undefined =>
  consentFor === undefined ? undefined : `${code}/${consentFor}`;

function* instanceDangers(
  name: string,
  old: RecordedInstance,
  now: RecordedInstance | undefined,
  path: Danger["path"],
): Generator<Danger> {
  const ask = (code: IssueCode, message: string, hint: string): Danger => ({
    code,
    message,
    hint,
    path,
    consentFor: name,
  });
  const holdsData = old.data.length > 0 || Object.keys(old.providers).length > 0;
  if (now === undefined) {
    if (holdsData)
      yield ask(
        "remove-instance",
        `${name} would be removed, and it holds data`,
        [
          "Its objects with data stay in the cluster (they are never pruned), but nothing maintains them any more.",
          ...new Set(old.data.flatMap(({ rule, consequence }) => (rule === "keep" ? [consequence] : []))),
        ].join(" "),
      );
    return;
  }
  if (now.namespace !== old.namespace && holdsData)
    yield ask(
      "move-namespace",
      `${name} would move from namespace ${old.namespace} to ${now.namespace}`,
      "What is in volumes stays behind. The database of a service is the same one: delete the objects that stay in the old namespace (User, Grant, Database: what they made is kept), else two set its password in turn. overstack secrets create takes the values of its Secrets along, with a key that opens them.",
    );
  for (const [connection, provider] of Object.entries(old.providers)) {
    const kind = connection.split(" ")[0]!;
    const move = (change: string) => ask(`move-${kind}`, `${name}: its ${connection} ${change}`, kindOf(kind).move!);
    const target = now.providers[connection];
    const instead = target === undefined ? newPlace(kind, old.providers, now.providers) : undefined;
    if (instead !== undefined) yield move(`at ${provider} would become ${instead}`);
    if (target !== undefined && target !== provider) yield move(`would move from ${provider} to ${target}`);
  }
  for (const fact of old.data) {
    const same = now.data.find(({ key }) => key === fact.key);
    if (fact.rule === "keep" && same?.value !== fact.value)
      yield ask("change-data", `${name}: ${fact.what} would ${changeOf(fact, same)}`, fact.consequence);
    if (fact.rule === "less" && same !== undefined && Number(same.value) < Number(fact.value))
      yield ask(
        "change-data",
        `${name}: ${fact.what} would shrink from ${fact.shown} to ${same.shown}`,
        fact.consequence,
      );
    // What is asked of the edit is what is known today, whatever an earlier version has recorded.
    if (same?.byHand !== undefined && Number(same.value) > Number(fact.value))
      yield ask("change-data", `${name}: ${fact.what} would grow from ${fact.shown} to ${same.shown}`, same.byHand);
    const refusal = refusalOf(fact, same);
    if (refusal !== undefined)
      yield { code: "refused-by-server", message: `${name}: ${refusal}`, hint: fact.consequence, path };
  }
  for (const { key, what, shown, otherwise, consequence } of now.data)
    if (otherwise !== undefined && !old.data.some((fact) => fact.key === key))
      yield ask("change-data", `${name}: ${what} would change from ${otherwise} to ${shown}`, consequence);
}

function changeOf(before: DataConstraint, after: DataConstraint | undefined): string {
  const now = after?.shown ?? before.otherwise;
  return now === undefined ? "go" : `change from ${before.shown} to ${now}`;
}

/** What a server refuses; undefined where it does not, and where there is nothing left to refuse. */
function refusalOf(before: DataConstraint, after: DataConstraint | undefined): string | undefined {
  if (after === undefined) return undefined;
  if (before.rule === "grow" && Number(after.value) < Number(before.value))
    return `${before.what} cannot shrink from ${before.shown} to ${after.shown}`;
  if (before.rule === "fixed" && after.value !== before.value)
    return `${before.what} cannot change from ${before.shown} to ${after.shown}`;
  return undefined;
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

/** An instance that had, or has, another release than the cluster makes an upgrade of its own. */
function* instanceReleaseDangers(before: RecordedState, after: RecordedState, spec: ClusterSpec): Generator<Danger> {
  for (const [name, old] of Object.entries(before.instances)) {
    const now = after.instances[name];
    if (now === undefined || (old.release === undefined && now.release === undefined)) continue;
    const written = spec.instances.find((instance) => instance.name === name);
    const path = written?.service.release === undefined ? written?.path : [...written.path, "release"];
    yield* releaseDangers(
      (old.release ?? before.release) as Release,
      now.release ?? spec.release,
      `${name}: `,
      path ?? ["release"],
    );
  }
}

function* releaseDangers(from: Release, to: Release, whose: string, path: Danger["path"]): Generator<Danger> {
  if (from === to || !releases.includes(from)) return;
  const allowed = upgradesFrom(from);
  if (allowed.includes(to)) return;
  if (releases.indexOf(to) < releases.indexOf(from))
    yield {
      code: "downgrade",
      message: `${whose}${from} cannot go back to ${to}: the databases have been migrated`,
      hint: `Stay on ${from}; to go back, restore a backup into a new cluster.`,
      path,
    };
  else
    yield {
      code: "skipped-release",
      message: `${whose}upstream does not support an upgrade from ${from} to ${to}`,
      hint: `Go to ${allowed.join(" or ")} first.`,
      path,
    };
}

/** Members that take one kind of connection alone do not find those that take the other: they would roll into two halves. */
function* tlsDangers({ internalTls: from = "none", instances }: RecordedState, spec: ClusterSpec): Generator<Danger> {
  const to = internalTls(spec);
  const isLiving = Object.values(instances).some(({ data }) => data.length > 0);
  if (!isLiving || from === to || from === "optional" || to === "optional") return;
  yield {
    code: "tls-at-once",
    message: `internal.tls would go from ${from} to ${to} at once, and members of a database that has rolled would not find the others`,
    hint: `Write internal: { tls: optional }, let everything roll, and then ${to === "none" ? "none" : "required"}. To leave it: internal: { tls: ${from} }.`,
    path: spec.internal.tls === undefined ? ["profile"] : ["internal", "tls"],
  };
}

/** The old engine goes on with what it has: nobody takes its own objects out of the cluster. */
function* engineDangers({ engine: from }: RecordedState, { name, delivery }: ClusterSpec): Generator<Danger> {
  const to = delivery.engine;
  if (from === undefined || from === to) return;
  const titles = { flux: "Flux", argocd: "Argo CD" };
  yield {
    code: "change-engine",
    message: `${name} would be delivered by ${titles[to]}, and ${titles[from]} would go on with what it has`,
    hint: `Take ${titles[from]}'s objects out of the cluster first, in a way that leaves what they made: docs/tasks/releases-and-delivery.md says how.`,
    path: ["delivery", "engine"],
    consentFor: name,
  };
}

/** The catalogue keeps the endpoints of the old region, which no Job brings in line any more: clients without a region may take them. */
function* regionDangers(
  { region: from, instances }: RecordedState,
  { name, region: to }: ClusterSpec,
): Generator<Danger> {
  if (from === undefined || from === to || Object.keys(instances).length === 0) return;
  yield {
    code: "change-region",
    message: `the region would change from ${from} to ${to}, and the catalogue would keep the endpoints of ${from}`,
    hint: `Nothing updates them any more, and clients that name no region may take them. Remove them when the Jobs of the commit have ended: docs/tasks/public-access.md says how.`,
    path: ["region"],
    consentFor: name,
  };
}

/**
 * kustomize-controller prunes nothing of a Kustomization that is deleted while it is suspended:
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#suspend
 */
function* suspendedDangers({ engine, instances }: RecordedState, after: RecordedState): Generator<Danger> {
  if (engine !== "flux") return;
  for (const [name, { suspended }] of Object.entries(instances))
    if (suspended && after.instances[name] === undefined)
      yield {
        code: "remove-suspended",
        message: `${name} would be removed while it is suspended, and Flux would leave everything of it running`,
        hint: `Put ${name} back without suspend, commit, wait until Flux has applied it, then remove it.`,
        path: ["delivery"],
      };
}

/** Where an instance is written, or the next of those that it is a part of. */
function pathOf(spec: ClusterSpec, name: string, before: RecordedState): readonly (string | number)[] {
  const written = spec.instances.find((instance) => instance.name === name);
  const owner = before.instances[name]?.owner;
  return written?.path ?? (owner === undefined ? [] : pathOf(spec, owner, before));
}
