import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";
import type { EngineAddresses } from "../model/inputs.ts";

/**
 * The addresses at which the host answers, loopback and link-local ones apart: this machine's, and those on bridges that
 * the engine knows, which may be on another machine. On Linux by the kernel's tables: Node leaves out a device without a
 * carrier, such as a bridge without containers, whose address answers all the same.
 */
export async function hostAddresses(engine: EngineAddresses): Promise<readonly string[]> {
  const [local, six] = await Promise.all(
    ["/proc/net/fib_trie", "/proc/net/if_inet6"].map((path) => readFile(path, "latin1").catch(() => "")),
  );
  const here = local === undefined || local === "" ? fromNode() : fromKernel(local, six ?? "");
  const own = new Set(engine.own.map(plain));
  const all = [...here, ...engine.others].map(plain);
  return [...new Set(all)]
    .filter((address) => !own.has(address))
    .filter((address) => !["loopback", "linkLocal", "broadcast"].includes(ipaddr.parse(address).range()))
    .toSorted();
}

function plain(address: string): string {
  return ipaddr.parse(address).toString();
}

function fromNode(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address.split("%")[0] ?? address),
  );
}

/** Reads what the kernel says of local addresses, and of IPv6. */
export function fromKernel(local: string, six: string): readonly string[] {
  const four = [...local.matchAll(/\|-- (\S+)\s+\/32 host LOCAL/g)].map((match) => match[1] ?? "");
  return [...new Set([...four, ...six.split("\n").flatMap(sixOf)])];
}

function sixOf(line: string): readonly string[] {
  const [hex = ""] = line.trim().split(/\s+/);
  if (!/^[0-9a-f]{32}$/.test(hex)) return [];
  return [ipaddr.parse((hex.match(/.{4}/g) ?? []).join(":")).toString()];
}
