import type { Socket } from "node:net";

export interface Joined {
  /** Client to server. */
  readonly sent: number;
  /** Server to client. */
  readonly received: number;
}

/** After one side has ended, the other may still speak for this long without a byte. */
const HALF_CLOSED_IDLE_MS = 10 * 60_000;

/**
 * Carries bytes both ways with backpressure and half-close until both directions are done or either side fails. Both
 * sockets are closed when it resolves. `idleMs` 0 = never idle.
 */
export function joinSockets(client: Socket, server: Socket, idleMs: number): Promise<Joined> {
  return new Promise((resolve) => {
    const base = { sent: server.bytesWritten, received: server.bytesRead - server.readableLength };
    let open = 2;
    const destroy = (): void => {
      client.destroy();
      server.destroy();
    };
    const closed = (): void => {
      open -= 1;
      destroy();
      if (open === 0) resolve({ sent: server.bytesWritten - base.sent, received: server.bytesRead - base.received });
    };
    for (const socket of [client, server]) {
      socket.setTimeout(idleMs, destroy);
      socket.on("end", () => {
        client.setTimeout(HALF_CLOSED_IDLE_MS);
        server.setTimeout(HALF_CLOSED_IDLE_MS);
      });
      socket.on("error", destroy);
      if (socket.destroyed) setImmediate(closed);
      else socket.once("close", closed);
    }
    if (client.destroyed || server.destroyed) return destroy();
    client.pipe(server);
    server.pipe(client);
  });
}
