import type { IPolicyRule } from "kubernetes-models/rbac.authorization.k8s.io/v1/PolicyRule";
import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import type { Peer } from "../contract/peers.ts";
import { cron } from "./cron.ts";
import { job } from "./job.ts";
import { objectName } from "./names.ts";
import { secretScript } from "./secret-script.ts";
import { apiAccount, permissions } from "./service-account.ts";

// Secrets that are made or found in the cluster. A Job creates them: no engine knows them, so none can prune them, and no sync
// brings back what they were. Pods that read one wait for it, as the kubelet holds a container whose Secret is missing.

/** Rights of what makes a Secret: Kubernetes cannot restrict `create` to a name. */
export const makerRules = (secret: string): IPolicyRule[] => [
  { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
  ...keeperRules(secret),
];

/** Rights of what changes a Secret that is there. */
export const keeperRules = (secret: string): IPolicyRule[] => [
  { apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: ["get", "update"] },
];

/** Lets those of the readers that live in other namespaces copy Secrets, by the account of their Job `role`. */
export function lentTo(ctx: Context, secrets: readonly string[], role: string, readers: readonly Peer[]): Placed[] {
  const others = readers.filter(({ namespace }) => namespace !== ctx.namespace);
  const rules = [{ apiGroups: [""], resources: ["secrets"], resourceNames: [...secrets], verbs: ["get"] }];
  const subjects = others.map((reader) => ({ name: objectName(reader, role), namespace: reader.namespace }));
  return others.length === 0 || secrets.length === 0
    ? []
    : permissions(ctx, "expand", `${role}-readers`, rules, subjects);
}

/**
 * Copies Secrets of another instance into the reader's namespace, under the same names: a Job that waits up to ten minutes for
 * each, and a cron that follows the changes of the first. The header names both as `role`. Nothing where the two share a namespace.
 */
export function copied(ctx: Context, role: string, secrets: readonly string[], from: Peer): Placed[] {
  const [first, ...further] = secrets;
  if (from.namespace === ctx.namespace || first === undefined) return [];
  const environment = (secret: string, patience: number) => [
    { name: "SECRET", value: secret },
    { name: "FROM_NAMESPACE", value: from.namespace },
    { name: "PATIENCE", value: String(patience) },
  ];
  const command = ["python3", "-c", copyScript];
  const parts = { callsKubernetes: true, connections: [] };
  const steps = secrets.map((secret, index) => ({
    name: index === 0 ? role : `${role}-${index + 1}`,
    ...{ command, environment: environment(secret, 600) },
  }));
  return [
    ...apiAccount(ctx, "expand", role, [...makerRules(first), ...further.flatMap(keeperRules)]),
    job(ctx, role, { ...parts, phase: "expand", steps }),
    cron(ctx, role, { ...parts, command, environment: environment(first, 0) }),
  ];
}

/** Takes over what the original holds. Until the reader may read it, the API says 403. */
const copyScript = secretScript({
  variables: `source = server + "/api/v1/namespaces/" + os.environ["FROM_NAMESPACE"] + "/secrets/" + name
`,
  body: `import time

def original():
    try:
        return call("GET", source).get("data") or {}
    except urllib.error.HTTPError as error:
        if error.code not in (403, 404):
            raise
        return {}

data = original()
until = time.monotonic() + int(os.environ["PATIENCE"])
while not data and time.monotonic() < until:
    time.sleep(5)
    data = original()
if not data:
    raise SystemExit("there is nothing to copy yet at " + source)
if data == keys:
    print("the copy is up to date")
    raise SystemExit(0)
`,
});
