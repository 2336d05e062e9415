import type { InternalTls } from "../model/contract.ts";
import type { ClusterSpec } from "./cluster.ts";
import type { Finding } from "./source.ts";

/** How connections inside the cluster are protected when nobody says: production encrypts. */
export const internalTls = ({ internal, profile }: Pick<ClusterSpec, "internal" | "profile">): InternalTls =>
  internal.tls ?? (profile === "production" ? "required" : "none");

/** Rules on connections inside the cluster. */
export function* checkInternal(spec: ClusterSpec): Iterable<Finding> {
  if (internalTls(spec) === "none" && spec.internal.issuer !== undefined)
    yield {
      code: "unused-key",
      path: ["internal", "issuer"],
      dependsOn: [["internal"], ["profile"]],
      atKey: true,
      message: `internal.issuer has no effect: ${spec.internal.tls === "none" ? "internal.tls is none" : "in development internal.tls is none by default"}`,
      hint: "Write tls: required beside it, or remove it.",
    };
}
