import { type Server, type Socket, createServer } from "node:net";
import type { Published } from "./forwarder-config.ts";
import type { GatewayLink } from "./gateway-link.ts";
import { joinSockets, reset } from "../join-sockets.ts";

const BACKLOG = 1024;

/** Listens on one published port and leads it to its parked server. */
export function publishPort(link: GatewayLink, published: Published, address: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void carry(link, published, client));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port: published.listen, backlog: BACKLOG }, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve(server);
    });
  });
}

async function carry(link: GatewayLink, published: Published, client: Socket): Promise<void> {
  client.on("error", () => client.destroy());
  const answered = await link
    .ask({ kind: "reach", identity: published.identity, port: published.port }, client)
    .catch(() => null);
  if (answered?.reply.ok !== true) {
    answered?.socket.destroy();
    return reset(client);
  }
  await joinSockets(client, answered.socket, 0);
}
