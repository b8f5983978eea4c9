import type { AddressCheck } from "./address-check.ts";
import type { Allowed, Options, Tls, Verdict } from "./decide.ts";

/**
 * Whether a verdict under new rules covers a connection that was begun under older ones: the same server of the project,
 * or an address that may still be dialled and bytes that are looked at no more closely than before. `address` null = not
 * dialled yet.
 */
export function stillCovers(again: Verdict, begun: Options, address: string | null, check: AddressCheck): boolean {
  if (again.verdict === "deny") return false;
  const { options } = again;
  const routed = sameRoute(options, begun);
  if (routed !== null) return routed;
  if (options.kind === "route" || begun.kind === "route") return false;
  if (address !== null && check(address, options.addresses) !== null) return false;
  if (options.carry.kind === "bytes") return true;
  // A connection that nobody looked into stays only under a rule for bytes.
  if (begun.carry.kind === "bytes") return false;
  return tlsCovers(options.carry.tls, begun.carry.tls) && (options.carry.http || !begun.carry.http);
}

/** The same for one request, which was read whole whatever the rule said: it keeps its server, address and credential. */
export function requestStillCovered(
  again: Verdict,
  begun: Allowed,
  address: string | null,
  check: AddressCheck,
): boolean {
  if (again.verdict === "deny") return false;
  if (begun.credential !== null && again.credential?.name !== begun.credential.name) return false;
  const routed = sameRoute(again.options, begun.options);
  if (routed !== null) return routed;
  return again.options.kind === "upstream" && (address === null || check(address, again.options.addresses) === null);
}

/** Null when neither leads to a server of the project. */
function sameRoute(again: Options, begun: Options): boolean | null {
  if (again.kind !== "route" && begun.kind !== "route") return null;
  if (again.kind !== "route" || begun.kind !== "route") return false;
  return again.to.identity === begun.to.identity && again.to.port === begun.to.port;
}

function tlsCovers(again: Tls, begun: Tls): boolean {
  if (begun === "none") return true;
  // What is read here is judged request by request under any rules; what is carried unread is not.
  return begun === "intercept" ? again !== "none" : again === "tunnel";
}
