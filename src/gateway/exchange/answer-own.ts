import { KEYS_PATH } from "../../model/sandbox-address.ts";
import { containerKeys } from "../credentials/container-keys.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { reachText } from "../reach-text.ts";
import type { ClientRequest } from "./client-request.ts";

/**
 * Answers a request to the gateway itself: with the keys that stand for a credential of AWS, or, wherever else it leads, with what
 * the one who asks may reach at this moment.
 */
export function answerOwn(context: GatewayContext, request: ClientRequest, rawTarget: string): void {
  const { identity } = request;
  const path = rawTarget.split("?")[0] ?? "";
  if (!path.startsWith(KEYS_PATH))
    return answer(request, 200, "text/plain; charset=utf-8", reachText(context.policy(), identity));
  const keys = containerKeys(context.policy(), context.provisions()?.credentials ?? {}, {
    identity,
    name: path.slice(KEYS_PATH.length),
    nowMs: context.clock.now(),
  });
  answer(request, keys.status, "application/json", keys.body);
}

function answer({ method, end, body }: ClientRequest, status: number, type: string, said: string): void {
  body?.resume();
  const text = Buffer.from(said);
  const headers = ["Content-Type", type, "Content-Length", String(text.length), "Cache-Control", "no-store"];
  end.begin(status, status === 200 ? "OK" : "Refused", headers, false)?.end(method === "HEAD" ? undefined : text);
}
