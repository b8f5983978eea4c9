import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { joinSockets, reset } from "../join-sockets.ts";
import type { PortAlias } from "./forwarder-config.ts";
import { connectLocal } from "./park-port.ts";

const BACKLOG = 1024;

/**
 * Makes a port of this namespace answer under a second number: the one that the host gave it, so that one URL leads to
 * the same server inside and outside. Where the sandbox itself holds that number, its own server comes first.
 */
export function aliasPort({ listen, port }: PortAlias, log: (line: string) => void): Server {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void carry(client, port));
  server.on("error", (error) => log(`cannot listen on 127.0.0.1:${listen} for ${port}: ${String(error)}`));
  return server.listen({ host: "127.0.0.1", port: listen, backlog: BACKLOG });
}

async function carry(client: Socket, port: number): Promise<void> {
  client.on("error", () => client.destroy());
  const server = await connectLocal(port);
  if (server === null) return reset(client);
  await joinSockets(client, server, 0);
}
