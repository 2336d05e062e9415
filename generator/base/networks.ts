// Networks of IP addresses as cluster.yaml writes them: 192.0.2.0/24, 2001:db8::/64.

/**
 * Addresses that a host gives to itself. On clouds its metadata answer there, with credentials of the host:
 * https://www.rfc-editor.org/rfc/rfc3927, https://www.rfc-editor.org/rfc/rfc4291#section-2.5.6
 */
export const linkLocal = ["169.254.0.0/16", "fe80::/10"] as const;

/** All addresses, of both kinds. */
export const everywhere = ["0.0.0.0/0", "::/0"] as const;

/** True of an address, and not of a name. */
export const isAddress = (host: string): boolean => host.includes(":") || /^\d+(\.\d+){3}$/.test(host);

/** The network of one address. */
export const networkOf = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

/** True when each address of the first network is one of the second. */
export function isWithin(inner: string, outer: string): boolean {
  const [a, b] = [parsed(inner), parsed(outer)];
  const rest = BigInt(b.bits - b.prefix);
  return a.bits === b.bits && a.prefix >= b.prefix && a.address >> rest === b.address >> rest;
}

interface Parsed {
  readonly address: bigint;
  readonly prefix: number;
  readonly bits: number;
}

function parsed(network: string): Parsed {
  const [address, prefix] = network.split("/") as [string, string];
  const isNew = address.includes(":");
  const words = isNew ? groupsOf(address) : address.split(".").map(Number);
  const width = isNew ? 16n : 8n;
  return {
    address: words.reduce((sum, word) => (sum << width) | BigInt(word), 0n),
    prefix: Number(prefix),
    bits: isNew ? 128 : 32,
  };
}

/** The eight numbers of an IPv6 address; `::` stands for those that are zero. */
function groupsOf(address: string): number[] {
  const [left, right] = address.split("::") as [string, string | undefined];
  const numbers = (text = ""): number[] => text.split(":").flatMap((group) => (group === "" ? [] : groupOf(group)));
  const [before, after] = [numbers(left), numbers(right)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** Its last groups may be written as an IPv4 address. */
function groupOf(group: string): number[] {
  if (!group.includes(".")) return [Number.parseInt(group, 16)];
  const [a, b, c, d] = group.split(".").map(Number) as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}
