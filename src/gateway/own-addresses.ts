import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/**
 * The machine's own addresses, and the routers beside it: on a container's bridge the default router is the host, with
 * all of its services.
 */
export function ownAddresses(): readonly string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map((one) => one.address));
  return [...interfaces, ...defaultRouters(readRoutes())];
}

/** The IPv4 routers of the kernel's routing table, `/proc/net/route`: hexadecimal, in the machine's byte order. */
export function defaultRouters(routes: string): readonly string[] {
  return routes
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t")[2] ?? "")
    .filter((router) => /^[0-9A-F]{8}$/.test(router) && router !== "00000000")
    .map((router) => [6, 4, 2, 0].map((at) => Number.parseInt(router.slice(at, at + 2), 16)).join("."));
}

function readRoutes(): string {
  try {
    return readFileSync("/proc/net/route", "latin1");
  } catch {
    return "";
  }
}
