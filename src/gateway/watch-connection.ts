import type { Socket } from "node:net";
import { type Denial, denial } from "./denial.ts";
import type { GatewayContext } from "./gateway-context.ts";

/** Somebody in a sandbox who asks for a connection, whichever way they came. */
export interface Caller {
  readonly identity: string;
  readonly via: "dial" | "connect" | "reach";
  readonly socket: Socket;
  /** Says yes; what follows on the socket is payload. */
  readonly accept: () => void;
  /** Says no and closes. */
  readonly refuse: (denied: Denial) => void;
}

/** How a connection ended, for the log. */
export type End =
  | { readonly kind: "denied"; readonly denied: Denial }
  | { readonly kind: "carried"; readonly sent: number; readonly received: number }
  /** Its requests were judged and logged one by one. */
  | { readonly kind: "requests" }
  /** The client went before anything was carried. */
  | { readonly kind: "left" };

/** What is known of a connection before it is carried. */
export interface Asked {
  readonly host: string;
  readonly port: number;
  readonly rule: string | null;
}

/** One connection that is carried: it is ended by a swap of rules that forbid it. */
export interface Watched {
  /** Takes the other side in, so that it ends with the caller; checks the rules that may have changed meanwhile. */
  readonly adopt: (server: Socket) => void;
}

/** Carries a connection under the eyes of the live list, and logs its end. */
export async function watchConnection(
  context: GatewayContext,
  caller: Caller,
  asked: Asked,
  stillAllowed: () => boolean,
  run: (watched: Watched) => Promise<End>,
): Promise<void> {
  const started = context.clock.now();
  let server: Socket | null = null;
  let reason: string | null = null;
  const live = {
    identity: caller.identity,
    stillAllowed,
    close: (why: string): void => {
      reason = why;
      caller.socket.destroy();
      server?.destroy();
    },
  };
  if (!context.live.add(live)) {
    const denied = denial("too-many-connections", { ...asked, identity: caller.identity, detail: "" });
    caller.refuse(denied);
    return logEnd(context, caller, asked, { kind: "denied", denied }, 0, null);
  }
  try {
    const end = await run({
      adopt: (socket) => {
        server = socket;
        if (!stillAllowed()) live.close("rules-changed");
      },
    });
    logEnd(context, caller, asked, end, context.clock.now() - started, reason);
  } finally {
    context.live.delete(live);
  }
}

export function logEnd(
  context: GatewayContext,
  caller: Caller,
  asked: Asked,
  end: End,
  durationMs: number,
  reason: string | null,
): void {
  if (end.kind === "requests") return;
  const denied = end.kind === "denied" ? end.denied : null;
  context.log.decided({
    sandbox: caller.identity,
    via: caller.via,
    host: denied?.host ?? asked.host,
    port: asked.port,
    method: null,
    path: null,
    rule: denied === null ? asked.rule : denied.rule,
    verdict: denied === null ? "allow" : "deny",
    code: denied?.code ?? (end.kind === "left" ? (reason ?? "client-left") : reason),
    status: null,
    bytesSent: end.kind === "carried" ? end.sent : 0,
    bytesReceived: end.kind === "carried" ? end.received : 0,
    durationMs: Math.round(durationMs),
  });
}
