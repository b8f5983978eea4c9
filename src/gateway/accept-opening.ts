import type { Socket } from "node:net";
import { type Caller } from "./watch-connection.ts";
import { carryToHost, carryToServer } from "./carry-connection.ts";
import { portsOf } from "./decide.ts";
import { canonicalHost, hostText } from "./canonical-host.ts";
import { type Denial, denial } from "./denial.ts";
import { type Opening, type Reply, YES, decodeOpening, encodeFrame } from "./frames.ts";
import type { GatewayContext } from "./gateway-context.ts";
import type { ServePeer } from "./http-end.ts";
import { answerRaw, endWith } from "./answer-raw.ts";
import { readFrame } from "./read-frame.ts";

/** Serves one connection on the gateway's socket, from its first byte to its last. */
export async function acceptOpening(context: GatewayContext, serveHttp: ServePeer, socket: Socket): Promise<void> {
  // Before any await: no failure of this socket is ever unhandled.
  socket.on("error", () => socket.destroy());
  const body = await readFrame(socket, context.timeouts.openingMs);
  const opening = body === null ? null : decodeOpening(body);
  const proves = context.keyCheck();
  const proven = opening !== null && proves?.(opening.identity, opening.key) === true;
  if (opening === null || proves === null || (!proven && context.guards.has("identity-keys"))) {
    socket.destroy();
    const why = opening === null ? "no valid opening" : proves === null ? "no identity.key" : "wrong key";
    if (body !== null) context.log.event("opening-refused", { why, claimed: opening?.identity ?? null });
    return;
  }
  context.sockets.prove(socket);
  if (opening.purpose.kind !== "park" && !context.sockets.count(socket, opening.identity)) {
    socket.destroy();
    return logTooMany(context, opening.identity);
  }
  await context.turns.wait(opening.identity);
  if (socket.destroyed) return;
  await servePurpose(context, serveHttp, socket, opening);
}

async function servePurpose(
  context: GatewayContext,
  serveHttp: ServePeer,
  socket: Socket,
  opening: Opening,
): Promise<void> {
  const { identity, purpose } = opening;
  switch (purpose.kind) {
    case "dial":
      return carryToHost(context, framed(socket, identity, "dial"), purpose.name, purpose.port, serveHttp);
    case "reach":
      return carryToServer(context, framed(socket, identity, "reach"), {
        identity: purpose.identity,
        port: purpose.port,
      });
    case "proxy":
      return serveProxy(context, serveHttp, socket, identity);
    case "name":
      return answerName(context, socket, identity, purpose.name);
    case "park":
      return park(context, socket, identity, purpose.port);
  }
}

/** A client of the explicit proxy counts as a connection of its sandbox until it asks for a tunnel, which counts itself. */
async function serveProxy(
  context: GatewayContext,
  serveHttp: ServePeer,
  socket: Socket,
  identity: string,
): Promise<void> {
  const live = { identity, stillAllowed: () => true, close: () => socket.destroy() };
  if (!context.live.add(live)) {
    logTooMany(context, identity);
    return answerRaw(socket, tooMany(identity));
  }
  const tunnel = (client: Socket, name: string, port: number): void => {
    context.live.delete(live);
    const caller: Caller = {
      identity,
      via: "connect",
      socket: client,
      accept: () => client.write("HTTP/1.1 200 Connection Established\r\n\r\n"),
      refuse: (denied) => answerRaw(client, denied),
    };
    carryToHost(context, caller, name, port, serveHttp).catch((error: unknown) => {
      context.log.event("connection-failed", { reason: String(error) });
      client.destroy();
    });
  };
  await serveHttp(socket, { identity, end: { kind: "proxy" }, tunnel });
  context.live.delete(live);
}

function tooMany(identity: string): Denial {
  return denial("too-many-connections", { host: "", port: 0, identity, rule: null, detail: "" });
}

function logTooMany(context: GatewayContext, identity: string): void {
  const { host, rule, code, status } = tooMany(identity);
  const size = { bytesSent: 0, bytesReceived: 0, durationMs: 0 };
  const what = { host, port: 0, method: null, path: null, rule, status };
  context.log.decided({ sandbox: identity, via: "opening", ...what, verdict: "deny", code, ...size });
}

function answerName(context: GatewayContext, socket: Socket, identity: string, name: string): void {
  const host = canonicalHost(name);
  const ports = portsOf(context.policy(), identity, name);
  if (ports.length > 0) return endWith(socket, encodeFrame({ ok: true, name: hostText(host) ?? "", ports }));
  const denied = denial("host-not-allowed", {
    host: hostText(host) ?? "",
    port: 443,
    identity,
    rule: null,
    detail: "",
  });
  const size = { bytesSent: 0, bytesReceived: 0, durationMs: 0 };
  const { code, rule } = denied;
  const what = { host: denied.host, port: 0, method: null, path: null, status: null };
  context.log.decided({ sandbox: identity, via: "name", ...what, rule, verdict: "deny", code, ...size });
  endWith(socket, encodeFrame(refusalOf(denied)));
}

/** Parking gives no reach: who may be joined to what is decided when somebody dials. */
function park(context: GatewayContext, socket: Socket, identity: string, port: number): void {
  if (context.parked.park({ identity, port }, socket)) return;
  endWith(
    socket,
    encodeFrame(refusalOf(denial("too-many-connections", { host: identity, port, identity, rule: null, detail: "" }))),
  );
}

function framed(socket: Socket, identity: string, via: "dial" | "reach"): Caller {
  return {
    identity,
    via,
    socket,
    accept: () => socket.write(encodeFrame(YES)),
    refuse: (denied) => endWith(socket, encodeFrame(refusalOf(denied))),
  };
}

function refusalOf(denied: Denial): Reply {
  return { ok: false, code: denied.code, host: denied.host, rule: denied.rule, fix: denied.fix };
}
