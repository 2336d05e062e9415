import { get } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { outside, type Running } from "./lab.ts";

/** Stands for kube-proxy: a new connection goes to one of the members that count as ready, and stays there. */
export interface Service {
  /** Members by number; whoever looks is the kubelet, and Kubernetes where a host is silent. */
  readonly ready: () => readonly number[];
  close(): void;
}

/** The kubelet's probe of etcd: every 5 s, and twice wrong before a member counts as not ready. */
const period = 5000;
const failures = 2;
/** `node-monitor-grace-period`: so long a member whose host is silent counts as it did before. */
const grace = 50_000;

/** What a probe sees of a member. */
type Answer = "ready" | "not ready" | "silence";

/** Serves these ports for members that may change. */
export function startService(
  ports: readonly number[],
  pods: ReadonlyMap<number, Running>,
  ask: (address: string) => Promise<Answer>,
): Service {
  // By address: who comes back is another pod.
  const wrong = new Map<string, number>();
  const silentSince = new Map<string, number>();
  const probe = async () => {
    for (const { address } of pods.values()) {
      const answer = await ask(address);
      if (answer === "silence") silentSince.set(address, silentSince.get(address) ?? performance.now());
      else silentSince.delete(address);
      if (answer === "ready") wrong.set(address, 0);
      else if (answer === "not ready" || performance.now() - silentSince.get(address)! > grace)
        wrong.set(address, (wrong.get(address) ?? failures) + 1);
    }
  };
  const timer = setInterval(() => void probe(), period);
  void probe();
  const ready = () => [...pods.keys()].filter((index) => (wrong.get(pods.get(index)!.address) ?? failures) < failures);
  const servers = ports.map((port): Server => {
    const server = createServer((client) => {
      const to = ready();
      const index = to[Math.floor(Math.random() * to.length)];
      if (index === undefined) return void client.destroy();
      const member = connect(port, pods.get(index)!.address);
      for (const end of [client, member])
        end
          .on("error", () => undefined)
          .on("close", () => {
            client.destroy();
            member.destroy();
          });
      client.pipe(member).pipe(client);
    });
    return server.listen(port, outside);
  });
  return {
    ready,
    close: () => {
      clearInterval(timer);
      for (const server of servers) server.close();
    },
  };
}

/** What etcd says of itself. */
export const isReadyByHttp = (address: string): Promise<Answer> =>
  new Promise((resolve) => {
    const request = get(`http://${address}:2381/readyz`, { timeout: 5000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? "ready" : "not ready");
    });
    request.on("timeout", () => {
      request.destroy();
      resolve("silence");
    });
    request.on("error", ({ message }) => resolve(meaning(message)));
  });

/** Whether somebody listens, for what is asked by a program inside the pod. */
export const isReadyByPort =
  (port: number) =>
  (address: string): Promise<Answer> =>
    new Promise((resolve) => {
      const socket = connect({ host: address, port, timeout: 5000 });
      const end = (answer: Answer) => {
        socket.destroy();
        resolve(answer);
      };
      socket.on("connect", () => end("ready"));
      socket.on("timeout", () => end("silence"));
      socket.on("error", ({ message }) => end(meaning(message)));
    });

const meaning = (message: string): Answer => (/EHOSTUNREACH|ETIMEDOUT/.test(message) ? "silence" : "not ready");
