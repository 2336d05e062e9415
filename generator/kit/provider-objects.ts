import { kindOf } from "../connections/index.ts";
import type { Account, Connection } from "../contract/connection.ts";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { keepAnnotations, labels, objectName, placed } from "./names.ts";

/**
 * What a client has at a provider: its database or virtual host, its users and what they may do. The provider's name
 * stands in theirs: references are immutable, so a service that moves to another provider gets new objects beside the
 * old ones. Who has a connection from its owner makes none of it.
 */
export const providerObjects = (ctx: Context, connection: Connection): Placed[] =>
  connection.instance === undefined || connection.lender !== undefined
    ? []
    : (kindOf(connection.need.kind).objects?.(connection) ?? []).map(({ apiVersion, kind, spec, account }) =>
        placed("expand", {
          apiVersion,
          kind,
          metadata: {
            name: objectName(ctx, `${roleAt(ctx, connection)}${account?.mark ?? ""}`),
            labels: labels(ctx, connection.need.kind),
            ...kept(account),
          },
          spec,
        }),
      );

/**
 * What stands between the component and the suffix. The dot ends the provider's name: without it, `placement` at
 * `mariadb-two` and `placement-two` at `mariadb` would have the same objects.
 */
const roleAt = ({ component }: Context, { need, instance }: Connection): string =>
  `${need.name === component ? "" : `${need.name.replaceAll("_", "-")}-`}${instance!}.${need.kind}`;

/** Objects stay when they leave Git, unless that is what they are to do. */
const kept = (account: Account | undefined): { annotations?: Record<string, string> } =>
  account?.leaving ? {} : { annotations: { ...keepAnnotations } };
