import type { TLSSocket } from "node:tls";
import { AnswerReader } from "./answer-reader.ts";
import { type Way, requestBytes, secured } from "./way.ts";

/** What a number of clients have seen. */
export interface Seen {
  readonly seconds: number;
  readonly bytes: number;
  /** Milliseconds from the request's first byte to its answer's last, one for each. */
  readonly latencies: readonly number[];
}

/** Each client sends a request as soon as the one before is answered, for so long; connections are there before it begins. */
export async function closedLoop(way: Way, host: string, path: string, clients: number, ms: number): Promise<Seen> {
  const sockets = await Promise.all(Array.from({ length: clients }, () => secured(way, host)));
  const request = requestBytes(way, host, path);
  try {
    // The first of each may have to dial further on; it is not counted.
    await Promise.all(sockets.map((socket) => untilAnswered(socket, request)));
    const latencies: number[] = [];
    const began = performance.now();
    const bytes = await Promise.all(sockets.map((socket) => loop(socket, request, began + ms, latencies)));
    return {
      seconds: (performance.now() - began) / 1000,
      bytes: bytes.reduce((sum, each) => sum + each, 0),
      latencies,
    };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** Sends one request and waits until its answer is whole. */
export function untilAnswered(socket: TLSSocket, request: Buffer): Promise<number> {
  return loop(socket, request, 0, []);
}

function loop(socket: TLSSocket, request: Buffer, until: number, latencies: number[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader();
    let sent = performance.now();
    const finish = (end: () => void): void => {
      socket.off("data", take).off("close", closed);
      end();
    };
    const closed = (): void => finish(() => reject(new Error("a connection was closed in the middle of an answer")));
    const take = (chunk: Buffer): void => {
      try {
        if (reader.push(chunk) === 0) return;
      } catch (error) {
        return finish(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
      const now = performance.now();
      latencies.push(now - sent);
      if (now >= until) return finish(() => resolve(reader.bytes));
      sent = now;
      socket.write(request);
    };
    socket.on("data", take).once("close", closed);
    socket.write(request);
  });
}
