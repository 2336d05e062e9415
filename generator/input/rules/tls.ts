import { error, type Issue } from "../../issues/issue.ts";
import type { ClusterSpec } from "../spec.ts";
import { internalTls } from "../spec.ts";

/** Rules on connections inside the cluster. */
export function* checkInternal(spec: ClusterSpec): Iterable<Issue> {
  if (internalTls(spec) === "none" && spec.internal.issuer !== undefined)
    yield error(
      "unused-key",
      `internal.issuer has no effect: ${spec.internal.tls === "none" ? "internal.tls is none" : "in development internal.tls is none by default"}`,
      "Add tls: required, or remove internal.issuer.",
      { path: ["internal", "issuer"], dependsOn: [["internal"], ["profile"]], atKey: true },
    );
}
