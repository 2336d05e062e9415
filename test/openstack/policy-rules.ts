import { type Selector, selects } from "../laws/objects.ts";
import type { Block, Peer, Policy } from "../laws/packets.ts";

/** A pod with an address of its own. */
export interface Addressed {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
}

/** A policy, with the namespace that it is about. */
export interface Placed {
  readonly namespace: string;
  readonly spec: Policy;
}

/** Labels of namespaces, by name. */
export type Namespaces = ReadonlyMap<string, Readonly<Record<string, string>>>;

const table = "inet policies";

/**
 * Rules of nftables that do what a network plugin does: the first packet of a connection between pods, or from a pod to elsewhere, must
 * be let out by a policy of its sender and let in by one of its receiver. Services are translated before (kube-proxy, prerouting), so
 * that addresses are those of pods. What was held back stands in the set `held`.
 */
export function rulesOf(policies: readonly Placed[], pods: readonly Addressed[], namespaces: Namespaces): string {
  const ways = (["Egress", "Ingress"] as const).map((way) => {
    const own = policies.filter(({ spec }) => spec.policyTypes.includes(way));
    const isolated = pods.filter((pod) => own.some((policy) => isAbout(policy, pod)));
    return { way, isolated, rules: own.flatMap((policy) => rules(way, policy, pods, namespaces)) };
  });
  const [out, into] = ways;
  return `add table ${table}
add set ${table} held { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags dynamic; size 4096; }
add chain ${table} forward { type filter hook forward priority -5; policy accept; }
add chain ${table} out
add chain ${table} into
flush chain ${table} forward
flush chain ${table} out
flush chain ${table} into
add rule ${table} forward ct state established,related accept
${jump("saddr", out!.isolated, "out")}${jump("daddr", into!.isolated, "into")}${chain("out", out!.rules)}${chain("into", into!.rules)}`;
}

const jump = (end: "saddr" | "daddr", pods: readonly Addressed[], chain: string): string =>
  pods.length === 0 ? "" : `add rule ${table} forward ip ${end} ${setOf(pods)} jump ${chain}\n`;

/** What none of the rules lets through is noted and dropped. */
const chain = (name: string, rules: readonly string[]): string =>
  [
    ...rules.map((rule) => `${rule} return`),
    "meta l4proto { tcp, udp } add @held { ip saddr . ip daddr . meta l4proto . th dport }",
    "drop",
  ]
    .map((rule) => `add rule ${table} ${name} ${rule}\n`)
    .join("");

function rules(
  way: "Ingress" | "Egress",
  policy: Placed,
  pods: readonly Addressed[],
  namespaces: Namespaces,
): string[] {
  const own = pods.filter((pod) => isAbout(policy, pod));
  if (own.length === 0) return [];
  const [here, there] = way === "Egress" ? ["saddr", "daddr"] : ["daddr", "saddr"];
  const open =
    way === "Egress"
      ? (policy.spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }))
      : (policy.spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }));
  return open.flatMap(({ peers, ports }) =>
    placesOf(peers, policy, pods, namespaces).flatMap((place) =>
      portsOf(ports).map((port) => [`ip ${here} ${setOf(own)}`, place(there!), port].filter(Boolean).join(" ")),
    ),
  );
}

type Place = (end: string) => string;

function placesOf(
  peers: readonly Peer[] | undefined,
  policy: Placed,
  pods: readonly Addressed[],
  namespaces: Namespaces,
): Place[] {
  if (peers === undefined) return [() => ""];
  return peers.flatMap(({ ipBlock, namespaceSelector, podSelector = {} }): Place[] => {
    if (ipBlock !== undefined) return blockOf(ipBlock);
    const found = pods.filter(
      (pod) =>
        selects(podSelector, pod.labels) &&
        (namespaceSelector === undefined
          ? pod.namespace === policy.namespace
          : selects(namespaceSelector, namespaces.get(pod.namespace) ?? {})),
    );
    return found.length === 0 ? [] : [(end) => `ip ${end} ${setOf(found)}`];
  });
}

/** Pods have addresses of IPv4 alone here. */
const blockOf = ({ cidr, except = [] }: Block): Place[] =>
  cidr.includes(":")
    ? []
    : [
        (end) =>
          [
            ...(cidr === "0.0.0.0/0" ? [] : [`ip ${end} ${cidr}`]),
            ...(except.length === 0 ? [] : [`ip ${end} != { ${except.join(", ")} }`]),
          ].join(" "),
      ];

/** One match for each protocol; everything, where no port is named. */
function portsOf(
  ports: readonly { readonly port: number; readonly endPort?: number; readonly protocol?: string }[] | undefined,
): string[] {
  if (ports === undefined) return [""];
  return ["TCP", "UDP"].flatMap((protocol) => {
    const own = ports.filter((port) => (port.protocol ?? "TCP") === protocol);
    const ranges = own.map(({ port, endPort }) => (endPort === undefined ? port : `${port}-${endPort}`));
    return own.length === 0 ? [] : [`${protocol.toLowerCase()} dport { ${[...new Set(ranges)].join(", ")} }`];
  });
}

const isAbout = ({ namespace, spec }: Placed, pod: Addressed): boolean =>
  pod.namespace === namespace && selects(spec.podSelector as Selector, pod.labels);

const setOf = (pods: readonly Addressed[]): string =>
  `{ ${[...new Set(pods.map(({ address }) => address))].join(", ")} }`;
