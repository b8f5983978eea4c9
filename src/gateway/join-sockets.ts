import type { Socket } from "node:net";
import { flow } from "./flow.ts";
import { type Share, UNSHARED } from "./turns.ts";

export interface Joined {
  /** Client to server. */
  readonly sent: number;
  /** Server to client. */
  readonly received: number;
}

/** After one side has ended, the other may still speak, but not be silent for longer than this. */
const HALF_CLOSED_IDLE_MS = 5 * 60_000;

/**
 * Carries bytes both ways with backpressure and half-close until both directions are done or either side fails. Both
 * sockets are closed when it resolves. `idleMs` 0 = never idle. `share`: in whose turns.
 */
export function joinSockets(client: Socket, server: Socket, idleMs: number, share: Share = UNSHARED): Promise<Joined> {
  return new Promise((resolve) => {
    const base = { sent: server.bytesWritten, received: server.bytesRead - server.readableLength };
    const destroy = (): void => {
      client.destroy();
      server.destroy();
    };
    let open = 2;
    const closed = (): void => {
      open -= 1;
      if (open === 0) resolve({ sent: server.bytesWritten - base.sent, received: server.bytesRead - base.received });
    };
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setTimeout(idleMs);
      socket.on("timeout", destroy);
      socket.on("error", destroy);
      socket.once("end", () => {
        socket.setTimeout(HALF_CLOSED_IDLE_MS);
        other.setTimeout(HALF_CLOSED_IDLE_MS);
      });
      if (socket.closed) closed();
      else socket.once("close", closed);
      socket.once("close", () => {
        // One that closed in order has ended the other, which may still have bytes to write out.
        if (socket.readableEnded && !socket.errored) other.destroySoon();
        else other.destroy();
      });
    }
    if (client.destroyed || server.destroyed) return destroy();
    flow(client, server, share);
    flow(server, client, share);
  });
}

/** Closes a TCP client the way a port does on which nothing listens. */
export function reset(client: Socket): void {
  if (!client.destroyed) client.resetAndDestroy();
}
