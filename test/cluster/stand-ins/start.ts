import { join } from "node:path";
import { operators } from "../../../generator/operators/index.ts";
import type { ControlPlane } from "../control-plane.ts";

/**
 * Operators as the rest of the cluster sees them: the Deployments of those that come as charts, since nothing unpacks charts
 * here, and the children of all their objects. Operators that come as manifests are installed for real; kwok runs their pods.
 */
export async function standIns(cluster: ControlPlane): Promise<void> {
  const charts = operators.filter(({ source }) => source.type !== "git");
  const objects = charts.flatMap(({ namespace, deployments }) => [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    ...deployments.map((name) => deployment(name, namespace)),
  ]);
  await cluster.apply(objects);
  cluster.run("stand-ins", process.execPath, [join(import.meta.dirname, "children.ts"), cluster.socket]);
}

const deployment = (name: string, namespace: string): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "operator", image: "stand-in" }] } },
  },
});
