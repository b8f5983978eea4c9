import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";
import type { HostAddress } from "../model/inputs.ts";

/**
 * The addresses at which this machine answers, loopback and link-local ones apart. On Linux by the kernel's tables:
 * Node leaves out a device without a carrier, such as a bridge without containers, whose address answers all the same.
 */
export async function hostAddresses(): Promise<readonly HostAddress[]> {
  const [local, routes, six] = await Promise.all(
    ["/proc/net/fib_trie", "/proc/net/route", "/proc/net/if_inet6"].map((path) =>
      readFile(path, "latin1").catch(() => ""),
    ),
  );
  const found = local === undefined || local === "" ? fromNode() : fromKernel(local, routes ?? "", six ?? "");
  return found
    .filter(({ address }) => !["loopback", "linkLocal", "broadcast"].includes(ipaddr.parse(address).range()))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1));
}

function fromNode(): readonly HostAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([device, addresses]) =>
    (addresses ?? []).map(({ address }) => ({ device, address: address.split("%")[0] ?? address })),
  );
}

/** Reads what the kernel says of local addresses, of the routes to connected networks, and of IPv6. */
export function fromKernel(local: string, routes: string, six: string): readonly HostAddress[] {
  const four = new Set([...local.matchAll(/\|-- (\S+)\s+\/32 host LOCAL/g)].map((match) => match[1] ?? ""));
  const networks = routes.split("\n").slice(1).flatMap(connectedNetwork);
  const deviceOf = (address: string): string =>
    networks.find(({ network, bits }) => ipaddr.IPv4.parse(address).match(network, bits))?.device ?? "";
  return [...[...four].map((address) => ({ device: deviceOf(address), address })), ...six.split("\n").flatMap(sixOf)];
}

interface Network {
  readonly device: string;
  readonly network: ipaddr.IPv4;
  readonly bits: number;
}

// The kernel writes addresses as hexadecimal numbers in the machine's byte order, which is little-endian on all of ours.
function connectedNetwork(line: string): readonly Network[] {
  const [device = "", destination = "", router, , , , , mask = ""] = line.split("\t");
  if (router !== "00000000" || destination === "00000000") return [];
  const [network, netmask] = [quad(destination), quad(mask.trim())];
  const bits = netmask?.prefixLengthFromSubnetMask() ?? null;
  return network === null || bits === null ? [] : [{ device, network, bits }];
}

function quad(hex: string): ipaddr.IPv4 | null {
  if (!/^[0-9A-F]{8}$/.test(hex)) return null;
  return new ipaddr.IPv4([6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));
}

function sixOf(line: string): readonly HostAddress[] {
  const [hex = "", , , , , device = ""] = line.trim().split(/\s+/);
  if (!/^[0-9a-f]{32}$/.test(hex)) return [];
  return [{ device, address: ipaddr.parse((hex.match(/.{4}/g) ?? []).join(":")).toString() }];
}
