import type { Options, Verdict } from "./decide.ts";
import type { AddressCheck } from "./address-check.ts";

/**
 * Whether a verdict under new rules covers what was begun under older ones: the same server of the project, or an
 * address that may still be dialled and bytes that are looked at no more closely than before. `address` null = not
 * dialled yet.
 */
export function stillCovers(again: Verdict, begun: Options, address: string | null, check: AddressCheck): boolean {
  if (again.verdict === "deny") return false;
  const { options } = again;
  if (options.kind === "route" || begun.kind === "route") {
    return (
      options.kind === "route" &&
      begun.kind === "route" &&
      options.to.identity === begun.to.identity &&
      options.to.port === begun.to.port
    );
  }
  if (address !== null && check(address, options.addresses) !== null) return false;
  if (options.carry.kind === "bytes") return true;
  // A connection that nobody looked into stays only under a rule for bytes.
  if (begun.carry.kind === "bytes") return false;
  return (options.carry.tls || !begun.carry.tls) && (options.carry.http || !begun.carry.http);
}
