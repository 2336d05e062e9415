import { afterAll, beforeAll, expect, test } from "vitest";
import { readyNodes } from "../../cluster/nodes.ts";
import { until } from "../../cluster/processes.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { imagesOf, pauseImage } from "../images.ts";

/* The cluster itself: what the scenarios take for granted. */
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ archives: await imagesOf("2026.1"), pauseImage });
});
afterAll(() => cluster?.stop());

const page = "hello from $(hostname)";
const web = [
  {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "web", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "web",
              image: "quay.io/airshipit/keystone:2026.1-ubuntu_noble",
              command: [
                "sh",
                "-c",
                `echo ${page} > /tmp/index.html; exec python3 -m http.server 8080 --directory /tmp`,
              ],
              readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
              resources: { limits: { memory: "64Mi" } },
            },
          ],
          terminationGracePeriodSeconds: 1,
        },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
  },
];

const readyPods = () => Number(cluster.kubectl("get", "daemonset", "web", "-o", "jsonpath={.status.numberReady}"));
const podOn = (host: string) =>
  cluster.kubectl("get", "pods", "-l", "app=web", `--field-selector=spec.nodeName=${host}`, "-o", "name").trim();
const inPod = (host: string, ...command: string[]) => cluster.kubectl("exec", podOn(host), "--", ...command);

test("pods reach each other by the name of their Service", async () => {
  cluster.apply(web);
  await until("three pods", () => readyPods() === 3, { seconds: 120, processes: cluster.processes });
  for (const { name } of cluster.hosts) {
    const answers = Array.from({ length: 20 }, () => inPod(name, "curl", "--silent", "http://web"));
    expect(new Set(answers).size).toBe(3);
  }
});

test("a host without its network link is lost, and found again", async () => {
  const [host] = cluster.hosts;
  host!.unplug();
  await until("two nodes Ready", () => readyNodes(cluster).length === 2, { seconds: 90 });
  host!.plug();
  await until("three nodes Ready", () => readyNodes(cluster).length === 3, { seconds: 60 });
  expect(inPod(host!.name, "curl", "--silent", "http://web")).toContain("hello");
});

test("a host that was off runs its pods again", async () => {
  const [, host] = cluster.hosts;
  host!.unplug();
  await host!.turnOff();
  await until("two nodes Ready", () => readyNodes(cluster).length === 2, { seconds: 90 });
  await host!.turnOn();
  await until("three nodes and pods", () => readyNodes(cluster).length === 3 && readyPods() === 3, { seconds: 120 });
  expect(inPod(host!.name, "curl", "--silent", "http://web")).toContain("hello");
});
