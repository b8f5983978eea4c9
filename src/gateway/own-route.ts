import type { Route, Server } from "./policy.ts";

/** Where every sandbox that reaches anything can read what it may reach, as long as the gateway runs. Reserved: no host has it. */
export const OWN_ROUTE: Route = { name: "policy.coop.internal", port: 80, to: { identity: "gateway", port: 80 } };

/** Whether a route ends at the gateway itself, which answers there. */
export function isOwn(to: Server): boolean {
  return to.identity === OWN_ROUTE.to.identity;
}

/** Whether a Host header names the sandbox's own loopback, where only the gateway can be meant by whoever asks its proxy. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || /^127(?:\.[0-9]{1,3}){3}$/.test(host) || host === "[::1]";
}
