import type { Writable } from "node:stream";
import { endToEndTrailers } from "../hop-headers.ts";
import type { Answer } from "../upstream/outgoing.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import { carryBody } from "./carry-body.ts";
import type { Carried, Journey } from "./journey.ts";

/** Gives an upstream's answer to the client, its body streamed with backpressure and without what must not be seen. */
export async function relayAnswer(journey: Journey, answer: Answer): Promise<Carried> {
  const { context, request, dressed, tally } = journey;
  const { end } = request;
  dressed.answered(answer.status);
  const response = context.guards.has("scrub") ? dressed.response : null;
  const seen = response?.head(answer.rawHeaders) ?? {
    kind: "scrubbed",
    rawHeaders: answer.rawHeaders,
    body: () => [],
  };
  if (seen.kind === "deny") return { kind: "denied", code: seen.code, detail: seen.detail };
  if (end.isGone()) return { kind: "broken", by: "client" };
  const taker = begin(journey, answer, seen.rawHeaders);
  if (taker === null) {
    answer.body.resume();
    return { kind: "done" };
  }
  tally.countReceived(answer.body);
  answer.body.once("end", () => {
    const trailers = endToEndTrailers(answer.trailers());
    if (trailers.length > 0) end.trailers(response?.trailers(trailers) ?? trailers);
  });
  const how = await carryBody(answer.body, seen.body(), taker, context.turns.of(request.identity));
  if (how === "whole") return { kind: "done" };
  end.abort();
  return { kind: "broken", by: how === "upstream-broke" ? "upstream" : "client" };
}

function begin({ request, dressed }: Journey, answer: Answer, rawHeaders: readonly string[]): Writable | null {
  const reason = dressed.response?.reason(answer.reason) ?? answer.reason;
  try {
    return request.end.begin(answer.status, reason, rawHeaders, answer.mayHaveTrailers);
  } catch (error) {
    // Nothing has been written yet: what Node refuses to write, it refuses before the first byte.
    throw new UpstreamError("unreachable", `a malformed answer, ${error instanceof Error ? error.message : "unknown"}`);
  }
}
