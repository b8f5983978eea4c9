import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Server, Socket } from "node:net";

export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** A question for a WebSocket, as bytes. */
export function upgradeRequest(authority: string, path: string, more: readonly string[] = []): string {
  const lines = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${KEY}`];
  return [`GET ${path} HTTP/1.1`, `Host: ${authority}`, ...lines, ...more, "", ""].join("\r\n");
}

/** How a server says yes. */
export function acceptance(request: IncomingMessage): string {
  const key = String(request.headers["sec-websocket-key"]);
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const lines = ["Connection: Upgrade", "Upgrade: websocket", `Sec-WebSocket-Accept: ${accept}`];
  return ["HTTP/1.1 101 Switching Protocols", ...lines, "", ""].join("\r\n");
}

/** Lets a server take WebSockets and echo what comes, byte for byte. */
export function echoWebSockets(server: Server, seen: (request: IncomingMessage) => void): Server {
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    seen(request);
    socket.on("error", () => undefined);
    socket.write(acceptance(request));
    socket.write(head);
    socket.pipe(socket);
  });
  return server;
}
