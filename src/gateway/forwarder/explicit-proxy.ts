import { type Server, type Socket, createServer } from "node:net";
import type { GatewayLink } from "./gateway-link.ts";
import { joinSockets } from "../join-sockets.ts";

const BACKLOG = 1024;

/** The HTTP proxy that clients are told of. It reads nothing: the gateway itself speaks HTTP with them. */
export function startExplicitProxy(link: GatewayLink, address: string, port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void carry(link, client));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port, backlog: BACKLOG }, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve(server);
    });
  });
}

async function carry(link: GatewayLink, client: Socket): Promise<void> {
  client.on("error", () => client.destroy());
  const socket = await link.open({ kind: "proxy" }).catch(() => null);
  if (socket === null) return void client.end(AWAY, () => client.destroy());
  await joinSockets(client, socket, 0);
}

const BODY = `${JSON.stringify({
  code: "gateway-away",
  host: "",
  rule: null,
  fix: "The gateway does not answer, so nothing is reachable. It is brought back by itself; try again in a moment.",
})}\n`;

const AWAY = [
  "HTTP/1.1 503 Service Unavailable",
  "Content-Type: application/json",
  `Content-Length: ${BODY.length}`,
  "Connection: close",
  "",
  BODY,
].join("\r\n");
