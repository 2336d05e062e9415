import type { Ini } from "../contract/configuration.ts";
import type { ClusterValues, Context } from "../contract/context.ts";
import { caOption } from "./tls.ts";

/**
 * Where castellan finds keys and certificates; nothing where no key manager is there. Without these lines it looks for the Identity
 * service on the pod itself.
 */
export const keyManager = (ctx: Context & ClusterValues): Ini =>
  ctx.peer("key-manager") === undefined
    ? {}
    : {
        barbican: {
          auth_endpoint: ctx.identity!.url,
          barbican_endpoint: ctx.url("key-manager", "internal"),
          ...caOption(ctx, "verify_ssl_path"),
        },
      };
