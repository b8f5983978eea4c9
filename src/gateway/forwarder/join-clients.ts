import type { Socket } from "node:net";

/** Bytes both ways with backpressure and half-close; a failure of either side resets the other. */
export function joinClients(client: Socket, server: Socket): void {
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  for (const socket of [client, server]) {
    socket.on("error", end);
    socket.once("close", end);
  }
  if (client.destroyed || server.destroyed) return end();
  client.pipe(server);
  server.pipe(client);
}

/** Closes a TCP client the way a port does on which nothing listens. */
export function reset(client: Socket): void {
  if (!client.destroyed) client.resetAndDestroy();
}
