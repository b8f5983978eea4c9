import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Duplex, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { inTurns } from "../flow.ts";
import { headerValues } from "../request-head.ts";
import { callUpgrade } from "../upstream/call-upgrade.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import { type Carried, type Journey, outgoingOf, scopeOf } from "./journey.ts";
import { relayAnswer } from "./relay-answer.ts";

/** Carries a request that becomes a WebSocket, over a connection of its own. Rejects with UpstreamError when it cannot. */
export async function carryWebSocket(journey: Journey): Promise<Carried> {
  const { context, request, dressed } = journey;
  const socket = await dialled(journey);
  journey.adopt(() => socket.destroy());
  // HTTP/2 has no such key: the stream itself is the proof.
  const [own] = headerValues(dressed.rawHeaders, "sec-websocket-key");
  const key = own ?? randomBytes(16).toString("base64");
  const outgoing = outgoingOf(journey);
  const rawHeaders = own === undefined ? [...outgoing.rawHeaders, "Sec-WebSocket-Key", key] : outgoing.rawHeaders;
  const upgraded = await callUpgrade(socket, { ...outgoing, rawHeaders }, key, context.guards);
  if (upgraded.kind === "answered") return relayAnswer(journey, upgraded.answer);
  const seen = dressed.response?.head(upgraded.rawHeaders) ?? {
    kind: "scrubbed",
    rawHeaders: upgraded.rawHeaders,
    body: () => [],
  };
  if (seen.kind === "deny") return { kind: "denied", code: seen.code, detail: seen.detail };
  if (request.end.isGone()) return { kind: "broken", by: "client" };
  const client = request.end.become(seen.rawHeaders);
  return joined(journey, client, upgraded.socket, dressed.response?.websocket() ?? null);
}

async function dialled(journey: Journey): Promise<Socket> {
  const { context, allowed, admit } = journey;
  const { options } = allowed;
  const opened =
    options.kind === "upstream"
      ? await context.pool().dialAlone(scopeOf(journey))
      : { socket: await context.parked.take(options.to), address: null };
  if (opened.socket === null) throw new UpstreamError("server-refused", "");
  if (admit(opened.address)) return opened.socket;
  opened.socket.destroy();
  throw new UpstreamError("unreachable", "the rules have changed");
}

async function joined(
  { context, request, tally }: Journey,
  client: Duplex,
  server: Socket,
  scrub: Transform | null,
): Promise<Carried> {
  // Every byte of either side goes over this socket.
  server.setTimeout(context.timeouts.idleMs, () => server.destroy());
  // Two pipelines and all that was there before are more than Node thinks usual.
  for (const each of [client, server]) each.setMaxListeners(32);
  tally.countSent(client);
  tally.countReceived(server);
  let by: "client" | "upstream" | null = null;
  client.once("close", () => (by ??= "client"));
  server.once("close", () => (by ??= "upstream"));
  const share = context.turns.of(request.identity);
  const both = await Promise.allSettled([
    pipeline(client, inTurns(share), server),
    pipeline(server, inTurns(share), ...(scrub === null ? [] : [scrub]), client),
  ]);
  return both.every((each) => each.status === "fulfilled")
    ? { kind: "done" }
    : { kind: "broken", by: by ?? "upstream" };
}
