import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import type { Context } from "../../contract/context.ts";
import { keeperRules, makerRules } from "../../kit/in-cluster.ts";
import { scratch } from "../../kit/pod.ts";
import type { ServiceCron, ServiceJob } from "../../kit/service-header.ts";
import { fernetScript } from "./fernet-script.ts";

export interface Tokens {
  readonly expiration: number;
  readonly allowExpiredWindow: number;
  readonly rotation: "daily" | "weekly";
}
interface Options {
  readonly tokens: Tokens;
}

/**
 * A token must stay readable for expiration + allow_expired_window: (keys - 2) x period covers it, one key being staged
 * and one primary. Never fewer than three: https://docs.openstack.org/keystone/latest/admin/fernet-token-faq.html
 */
export const maxActiveKeys = ({ expiration, allowExpiredWindow, rotation }: Tokens): number =>
  2 + Math.max(1, Math.ceil((expiration + allowExpiredWindow) / periods[rotation].seconds));

const periods = {
  daily: { seconds: 86_400, schedule: "10 2 * * *" },
  weekly: { seconds: 604_800, schedule: "10 2 * * 0" },
} as const;

/**
 * Both key repositories, mounted as directories: the kubelet refreshes those when a Secret changes, and never a subPath
 * (https://kubernetes.io/docs/concepts/configuration/secret/).
 */
export function keyVolumes(
  ctx: Context,
  repositories: readonly ("fernet-keys" | "credential-keys")[] = ["fernet-keys", "credential-keys"],
): { volumes: IVolume[]; mounts: IVolumeMount[] } {
  return {
    volumes: repositories.map((name) => ({
      name,
      secret: { secretName: `${ctx.instance}-${name}`, defaultMode: 0o440 },
    })),
    mounts: repositories.map((name) => ({ name, mountPath: `/etc/keystone/${name}`, readOnly: true })),
  };
}

/** Creates the Secret with Fernet keys once. It is not in Git: a sync would replace the keys, and all tokens would be void. */
export const setUpFernetKeys: ServiceJob<Options> = {
  phase: "expand",
  connections: [],
  pod: (ctx) => keys(ctx, "setup"),
  rules: (ctx) => makerRules(secret(ctx)),
  steps: { "fernet-setup": ["python3", "-c", fernetScript] },
};

/** Rotates the keys in the cluster. Slower than needed breaks nothing; faster would log everybody out. */
export const rotateFernetKeys: ServiceCron<Options> = {
  at: ({ tokens }) => periods[tokens.rotation].schedule,
  connections: [],
  pod: (ctx) => keys(ctx, "rotate"),
  rules: (ctx) => keeperRules(secret(ctx)),
  run: ["python3", "-c", fernetScript],
};

const secret = (ctx: Context): string => `${ctx.instance}-fernet-keys`;

function keys(ctx: Context<Options>, action: "setup" | "rotate") {
  const repository = scratch("keys", "/keys", "1Mi");
  return {
    volumes: [repository.volume],
    mounts: [repository.mount],
    environment: [
      { name: "ACTION", value: action },
      { name: "SECRET", value: secret(ctx) },
      { name: "OS_FERNET_TOKENS__KEY_REPOSITORY", value: "/keys/fernet-keys" },
      // Receipts are signed with the same keys; keystone-manage looks at both repositories.
      { name: "OS_FERNET_RECEIPTS__KEY_REPOSITORY", value: "/keys/fernet-keys" },
      { name: "OS_FERNET_TOKENS__MAX_ACTIVE_KEYS", value: String(maxActiveKeys(ctx.options.tokens)) },
    ],
  };
}
