import type { TLSSocket } from "node:tls";
import { type Way, requestBytes, secured } from "./way.ts";
import type { Seen } from "./closed-loop.ts";

/** Milliseconds until the first event of a stream is there, several times over one connection. */
export async function firstEvents(way: Way, host: string, times: number): Promise<Seen> {
  const socket = await secured(way, host);
  const request = requestBytes(way, host, "/events");
  try {
    // The first may have to dial further on; it is not counted.
    await firstEvent(socket, request);
    const latencies: number[] = [];
    const began = performance.now();
    for (let time = 0; time < times; time += 1) latencies.push(await firstEvent(socket, request));
    return { seconds: (performance.now() - began) / 1000, bytes: 0, latencies };
  } finally {
    socket.destroy();
  }
}

function firstEvent(socket: TLSSocket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    let first: number | null = null;
    const sent = performance.now();
    const finish = (end: () => void): void => {
      socket.off("data", take).off("close", closed);
      end();
    };
    const closed = (): void => finish(() => reject(new Error(`a stream was closed: ${text.slice(0, 300)}`)));
    const take = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      if (first === null && text.includes("data: first\n\n")) first = performance.now() - sent;
      if (first !== null && text.includes("data: last\n\n") && text.endsWith("0\r\n\r\n")) {
        const found = first;
        finish(() => resolve(found));
      }
    };
    socket.on("data", take).once("close", closed);
    socket.write(request);
  });
}
