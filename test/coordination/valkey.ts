import { until } from "../cluster/processes.ts";
import { prepare, type Running, startPod } from "./lab.ts";
import type { Members } from "./members.ts";
import { isReadyByPort, type Service, startService } from "./service.ts";

/** Members of Valkey that run, as a StatefulSet has them. */
export interface Valkey {
  readonly pods: ReadonlyMap<number, Running>;
  /** Asks a server (6379) or a Sentinel (26379) with the password of its pod. */
  cli(index: number, port: number, ...command: readonly string[]): ReturnType<Running["exec"]>;
  isReady(index: number): Promise<boolean>;
  /** Number of the member that Sentinels say is written to. */
  primary(except?: number): Promise<number>;
  start(index: number): void;
  kill(index: number): Promise<void>;
  /** Replaces one after the other, the highest number first, each when the one before is ready. */
  roll(to: Members): Promise<void>;
  stop(): Promise<void>;
}

/** Starts members, and what stands for their Service. */
export async function startValkey(first: Members): Promise<Valkey> {
  await prepare("valkey");
  const pods = new Map<number, Running>();
  let current = first;
  const all = Array.from({ length: first.count }, (_, index) => index);
  const cli: Valkey["cli"] = (index, port, ...command) => {
    const tls = '[ -z "$TLS_DIRECTORY" ] || tls="--tls --cacert $TLS_DIRECTORY/ca.crt"';
    const ask = `tls=; ${tls}; REDISCLI_AUTH=$PASSWORD timeout 4 valkey-cli $tls -p ${port} ${command.join(" ")}`;
    return pods.get(index)!.exec("server", ["sh", "-c", ask]);
  };
  const isReady: Valkey["isReady"] = async (index) => {
    const running = pods.get(index)!;
    const { code } = await running.exec("server", running.pod.containers[0]!.probes.ready);
    return code === 0;
  };
  const start = (index: number) => void pods.set(index, startPod(current.pod(index)));
  const kill = async (index: number) => {
    await pods.get(index)!.kill();
    pods.delete(index);
  };
  for (const index of all) start(index);
  for (const index of all) await until(`member ${index}`, () => isReady(index));
  await until("three Sentinels that know each other", async () =>
    (await cli(0, 26379, "sentinel", "ckquorum", "overstack")).stdout.startsWith("OK 3"),
  );
  const service: Service = startService(first.ports, pods, isReadyByPort(26379));
  await until("the Sentinels behind one name", () => service.ready().length === all.length);
  return {
    ...{ pods, cli, isReady, start, kill },
    primary: async (except = -1) => {
      for (const index of pods.keys()) {
        if (index === except) continue;
        const { stdout } = await cli(index, 26379, "sentinel", "get-master-addr-by-name", "overstack");
        const found = /^valkey-server-(\d+)\./.exec(stdout)?.[1];
        if (found !== undefined) return Number(found);
      }
      throw new Error("no Sentinel answers");
    },
    roll: async (to) => {
      current = to;
      for (const index of all.toReversed()) {
        const ending = pods.get(index)!;
        await ending.exec("server", ending.pod.containers[0]!.probes.stop);
        await kill(index);
        start(index);
        await until(`member ${index}`, () => isReady(index));
      }
    },
    stop: async () => {
      service.close();
      for (const running of pods.values()) await running.kill();
    },
  };
}
