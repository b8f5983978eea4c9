import ipaddr from "ipaddr.js";
import type { Context } from "./context.ts";

/** Bridges of networks that people and programs make: they come and go by the hour. */
const MADE_BRIDGE = /^br-[0-9a-f]{12}$/;

/**
 * Addresses of the host (CIDRs) that no rule reaches unless it names exactly that one: the public ones, and those private
 * ones that some rule's wider `addresses` would hand out. The others are refused in any case. The host's address on its
 * gateway's own bridge is known to the gateway itself; on the bridges of other networks it is not held back, as the rules
 * would change with every network that somebody makes.
 */
export function refusedHostAddresses({ model, inputs }: Context): readonly string[] {
  const opened = model.egress.rules.flatMap((rule) => rule.addresses).map((cidr) => ipaddr.parseCIDR(cidr));
  const refused = inputs.hostAddresses
    // No device: a bridge that came or went while the tables were read.
    .filter(
      ({ device, address }) =>
        !MADE_BRIDGE.test(device) && (device !== "" || ipaddr.parse(address).range() === "unicast"),
    )
    .map(({ address }) => ipaddr.parse(address))
    .filter(
      (address) =>
        address.range() === "unicast" ||
        opened.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits)),
    )
    .map((address) => `${address.toString()}/${address.kind() === "ipv4" ? 32 : 128}`);
  return [...new Set(refused)].toSorted();
}
