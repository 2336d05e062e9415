import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { policyRules } from "./egress.ts";
import { labels, objectName, placed, selector } from "./names.ts";
import { NetworkPolicy } from "./objects.ts";
import { serviceAccount } from "./service-account.ts";

/**
 * A Job of an instance in the namespace of the Identity service. Where that is another one than its own, the Job has an account there,
 * and policies: nothing may connect to it, and it may connect to the Identity service alone. `made` is given the name of the account.
 */
export function atIdentity(ctx: Context, role: string, made: (account?: string) => Placed): Placed[] {
  const beside = (item: Placed): Placed => ({ ...item, atIdentity: true });
  if (ctx.identity!.namespace === ctx.namespace) return [beside(made())];
  const name = objectName(ctx, role);
  return [serviceAccount(ctx, "expand", role), ways(ctx, role), made(name)].map(beside);
}

const ways = (ctx: Context, role: string): Placed =>
  placed(
    "expand",
    NetworkPolicy({
      metadata: { name: objectName(ctx, role), labels: labels(ctx, role) },
      spec: {
        podSelector: { matchLabels: selector(ctx, role) },
        policyTypes: ctx.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"],
        ...(ctx.egress === undefined ? {} : { egress: policyRules([ctx.egress.names, ...toIdentity(ctx)]) }),
      },
    }),
  );

const toIdentity = ({ egress, identity }: Context) =>
  egress!.destinations.filter(({ to }) =>
    to.some((place) => "instance" in place && place.instance === identity!.instance),
  );
