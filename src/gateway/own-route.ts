import type { Route, Server } from "./policy.ts";

/** Where every sandbox that reaches anything can read what it may reach, as long as the gateway runs. Reserved: no host has it. */
export const OWN_ROUTE: Route = { name: "policy.coop.internal", port: 80, to: { identity: "gateway", port: 80 } };

/** Whether a route ends at the gateway itself, which answers there. */
export function isOwn(to: Server): boolean {
  return to.identity === OWN_ROUTE.to.identity;
}
