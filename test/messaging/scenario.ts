import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { until } from "../cluster/processes.ts";
import { addressOf, outside, prepare, type Running, startPod } from "../coordination/lab.ts";
import { answerNames } from "../database/dns.ts";
import { generate } from "./members.ts";
import { serversRoot } from "./programs.ts";

/** A call from one service to another: who sent it, when (seconds since 1970), for how long, why it failed, who answered. */
export interface Call {
  readonly from: number;
  readonly began: number;
  readonly seconds: number;
  readonly error: string | null;
  readonly by: string | null;
}

/** Three hosts, each with a broker and a service that answers calls and sends two a second. */
export interface Messaging {
  readonly brokers: readonly Running[];
  readonly services: readonly Running[];
  /** All calls that have ended. */
  calls(): Call[];
  /** Pulls the cable of a host, or puts it back. */
  setLink(host: number, state: "up" | "down"): void;
  stop(): Promise<void>;
}

export async function startMessaging(): Promise<Messaging> {
  const generated = generate();
  await prepare("rabbitmq", { files: await serversRoot(), services: ["rabbitmq"], names: ["*.rabbitmq-nodes"] });
  const names = await answerNames(outside, addressOf);
  const brokers: Running[] = [];
  brokers.push(...[0, 1, 2].map((index) => startPod(generated.broker(index))));
  balance(brokers.map(({ address }) => address));
  const running = async () => {
    const count = ["eval", "length(rabbit_nodes:list_running())."];
    const { stdout } = await brokers[0]!.exec("rabbitmq", [
      ...["/usr/lib/rabbitmq/bin/rabbitmqctl", "--longnames", "--quiet", ...count],
    ]);
    return stdout.trim() === "3";
  };
  await until("three members", running, { seconds: 240 });
  const services = [0, 1, 2].map((index) => startPod(generated.service(index)));
  const calls = () =>
    services.flatMap((service, from) =>
      service
        .log("service")
        .split("\n")
        .flatMap((line) => (line.startsWith('{"began"') ? [{ from, ...JSON.parse(line) } as Call] : [])),
    );
  const isWorking = () => new Set(calls().flatMap(({ from, error }) => (error === null ? [from] : []))).size === 3;
  await until("calls of all services", isWorking, { seconds: 90 });
  return {
    brokers,
    services,
    calls,
    setLink: (host, state) => {
      brokers[host]!.setLink(state);
      services[host]!.setLink(state);
    },
    stop: async () => {
      names.close();
      for (const running of [...services, ...brokers]) await running.kill();
    },
  };
}

/** What kube-proxy does for the Service of the brokers: a new connection goes to one of them, whatever has become of it. */
function balance(addresses: readonly string[]): void {
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  const map = addresses.map((address, number) => `${number} : ${address}`).join(", ");
  const rules = `table ip services {
  chain before { type nat hook prerouting priority dstnat;
    ip daddr ${outside} tcp dport 5671 dnat to numgen random mod ${addresses.length} map { ${map} }
  }
  chain after { type nat hook postrouting priority srcnat; ip daddr { ${addresses.join(", ")} } tcp dport 5671 masquerade; }
}
`;
  execFileSync("nft", ["--file", "-"], { input: rules });
}
