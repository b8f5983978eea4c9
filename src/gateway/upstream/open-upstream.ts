import { connect, type Socket } from "node:net";
import type { AddressCheck } from "../address-check.ts";
import type { DenyCode } from "../denial.ts";
import type { Guards } from "../guards.ts";
import type { Resolve } from "../resolve.ts";
import { canonicalHost } from "../canonical-host.ts";

export type Opened =
  | { readonly ok: true; readonly socket: Socket; readonly address: string | null }
  | { readonly ok: false; readonly code: DenyCode; readonly detail: string };

export interface UpstreamDeps {
  readonly resolve: Resolve;
  readonly checkAddress: AddressCheck;
}

const CONNECT_TIMEOUT_MS = 5000;
const MAX_ATTEMPTS = 4;

/**
 * Resolves once, checks every answer, and dials one of the checked addresses: there is no second look-up that could
 * say something else. One refused answer refuses them all.
 */
export async function openUpstream(
  deps: UpstreamDeps,
  host: string,
  port: number,
  opened: readonly string[],
  guards: Guards,
): Promise<Opened> {
  const resolution =
    canonicalHost(host).kind === "address" ? ({ ok: true, addresses: [host] } as const) : await deps.resolve(host);
  if (!resolution.ok) {
    return resolution.reason === "not-found"
      ? { ok: false, code: "not-found", detail: "" }
      : { ok: false, code: "unreachable", detail: "its name could not be resolved" };
  }
  const checked = guards.has("all-answers") ? resolution.addresses : resolution.addresses.slice(0, 1);
  for (const address of guards.has("addresses") ? checked : []) {
    const range = deps.checkAddress(address, opened);
    if (range !== null) return { ok: false, code: "address-refused", detail: range };
  }
  let detail = "no address";
  const again = guards.has("one-look-up") ? resolution : await deps.resolve(host);
  for (const address of again.ok ? again.addresses.slice(0, MAX_ATTEMPTS) : []) {
    const attempt = await dial(address, port);
    if (attempt.ok) return attempt;
    detail = attempt.detail;
  }
  return { ok: false, code: "unreachable", detail };
}

function dial(address: string, port: number): Promise<Opened> {
  return new Promise((resolve) => {
    const socket = connect({
      host: address,
      port,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    });
    const fail = (detail: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ok: false, code: "unreachable", detail });
    };
    const timer = setTimeout(() => fail("connection timed out"), CONNECT_TIMEOUT_MS);
    // Stays on the socket for its whole life: no later failure is ever unhandled.
    socket.on("error", (error) => fail("code" in error ? String(error.code) : "connection failed"));
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve({ ok: true, socket, address });
    });
  });
}
