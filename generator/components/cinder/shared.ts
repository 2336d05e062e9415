import type { Ini } from "../../contract/configuration.ts";
import type { Need } from "../../contract/connection.ts";
import type { ClusterValues, Context } from "../../contract/context.ts";
import { mergeIni } from "../../kit/ini.ts";
import { keyManager } from "../../kit/key-manager.ts";
import { lockPath } from "../../kit/oslo.ts";
import { scratch } from "../../kit/pod.ts";
import { caOption } from "../../kit/tls.ts";

/** Services that all of Cinder uses where they are: images, and keys of encrypted volumes. */
export const wanted = ["image", "key-manager"];

/**
 * Locks that replicas share: of a volume that two would change at once. Held twice they cost data: two processes would delete
 * and copy one volume (https://docs.openstack.org/cinder/latest/contributor/high_availability.html).
 */
export const locks: Need = { kind: "coordination", name: "cinder", group: "coordination", grade: "correctness" };

/** What a part uses of its owner's. */
export const ofOwner: readonly Need[] = [
  { kind: "database", name: "cinder", group: "database", from: "owner" },
  { kind: "messaging", name: "cinder", group: "DEFAULT", use: "rpc", from: "owner" },
  { ...locks, from: "owner" },
];

/** Options that all of Cinder's programs share: where the other services are. */
export const neighbours = (ctx: Context & ClusterValues): Ini =>
  mergeIni(
    keyManager(ctx),
    // Cinder's own default keeps one key, for everything, in its configuration.
    ctx.peer("key-manager") === undefined ? {} : { key_manager: { backend: "barbican" } },
    ctx.peer("image") === undefined
      ? {}
      : {
          DEFAULT: {
            glance_api_servers: ctx.url("image", "internal"),
            ...caOption(ctx, "glance_ca_certificates_file"),
          },
        },
    { oslo_concurrency: { lock_path: lockPath(ctx) } },
  );

/** Room for what its programs write. */
export function state(size: string) {
  const { volume, mount } = scratch("state", "/var/lib/cinder", size);
  return { volumes: [volume], mounts: [mount] };
}

/** Seconds that a copy under way has when a pod is told to end. */
export const grace = 300;
