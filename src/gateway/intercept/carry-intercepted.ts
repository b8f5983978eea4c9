import { endWith } from "../answer-raw.ts";
import { canonicalHost } from "../canonical-host.ts";
import type { DenyCode, Denial } from "../denial.ts";
import { peekClientHello } from "../first-bytes.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { ServePeer } from "../http-end.ts";
import { helloRefusal, internalError, unrecognizedName } from "../tls-name.ts";
import { HANDSHAKE_UNITS } from "../turns.ts";
import type { Caller, End } from "../watch-connection.ts";
import { serveH2 } from "./h2-end.ts";
import { serverNameOf, terminateTls } from "./terminate-tls.ts";

/**
 * Ends the TLS of an accepted connection and judges what is inside, request by request. `host` is canonical: the name that was
 * asked for is the server name, is in the certificate, and is what every request must name.
 */
export async function carryIntercepted(
  context: GatewayContext,
  caller: Caller,
  { host, port }: { readonly host: string; readonly port: number },
  fail: (code: DenyCode, detail?: string) => Denial,
  serveHttp: ServePeer,
): Promise<End> {
  const { socket, identity } = caller;
  const hello = await peekClientHello(socket, context.timeouts.headMs);
  if (!hello.ok) return left(caller);
  const refusal = helloRefusal(hello.value, host, context.guards);
  if (refusal !== null) {
    endWith(socket, unrecognizedName());
    return { kind: "denied", denied: fail(refusal.code, refusal.detail) };
  }
  await context.turns.wait(identity, HANDSHAKE_UNITS);
  const certificate = await context.leaves.contextFor(host);
  if (certificate === null) {
    endWith(socket, internalError());
    return { kind: "denied", denied: fail("authority-not-ready") };
  }
  const terminated = await terminateTls(socket, certificate, context.timeouts.headMs);
  if (terminated === null) return left(caller);
  const { tls, protocol } = terminated;
  // Whatever reads a hello in another way than the check above did, what was agreed on is what counts.
  if (serverNameOf(tls) !== (canonicalHost(host).kind === "name" ? host : null)) {
    tls.destroy();
    return { kind: "denied", denied: fail("name-mismatch", "server name") };
  }
  const end = { kind: "inside", scheme: "https", host, port } as const;
  await (protocol === "h2" ? serveH2(context, tls, identity, end) : serveHttp(tls, { identity, end, tunnel: null }));
  return { kind: "requests" };
}

function left(caller: Caller): End {
  caller.socket.destroy();
  return { kind: "left" };
}
