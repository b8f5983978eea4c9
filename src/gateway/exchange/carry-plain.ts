import { callH1 } from "../upstream/call-h1.ts";
import type { Answer, Call } from "../upstream/outgoing.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import { type Carried, type Journey, outgoingOf, scopeOf } from "./journey.ts";
import { relayAnswer } from "./relay-answer.ts";

/** Carries one request to its upstream and the answer back. Rejects with UpstreamError when there is none. */
export async function carryPlain(journey: Journey): Promise<Carried> {
  return relayAnswer(journey, await answerTo(journey));
}

/** Sends the request, a second time where it is certain that the upstream has not acted on the first. */
async function answerTo(journey: Journey): Promise<Answer> {
  try {
    return await sentOnce(journey);
  } catch (error) {
    if (error instanceof UpstreamError && error.unused) return sentOnce(journey);
    throw error;
  }
}

async function sentOnce(journey: Journey): Promise<Answer> {
  const call = await callFor(journey);
  journey.adopt(call.abort);
  return call.answer;
}

async function callFor(journey: Journey): Promise<Call> {
  const { context, request, allowed } = journey;
  const outgoing = outgoingOf(journey);
  if (allowed.options.kind === "upstream") return context.pool().call(scopeOf(journey), request.version, outgoing);
  const socket = await context.parked.take(allowed.options.to);
  if (socket === null) throw new UpstreamError("server-refused", "");
  return callH1({ socket }, outgoing, () => null);
}
