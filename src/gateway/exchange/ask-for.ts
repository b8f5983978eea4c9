import type { Ask } from "../decide.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { ClientRequest } from "./client-request.ts";

const judged = new WeakSet<object>();

/**
 * What is judged of a request: the request itself. With one of two guards off, what gateways have judged in its place: the
 * connection of what asks for an upgrade, or of whatever follows a connection's first request.
 */
export function askFor({ guards }: GatewayContext, request: ClientRequest, ask: Ask): Ask {
  const first = !judged.has(request.connection);
  if (!guards.has("each-request")) judged.add(request.connection);
  const asConnection = (request.upgrade && !guards.has("upgrades")) || (!first && !guards.has("each-request"));
  return asConnection ? { ...ask, scheme: "tcp", method: null, rawTarget: null } : ask;
}
