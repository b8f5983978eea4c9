import ipaddr from "ipaddr.js";

/** Says why an address may not be dialled, or null when it may. */
export type AddressCheck = (address: string, opened: readonly string[]) => string | null;

/** Ranges that are nobody's public host, by the word that refusals use. */
const REFUSED_V4: readonly (readonly [cidr: string, range: string])[] = [
  ["0.0.0.0/8", "unspecified"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "carrier-grade NAT"],
  ["127.0.0.0/8", "loopback"],
  ["168.63.129.16/32", "cloud metadata"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "protocol assignments"],
  ["192.0.2.0/24", "documentation"],
  ["192.88.99.0/24", "6to4 relay"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "benchmarking"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
];

/** Inside 2000::/3; what lies outside of it is refused as a whole. */
const REFUSED_V6: readonly (readonly [cidr: string, range: string])[] = [
  ["2001::/23", "protocol assignments, Teredo"],
  ["2001:db8::/32", "documentation"],
  ["2002::/16", "6to4"],
  ["3fff::/20", "documentation"],
];

/** Ranges outside 2000::/3 that deserve their own word. */
const NAMED_V6: readonly (readonly [cidr: string, range: string])[] = [
  ["::1/128", "loopback"],
  ["::ffff:0:0/96", "IPv4-mapped"],
  ["64:ff9b::/96", "NAT64"],
  ["64:ff9b:1::/48", "NAT64"],
  ["fc00::/7", "private"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "multicast"],
];

/** What no `addresses:` opens: the gateway's own loopback, metadata services, and what is no unicast address. */
const NEVER = new Set([
  "unspecified",
  "loopback",
  "link-local",
  "multicast",
  "reserved",
  "cloud metadata",
  "IPv4-mapped",
  "NAT64",
  "6to4",
]);

/**
 * The check for a machine whose own addresses are these. Own and host addresses are opened only by a CIDR of exactly
 * that one address: a wide `10.0.0.0/8` for an intranet does not hand out the host's own services.
 */
export function addressCheck(own: readonly string[], hostAddresses: readonly string[]): AddressCheck {
  const ownAddresses = new Set(own.filter((each) => ipaddr.isValid(each)).map((each) => ipaddr.parse(each).toString()));
  const check: AddressCheck = (address, opened) => {
    if (!ipaddr.isValid(address) || address.includes("%")) return "not an address";
    const parsed = ipaddr.parse(address);
    const range = rangeOf(parsed);
    if (range !== null && NEVER.has(range)) return range;
    if (ownAddresses.has(parsed.toString()) || hostAddresses.some((cidr) => within(parsed, cidr))) {
      return opened.some((cidr) => within(parsed, cidr) && isSingle(cidr)) ? null : "the host's own";
    }
    return range === null || opened.some((cidr) => within(parsed, cidr)) ? null : range;
  };
  return remembered(check);
}

const REMEMBERED = 4096;

/** Every request asks again about the address that it goes to, and the answer never changes. */
function remembered(check: AddressCheck): AddressCheck {
  const known = new Map<string, string | null>();
  return (address, opened) => {
    const key = JSON.stringify([address, opened]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = check(address, opened);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, found);
    return found;
  };
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Networks = readonly { readonly network: Address; readonly bits: number; readonly range: string }[];

const V4 = networksOf(REFUSED_V4);
const V6 = networksOf(REFUSED_V6);
const V6_NAMED = networksOf(NAMED_V6);
const V6_GLOBAL = networksOf([["2000::/3", "global"]]);

function networksOf(table: readonly (readonly [cidr: string, range: string])[]): Networks {
  return table.map(([cidr, range]) => {
    const [network, bits] = ipaddr.parseCIDR(cidr);
    return { network, bits, range };
  });
}

function rangeOf(address: Address): string | null {
  if (address.kind() === "ipv4") return found(address, V4);
  return found(address, V6_GLOBAL) === null ? (found(address, V6_NAMED) ?? "reserved") : found(address, V6);
}

function found(address: Address, networks: Networks): string | null {
  return networks.find(({ network, bits }) => address.match(network, bits))?.range ?? null;
}

function within(address: Address, cidr: string): boolean {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return network.kind() === address.kind() && address.match(network, bits);
}

function isSingle(cidr: string): boolean {
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return bits === (network.kind() === "ipv4" ? 32 : 128);
}
