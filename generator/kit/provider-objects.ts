import { byKey } from "../base/data.ts";
import type { ProviderObject } from "../connections/connection-kind.ts";
import { kindOf } from "../connections/index.ts";
import type { Account, Connection, Kind, Need } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import type { Phase, Placed } from "../contract/kubernetes.ts";
import { keepAnnotations, labels, objectName, placed } from "./names.ts";

/**
 * What a client has at a provider: its database or virtual host, its users and what they may do. The provider's name
 * stands in theirs: references are immutable, so a service that moves to another provider gets new objects next to the
 * old ones. The dot ends the provider's name: without it, `placement` at `mariadb-two` and `placement-two` at `mariadb`
 * would have the same objects. Who has a connection from its owner makes none of it.
 */
export const providerObjects = (ctx: Context, connection: Connection): Placed[] => {
  const { need, instance, distinction, lender } = connection;
  if (instance === undefined || lender !== undefined) return [];
  const role = `${distinction === "" ? "" : `${distinction}-`}${instance}.${need.kind}`;
  return (kindOf(need.kind).objects?.(connection) ?? []).map((object) => made(ctx, "expand", need.kind, role, object));
};

/** What a provider has for all its clients together: the virtual host of notifications. */
export function sharedObjects(ctx: Context): Placed[] {
  const needs = new Map(
    ctx.consumers.filter(({ need }) => need.from === "provider").map(({ need }) => [`${need.kind} ${need.name}`, need]),
  );
  return [...needs].sort(byKey).flatMap(([, need]) => sharedPlace(ctx, need));
}

const sharedPlace = (ctx: Context, { kind, name }: Need): Placed[] =>
  (kindOf(kind).shared?.({ name, instance: ctx.instance, namespace: ctx.namespace }) ?? []).map((object) =>
    made(ctx, "run", kind, `${name.replaceAll("_", "-")}.${kind}`, object),
  );

/** In Argo CD what a provider shares follows the provider. */
const sharedWave = 1;

const made = (ctx: Context, phase: Phase, kind: Kind, role: string, object: ProviderObject): Placed =>
  placed(
    phase,
    {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: {
        name: objectName(ctx, `${role}${object.ending ?? ""}${object.account?.mark ?? ""}`),
        labels: labels(ctx, kind),
        ...kept(object.account),
      },
      spec: object.spec,
    },
    ...(phase === "run" ? [sharedWave] : []),
  );

/** Objects stay when they leave Git, unless that is what they are to do. */
const kept = (account: Account | undefined): { annotations?: Record<string, string> } =>
  account?.leaving ? {} : { annotations: { ...keepAnnotations } };
