import { canonicalHost } from "./canonical-host.ts";
import type { ClientHello } from "./client-hello.ts";
import type { DenyCode } from "./denial.ts";

/** Why a ClientHello may not go to this host, or null. `host` is canonical. */
export function helloRefusal(
  hello: ClientHello,
  host: string,
): { readonly code: DenyCode; readonly detail: string } | null {
  switch (hello.kind) {
    case "more":
      return { code: "request-refused", detail: "half a ClientHello" };
    case "refused":
      return { code: "protocol-not-allowed", detail: hello.reason };
    case "hello":
      break;
  }
  if (hello.serverName === null) {
    // TLS has no server name for an IP literal.
    return canonicalHost(host).kind === "address" ? null : { code: "sni-missing", detail: "" };
  }
  // Compared as it is sent, but for case: what the upstream reads is what was judged.
  return hello.serverName.toLowerCase() === host
    ? null
    : { code: "name-mismatch", detail: `server name ${hello.serverName}` };
}

/** The fatal alert unrecognized_name as one TLS record: clients show it as what it is. */
export function unrecognizedName(): Buffer {
  return Buffer.from([21, 3, 1, 0, 2, 2, 112]);
}

/** The fatal alert internal_error: the gateway has no certificate to show. */
export function internalError(): Buffer {
  return Buffer.from([21, 3, 1, 0, 2, 2, 80]);
}
