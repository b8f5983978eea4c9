import { canonicalHost } from "./canonical-host.ts";
import type { ClientHello } from "./client-hello.ts";
import type { DenyCode } from "./denial.ts";
import { type Guards, WHOLE } from "./guards.ts";

/** Why a ClientHello may not go to this host, or null. `host` is canonical. */
export function helloRefusal(
  hello: ClientHello,
  host: string,
  guards: Guards = WHOLE,
): { readonly code: DenyCode; readonly detail: string } | null {
  switch (hello.kind) {
    case "more":
      return { code: "request-refused", detail: "half a ClientHello" };
    case "refused":
      if (!guards.has("strict-hello")) return null;
      return { code: "protocol-not-allowed", detail: hello.reason };
    case "hello":
      break;
  }
  if (hello.serverName === null) {
    // TLS has no server name for an IP literal.
    const needed = canonicalHost(host).kind === "name" && guards.has("server-name-needed");
    return needed ? { code: "sni-missing", detail: "" } : null;
  }
  // Compared as it is sent, but for case: what the upstream reads is what was judged.
  return hello.serverName.toLowerCase() === host || !guards.has("server-name")
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
