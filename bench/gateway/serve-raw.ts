import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";

/** How long a stream is silent after its first event: a proxy that holds back what it has is late by as much. */
export const SILENCE_MS = 100;

const END_OF_HEAD = "\r\n\r\n";
const SMALL = answer("application/json", JSON.stringify({ text: "An answer of half a kilobyte. ".repeat(16) }));
const REFUSED = Buffer.from("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
const FIRST_EVENT = Buffer.from(
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n" +
    chunk("data: first\n\n"),
);
const LAST_EVENT = Buffer.from(`${chunk("data: last\n\n")}0\r\n\r\n`);
const BLOCK = Buffer.from(
  JSON.stringify({ id: "msg_0123456789", text: "Some words of a long body. " }).repeat(1000),
).subarray(0, 64 * 1024);

/**
 * Answers HTTP/1.1 with bytes that are ready made, so that the upstream is never what limits: `/small`, `/large/<bytes>` and
 * `/events`. What it reads of a request is its path and its Authorization. `/sink` swallows all that comes behind its head.
 */
export function serveRaw(socket: TLSSocket, authorization: string): void {
  const proof = `authorization: ${authorization.toLowerCase()}\r\n`;
  let unread = "";
  let turn = Promise.resolve();
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes: Buffer) => {
    unread += bytes.toString("latin1");
    for (let end = unread.indexOf(END_OF_HEAD); end !== -1; end = unread.indexOf(END_OF_HEAD)) {
      const head = unread.slice(0, end + 2);
      unread = unread.slice(end + END_OF_HEAD.length);
      const path = head.slice(head.indexOf(" ") + 1, head.indexOf(" HTTP/"));
      if (!head.toLowerCase().includes(proof)) socket.write(REFUSED);
      else if (path === "/small") socket.write(SMALL);
      else if (path === "/sink") return void socket.removeAllListeners("data").resume();
      else turn = turn.then(() => longAnswer(socket, path));
    }
  });
}

async function longAnswer(socket: TLSSocket, path: string): Promise<void> {
  if (path === "/events") {
    socket.write(FIRST_EVENT);
    await sleep(SILENCE_MS);
    socket.write(LAST_EVENT);
    return;
  }
  const bytes = Number(path.split("/")[2]);
  socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`);
  for (let left = bytes; left > 0 && !socket.destroyed; left -= BLOCK.length) {
    if (!socket.write(left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK))
      await new Promise<void>((resolve) => {
        socket.once("drain", resolve);
        socket.once("close", resolve);
      });
  }
}

function answer(type: string, body: string): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}
