import ipaddr from "ipaddr.js";

type Range = readonly [network: ipaddr.IPv4 | ipaddr.IPv6, bits: number, why: string];

const HOST = "it is this machine itself";
const LOCAL = "link-local addresses hold the metadata services of clouds";
const NOBODY = "it is the address of no single host";

const RANGES: readonly Range[] = [
  range("0.0.0.0/8", NOBODY),
  range("127.0.0.0/8", HOST),
  range("168.63.129.16/32", "it is the metadata service of a cloud"),
  range("169.254.0.0/16", LOCAL),
  range("224.0.0.0/4", NOBODY),
  range("240.0.0.0/4", NOBODY),
  range("::/128", NOBODY),
  range("::1/128", HOST),
  range("64:ff9b::/96", "it stands for another address"),
  range("fd00:ec2::254/128", "it is the metadata service of a cloud"),
  range("fe80::/10", LOCAL),
  range("ff00::/8", NOBODY),
];

/** Why no rule can open an address; null where one can. */
export function refusedAddress(address: string): string | null {
  const parsed = ipaddr.parse(address);
  const hit = RANGES.find(([network, bits]) => network.kind() === parsed.kind() && matches(parsed, network, bits));
  return hit === undefined ? null : hit[2];
}

/** Why no rule can open a whole network: for what lies in it, or for how much that is. */
export function refusedNetwork(address: string, bits: number): string | null {
  const parsed = ipaddr.parse(address);
  if (bits < (parsed.kind() === "ipv4" ? 8 : 16)) return "it is a large part of all addresses there are";
  const hit = RANGES.find(
    ([network, size]) =>
      network.kind() === parsed.kind() &&
      matches(parsed, network, Math.min(bits, size)) &&
      (size <= bits || matches(network, parsed, bits)),
  );
  return hit === undefined ? null : hit[2];
}

function range(cidr: string, why: string): Range {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return [network, bits, why];
}

function matches(address: ipaddr.IPv4 | ipaddr.IPv6, network: ipaddr.IPv4 | ipaddr.IPv6, bits: number): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
