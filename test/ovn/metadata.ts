import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { dirname, join } from "node:path";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { Release } from "../../generator/contract/release.ts";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { until } from "../cluster/processes.ts";
import { authority, serverPair } from "../config/certificates.ts";
import { type Container, containersOf } from "../config/containers.ts";
import { environmentOf, run } from "../config/environment.ts";
import { outside } from "../coordination/lab.ts";
import { type Node, volumeOf } from "./nodes.ts";

// The agent that hands metadata on, on a node of nodes.ts: the container that is generated, with Neutron's own program of a release.

/** What is generated for it. */
interface Generated {
  readonly container: Container;
  readonly ready: readonly string[];
}

function generateAgent(release: Release): Generated {
  const { issues, rendered } = buildFrom({
    name: "eu1",
    text: `name: eu1
domain: eu1.example.org
release: "${release}"
delivery: { repository: "https://git.example.org/fleet.git" }
access: { mode: none }
kubernetes: { version: "1.35", nodeNetworks: [10.77.0.0/24] }
nodeGroups: { compute: { roles: [hypervisor, gateway] } }
infrastructure: { mariadb: { backup: none } }
services:
  nova: {}
  glance: { stores: { ceph: { type: rbd, monitors: [10.0.0.1], secret: glance-ceph } } }
`,
  });
  if (rendered === undefined) throw new Error(issues.map(({ message }) => message).join("\n"));
  const render = rendered.renders.get("metadata-agent-compute")!;
  const { spec } = render.run.objects.find(({ kind }) => kind === "DaemonSet")!;
  const { template } = spec as { readonly template: { readonly spec: IPodSpec } };
  const [{ readinessProbe }] = template.spec.containers as [IContainer];
  return {
    container: containersOf(render).find(({ name }) => name === "DaemonSet/agent/agent")!,
    ready: readinessProbe!.exec!.command!,
  };
}

const folder = "/run/overstack/metadata";
const nova = "nova-metadata.openstack-services.svc.cluster.local";

/** What Nova was asked: for which server, of whom, and by which address. */
export interface Asked {
  readonly server: string;
  readonly project: string;
  readonly address: string;
}

/**
 * Stands for Nova's API of metadata: HTTPS under its name, and an answer to who signs with the secret that both share. The agent finds
 * the authority of its certificate where its options say.
 */
export async function startNova(): Promise<{ readonly stop: () => void }> {
  mkdirSync(folder, { recursive: true });
  const ca = await authority();
  writeFileSync(join(folder, "ca.crt"), ca.certificate);
  const { certificate, key } = await serverPair(ca, [`DNS:${nova}`]);
  const server = createServer({ cert: certificate, key }, ({ headers }, response) => {
    const id = String(headers["x-instance-id"]);
    const signature = createHmac("sha256", "nova-metadata-secret-metadata-secret").update(id).digest("hex");
    if (headers["x-instance-id-signature"] !== signature) return void response.writeHead(403).end();
    const asked = { server: id, project: headers["x-tenant-id"], address: headers["x-forwarded-for"] };
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(asked));
  }).listen(8775, outside);
  await once(server, "listening");
  return {
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** An agent that runs on a node. */
export interface Agent {
  /** Its exit code, when it ends by itself, and what it said. */
  readonly ended: Promise<number | null>;
  readonly said: () => string;
  readonly isReady: () => Promise<boolean>;
  /** Ends its container with all that is in it: at once, or as Kubernetes does; seconds that it took. */
  readonly end: (signal: "SIGKILL" | "SIGTERM") => Promise<number>;
}

let count = 0;

/** Starts the container with namespaces of processes and mounts of its own, on the network of the node. */
export async function startAgent(node: Node, release: Release): Promise<Agent> {
  const environment = await environmentOf("neutron", release);
  const { container, ready } = generateAgent(release);
  const home = join(folder, `${node.name}-${count++}`);
  const put = (path: string, text: string | Buffer) => {
    mkdirSync(join(home, "files", dirname(path)), { recursive: true });
    writeFileSync(join(home, "files", path), text);
  };
  for (const path of container.folders) mkdirSync(join(home, "files", path), { recursive: true });
  for (const [path, text] of container.files) put(path, text);
  put("/etc/ssl/internal/ca.crt", readFileSync(join(folder, "ca.crt")));
  for (const name of ["ca.crt", "tls.crt", "tls.key"])
    put(`/etc/ssl/ovn/${name}`, readFileSync(`/run/overstack/certificates/${name}`));
  // Members that come back have other addresses: it asks the server of names for them.
  put("/etc/hosts", `127.0.0.1 localhost\n${outside} ${nova}\n`);
  put("/etc/resolv.conf", `nameserver ${outside}\n`);
  const mounts = [...container.ofNode].map(
    ([to, from]) => `${from === "/run/netns" ? from : volumeOf(node.name, from)} ${to}\n`,
  );
  writeFileSync(join(home, "shared"), mounts.join(""));
  const path = [
    join(environment, "bin"),
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
  ];
  const env = ["env", "--ignore-environment", `PATH=${path.join(":")}`];
  const variables = Object.entries(container.environment).map(([key, value]) => `${key}=${value}`);
  const log = join(process.env.OVERSTACK_LOGS!, `${node.name}-metadata-agent-${count}.log`);
  const output = openSync(log, "a");
  const child = spawn(
    node.enter[0]!,
    [
      ...node.enter.slice(1),
      // What it mounts in the node's directory of namespaces is the node's, too.
      ...["unshare", "--mount", "--propagation", "unchanged", "--pid", "--fork", "--kill-child"],
      ...["sh", join(import.meta.dirname, "../config/in-root.sh"), home],
      ...["sh", "-c", `mount -t proc proc /proc && exec "$@"`, "sh", ...env, ...variables, ...container.command],
    ],
    { stdio: ["ignore", output, output] },
  );
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const inside = async (command: readonly string[]) =>
    run("nsenter", [
      ...["--target", firstProcess(child), "--net", "--mount", "--pid", "--root"],
      ...[...env, ...variables, ...command],
    ]);
  return {
    ended,
    said: () => readFileSync(log, "utf8"),
    isReady: async () => (await inside(ready)).code === 0,
    end: async (signal) => {
      const began = Date.now();
      process.kill(Number(firstProcess(child)), signal);
      await ended;
      return (Date.now() - began) / 1000;
    },
  };
}

/** The first process of its namespace, which `unshare` has started. */
function firstProcess({ pid }: ChildProcess): string {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  if (!first) throw new Error("the agent has ended");
  return first;
}

/** Waits until a server gets its metadata; what Nova was asked, and the seconds. */
export async function metadataOf(
  ask: () => Promise<{ readonly code: number; readonly stdout: string }>,
  seconds: number,
): Promise<{ readonly asked: Asked; readonly after: number }> {
  const began = Date.now();
  const asked = await until(
    "metadata",
    async () => {
      const { code, stdout } = await ask();
      return code === 0 && (JSON.parse(stdout) as Asked);
    },
    { seconds },
  );
  return { asked, after: (Date.now() - began) / 1000 };
}
