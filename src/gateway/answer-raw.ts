import type { Duplex } from "node:stream";
import { type Denial, denialBody } from "./denial.ts";

const LINGER_MS = 1000;
const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  421: "Misdirected Request",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** Answers a denial on an HTTP connection that no ServerResponse belongs to, and closes it. */
export function answerRaw(socket: Duplex, denied: Denial): void {
  const body = denialBody(denied);
  const head = [
    `HTTP/1.1 ${denied.status} ${REASONS[denied.status] ?? "Refused"}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  endWith(socket, `${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Writes the last thing on a connection; a peer that does not close in time is closed. */
export function endWith(socket: Duplex, bytes: string | Buffer): void {
  socket.end(bytes);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS);
}
