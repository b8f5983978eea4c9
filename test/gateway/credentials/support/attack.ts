import type { IncomingMessage, ServerResponse } from "node:http";
import type { WITHOUT } from "./guards.ts";
import { type Came, SECRET, type Victim, type VictimChoice } from "./victim.ts";

export interface Attack {
  readonly name: string;
  /** The one guard that stops it. */
  readonly guard: keyof typeof WITHOUT;
  /** What the upstream does, and the rules; the upstream is no enemy, only careless. */
  readonly choice?: Partial<VictimChoice>;
  /** What the attacker gets out of it, or what the upstream is made to see; null = nothing. */
  readonly run: (victim: Victim) => Promise<boolean>;
  /** Only some clients can write it. */
  readonly only?: "h1";
}

export const silent = (_request: IncomingMessage, response: ServerResponse): void => void response.end("done");
const keyOf = (request: IncomingMessage): string => String(request.headers["x-api-key"]);

/** An upstream that shows the key that it was sent, and an attacker who knows how. */
export const echoes = (
  name: string,
  guard: Attack["guard"],
  show: (key: string, response: ServerResponse, request: IncomingMessage) => void,
  read: (came: Came) => string | Buffer,
  more: Partial<Attack> & { readonly headers?: readonly string[]; readonly method?: string } = {},
): Attack => ({
  name: `an answer that shows the key ${name}`,
  guard,
  choice: { serve: (request, response) => show(keyOf(request), response, request) },
  run: async (victim) => {
    const { headers = [], method = "GET" } = more;
    const came = await victim.send({ path: "/echo", headers, method });
    if (came.status === 0 || came.status >= 500) return false;
    return Buffer.from(tried(() => read(came)) as string).includes(SECRET);
  },
  ...more,
});

function tried(read: () => string | Buffer): string | Buffer {
  try {
    return read();
  } catch {
    return "";
  }
}
