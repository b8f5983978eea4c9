import ipaddr from "ipaddr.js";
import type { Context } from "./context.ts";

/**
 * Addresses of the host (CIDRs) that no rule reaches unless it names exactly that one: the public ones, and those private
 * ones that some rule's wider `addresses` would hand out. The others are refused in any case. The host's address on its
 * gateway's own bridge is known to the gateway itself, and is not among the inputs.
 */
export function refusedHostAddresses({ model, inputs }: Context): readonly string[] {
  const opened = model.egress.rules.flatMap((rule) => rule.addresses).map((cidr) => ipaddr.parseCIDR(cidr));
  const refused = inputs.hostAddresses
    .map((address) => ipaddr.parse(address))
    .filter(
      (address) =>
        address.range() === "unicast" ||
        opened.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits)),
    )
    .map((address) => `${address.toString()}/${address.kind() === "ipv4" ? 32 : 128}`);
  return [...new Set(refused)].toSorted();
}
