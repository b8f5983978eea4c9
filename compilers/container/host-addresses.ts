import ipaddr from "ipaddr.js";
import type { Context } from "./context.ts";
import { bridgeDevice } from "./names.ts";

/**
 * Addresses of the host (CIDRs) that no rule reaches unless it names exactly that one: the public ones, and those private
 * ones that some rule's wider `addresses` would hand out. The others are refused in any case, and would only change the
 * policy with every network that somebody makes. The gateway knows the address of its own bridge by itself.
 */
export function refusedHostAddresses({ model, inputs }: Context): readonly string[] {
  const opened = model.egress.rules.flatMap((rule) => rule.addresses).map((cidr) => ipaddr.parseCIDR(cidr));
  const own = bridgeDevice(model.project);
  const refused = inputs.hostAddresses
    .filter(({ device }) => device !== own)
    .map(({ address }) => ipaddr.parse(address))
    .filter(
      (address) =>
        address.range() === "unicast" ||
        opened.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits)),
    )
    .map((address) => `${address.toString()}/${address.kind() === "ipv4" ? 32 : 128}`);
  return [...new Set(refused)].toSorted();
}
