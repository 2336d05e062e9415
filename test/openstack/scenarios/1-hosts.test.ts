import { afterAll, beforeAll, expect, test } from "vitest";
import { readyNodes } from "../../cluster/nodes.ts";
import { until } from "../../cluster/processes.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { allImages, pauseImage } from "../images.ts";
import { programs } from "../programs.ts";
import { proofOf } from "../proof.ts";

/* The cluster itself: what the scenarios take for granted. */
const proof = proofOf("Three hosts", `Kubernetes ${programs.kubelet.version.slice(1)}`);
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ archives: await allImages(), pauseImage });
});
afterAll(async () => {
  proof.write();
  await cluster?.stop();
});

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

/** Notes how many seconds it takes until Kubernetes sees something, and fails when it is more than these. */
async function within(what: string, most: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const began = performance.now();
  await until(what, holds, { seconds: 2 * most, processes: cluster.processes });
  proof.limit(what, (performance.now() - began) / 1000, most);
}
const ready = async (count: number) => (await readyNodes(cluster)).length === count;

test("pods reach each other by the name of their Service", async () => {
  await cluster.apply(web);
  await within("a pod on each host, from an image that is there", 60, () => readyPods() === 3);
  // Ready pods become the Service's on each host a moment later.
  const answering = () => cluster.hosts.every(({ name }) => inPod(name, "curl", "--silent", "http://web") !== "");
  await within("the Service answers on each host", 10, answering);
  for (const { name } of cluster.hosts) {
    const answers = Array.from({ length: 20 }, () => inPod(name, "curl", "--silent", "http://web"));
    const seen = `${new Set(answers).size} pods`;
    const what = `twenty requests from ${name} to the Service are answered by`;
    proof.see({ what, expected: "3 pods", seen, holds: seen === "3 pods" });
  }
});

test("a host without its network link is lost, and found again", async () => {
  const [host] = cluster.hosts;
  host!.unplug();
  await within("a host's link is lost: its node is NotReady", 60, () => ready(2));
  host!.plug();
  await within("the link is back: its node is Ready", 30, () => ready(3));
  expect(inPod(host!.name, "curl", "--silent", "http://web")).toContain("hello");
});

test("a host that was off runs its pods again", async () => {
  const [, host] = cluster.hosts;
  host!.unplug();
  await host!.turnOff();
  await within("a host is off: its node is NotReady", 60, () => ready(2));
  await host!.turnOn();
  await within(
    "the host is on: its node is Ready, its pod answers",
    90,
    async () => (await ready(3)) && readyPods() === 3,
  );
  expect(inPod(host!.name, "curl", "--silent", "http://web")).toContain("hello");
});
