import type { Socket } from "node:net";
import { type SecureContext, type TLSSocket, connect, createSecureContext, rootCertificates } from "node:tls";
import { canonicalHost } from "../canonical-host.ts";
import type { Guards } from "../guards.ts";
import { UpstreamError } from "./upstream-error.ts";

/** The protocols that an upstream is offered, best first. */
export type Offer = readonly ("h2" | "http/1.1")[];

const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * What upstreams are verified with: the public roots, and those of `egress.trust`. To read them all takes tens of milliseconds,
 * so it is done when they are first needed, and again only when they have changed.
 */
export function rememberedTrust(): (trust: string | null) => SecureContext {
  let last: { readonly trust: string | null; readonly context: SecureContext } | null = null;
  return (trust) => {
    if (last !== null && last.trust === trust) return last.context;
    const ca = trust === null ? [...rootCertificates] : [...rootCertificates, trust];
    last = { trust, context: createSecureContext({ ca, minVersion: "TLSv1.2" }) };
    return last.context;
  };
}

/** Speaks TLS over a connected socket and verifies that the other side is `host`. Rejects with UpstreamError. */
export function secureUpstream(
  socket: Socket,
  host: string,
  offer: Offer,
  context: SecureContext,
  guards: Guards,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const named = canonicalHost(host).kind === "name";
    const tls = connect({
      socket,
      // An address has no server name; its certificate must name the address.
      ...(named ? { servername: host } : { host }),
      secureContext: context,
      ALPNProtocols: [...offer],
      rejectUnauthorized: guards.has("upstream-trust"),
    });
    const fail = (error: UpstreamError): void => {
      clearTimeout(timer);
      tls.destroy();
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new UpstreamError("unreachable", "TLS handshake timed out")),
      HANDSHAKE_TIMEOUT_MS,
    );
    // Stays for the socket's whole life: no later failure is ever unhandled.
    tls.on("error", (error) => fail(refusalOf(error)));
    tls.once("close", () => fail(new UpstreamError("unreachable", "closed during the TLS handshake")));
    tls.once("secureConnect", () => {
      clearTimeout(timer);
      resolve(tls);
    });
  });
}

/** The upstream does not speak what it was offered. */
export function speaksNoneOf(error: unknown): boolean {
  return error instanceof UpstreamError && error.detail === NO_PROTOCOL;
}

const NO_PROTOCOL = "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";

function refusalOf(error: Error): UpstreamError {
  const code = "code" in error ? String(error.code) : "TLS failed";
  // OpenSSL's own verification errors and Node's check of the name; everything else is a failure of the connection.
  const untrusted =
    /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_|CRL_|PATH_LENGTH)/;
  return new UpstreamError(untrusted.test(code) ? "upstream-untrusted" : "unreachable", code);
}
