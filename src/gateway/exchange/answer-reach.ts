import { reachText } from "../reach-text.ts";
import type { Policy } from "../policy.ts";
import type { ClientRequest } from "./client-request.ts";

/** Answers a request to the gateway itself: what the one who asks may reach at this moment. */
export function answerReach(policy: Policy | null, { identity, method, end, body }: ClientRequest): void {
  body?.resume();
  const text = Buffer.from(reachText(policy, identity));
  const headers = [
    "Content-Type",
    "text/plain; charset=utf-8",
    "Content-Length",
    String(text.length),
    "Cache-Control",
    "no-store",
  ];
  end.begin(200, "OK", headers, false)?.end(method === "HEAD" ? undefined : text);
}
