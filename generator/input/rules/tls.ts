import type { ClusterSpec } from "../spec.ts";
import { internalTls } from "../spec.ts";
import type { Finding } from "../yaml/positions.ts";

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
