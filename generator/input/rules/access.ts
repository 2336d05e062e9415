import { error, type Issue } from "../../issues/issue.ts";
import type { ClusterSpec } from "../spec.ts";
import type { Source } from "../yaml/positions.ts";

/** Rules on public access: what mode, Gateway and TLS mean together. */
export function* checkAccess({ access, profile }: ClusterSpec, source: Source): Iterable<Issue> {
  const unused = (key: string, why: string, hint: string): Issue =>
    error("unused-key", `access.${key} has no effect: ${why}`, hint, { path: ["access", key], atKey: true });
  const { mode, gateway, tls } = access;
  if (mode === "existing" && gateway === undefined)
    yield error(
      "no-gateway",
      "access.mode is existing, and no Gateway is named",
      "Name it: access: { mode: existing, gateway: { name: public, namespace: ingress } }.",
      { path: ["access", "mode"], dependsOn: [["access"]] },
    );
  if (mode !== "existing" && gateway !== undefined)
    yield unused("gateway", `access.mode is ${mode}`, "Write mode: existing to use that Gateway, or remove the key.");
  if (mode !== "gateway" && source.has(["access", "className"]))
    yield unused("className", `access.mode is ${mode}`, "Remove it: only a Gateway of the cluster's own has a class.");
  if (mode === "none" && tls !== undefined)
    yield unused("tls", "access.mode is none", "Remove it, or make the services public: mode: gateway.");
  if (mode === "none" || profile !== "production") return;
  if (tls === "none")
    yield error(
      "no-tls",
      "access.tls is none: passwords and tokens would travel in the clear",
      "Name an issuer or a Secret as in tls: { issuer: { name: letsencrypt } }, or use profile: development.",
      { path: ["access", "tls"], dependsOn: [["profile"]] },
    );
  if (tls === undefined)
    yield error(
      "no-tls",
      "access.tls is missing: in production public names need TLS",
      mode === "existing"
        ? "Say what protects the names at that Gateway: tls: { secret: public-tls }, or tls: { issuer: { name: letsencrypt } }."
        : "Name a cert-manager issuer: access: { tls: { issuer: { name: letsencrypt } } }, or a Secret: access: { tls: { secret: public-tls } }.",
      { path: ["access"], dependsOn: [["access"], ["profile"]] },
    );
}
