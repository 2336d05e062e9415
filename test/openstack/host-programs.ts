import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { programPath } from "../cluster/build.ts";
import { type Process, start } from "../cluster/processes.ts";
import { addresses, fetched } from "../cluster/sandbox.ts";
import { addressOf, dns, domain, pods, podsOf } from "./addresses.ts";
import type { Machine } from "./machine.ts";
import { programs } from "./programs.ts";

/** What the programs of a host are told. */
export interface HostSettings {
  readonly name: string;
  readonly index: number;
  readonly zone: string;
  readonly kubeconfig: string;
  /** The host's part of the control group tree. */
  readonly group: string;
  readonly disk: string;
  /** Name of the image that holds a pod's namespaces. */
  readonly pauseImage: string;
}

/** What an init system does: a program that finds another one missing ends, and is started again. */
const supervise = 'while :; do "$@"; sleep 1; done';
const socket = "/run/containerd/containerd.sock";

/** Starts what makes a machine a host of the cluster. */
export function startPrograms(machine: Machine, settings: HostSettings): Process[] {
  const { disk, name } = settings;
  const write = (file: string, content: string | object): string => {
    writeFileSync(join(disk, file), typeof content === "string" ? content : JSON.stringify(content));
    return join(disk, file);
  };
  const run = (file: string, args: readonly string[]): Process => {
    const [program, ...rest] = [...machine.enter, "sh", "-c", supervise, "supervise", file, ...args];
    return start(basename(file), program!, rest, { folder: disk });
  };
  mkdirSync(join(disk, "cni"), { recursive: true });
  write("cni/10-pods.conflist", podNetwork(settings));
  return [
    run("containerd", ["--config", write("containerd.toml", containerd(settings))]),
    run(programPath(programs.kubeProxy), ["--config", write("kube-proxy.json", kubeProxy(settings))]),
    run(programPath(programs.coreDns), ["-conf", write("Corefile", corefile(settings))]),
    run(programPath(programs.kubelet), [
      `--config=${write("kubelet.json", kubelet(settings))}`,
      `--kubeconfig=${settings.kubeconfig}`,
      `--hostname-override=${name}`,
      `--node-ip=${addressOf(settings.index)}`,
      `--node-labels=topology.kubernetes.io/zone=${settings.zone}`,
    ]),
  ];
}

const containerd = ({ disk, pauseImage }: HostSettings): string => `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pauseImage}"
# A process may not be made less likely to be killed than the one that started this.
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${join(disk, "../plugins")}"
conf_dir = "${disk}/cni"
`;

/** A link of its own from each pod to the host, which routes: all traffic passes where Services are translated. */
const podNetwork = ({ index }: HostSettings): object => ({
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      type: "ptp",
      mtu: 1500,
      ipam: {
        type: "host-local",
        dataDir: "/run/cni",
        ranges: [[{ subnet: podsOf(index) }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
  ],
});

const kubelet = ({ group }: HostSettings): object => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: "AlwaysAllow" },
  cgroupDriver: "cgroupfs",
  cgroupRoot: group,
  clusterDNS: [dns],
  clusterDomain: domain,
  containerRuntimeEndpoint: `unix://${socket}`,
  enableServer: true,
  // Hosts share one disk and one memory: no host may take fright at what another one does.
  evictionHard: {
    "imagefs.available": "1%",
    "memory.available": "100Mi",
    "nodefs.available": "1%",
    "nodefs.inodesFree": "1%",
  },
  failCgroupV1: false,
  failSwapOn: false,
  imageGCHighThresholdPercent: 100,
  imageMinimumGCAge: "24h",
  oomScoreAdj: 0,
});

/** Configuration of kube-proxy, which translates addresses of Services wherever one is asked for. */
export const kubeProxy = ({ kubeconfig, name }: Pick<HostSettings, "kubeconfig" | "name">): object => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "nftables",
  clientConnection: { kubeconfig },
  clusterCIDR: pods,
  // Limits of connections are the whole kernel's.
  conntrack: {
    maxPerCore: 0,
    min: 0,
    tcpCloseWaitTimeout: "0s",
    tcpEstablishedTimeout: "0s",
    udpStreamTimeout: "0s",
    udpTimeout: "0s",
  },
  hostnameOverride: name,
  oomScoreAdj: 0,
});

/** Each host answers its own pods, so that a lost host takes no name away. */
const corefile = ({ kubeconfig }: HostSettings): string => `.:53 {
  bind ${dns}
  errors
  hosts {
    ${addresses.served} ${fetched.join(" ")}
    fallthrough
  }
  kubernetes ${domain} in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig} test
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 30
  }
  cache 30 {
    disable success ${domain}
    disable denial ${domain}
  }
}
`;
