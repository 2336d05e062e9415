import type { Context } from "../contract/context.ts";

type Families = Pick<Context, "ipFamilies">;

/** True where pods and Services have IPv6 addresses, and no others unless somebody asks for them. */
export const isIpv6 = ({ ipFamilies }: Families): boolean => ipFamilies[0] === "IPv6";

/** What a server listens at: every address of its pod. Linux takes IPv4 at `[::]` too. */
export const everyAddress = ({ ipFamilies }: Families): string => (ipFamilies.includes("IPv6") ? "[::]" : "");

/** An address of a pod in a URL, by the name of the variable that has it. */
export const inUrl = (ctx: Families, variable: string): string => (isIpv6(ctx) ? `[$(${variable})]` : `$(${variable})`);

/**
 * The API server by a name instead of the address that Kubernetes gives a pod, which would need brackets in a URL:
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
export const apiByName = (ctx: Families): { readonly name: string; readonly value: string }[] =>
  isIpv6(ctx) ? [{ name: "KUBERNETES_SERVICE_HOST", value: "kubernetes.default.svc" }] : [];
