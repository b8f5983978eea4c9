import type { TLSSocket } from "node:tls";
import { type Seen, untilAnswered } from "./closed-loop.ts";
import { type Way, requestBytes, secured } from "./way.ts";

/** Clients that each open a connection, send one request and close, for so long. */
export async function newConnections(way: Way, host: string, clients: number, ms: number): Promise<Seen> {
  const until = performance.now() + ms;
  return inTurn(clients, () => (performance.now() < until ? { way, host } : null));
}

/** One request to each of so many hosts, each over a connection of its own. */
export async function manyHosts(way: Way, host: string, clients: number, count: number): Promise<Seen> {
  let next = 0;
  return inTurn(clients, () => (next < count ? { way, host: `h${next++}.${host}` } : null));
}

/** Opens connections that have carried one request each, a few at a time. */
export async function opened(way: Way, host: string, count: number): Promise<readonly TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  const client = async (): Promise<void> => {
    for (let free = count - sockets.length; free > 0; free = count - sockets.length) {
      const socket = await secured(way, host);
      await untilAnswered(socket, requestBytes(way, host, "/small"));
      sockets.push(socket);
    }
  };
  await client();
  return sockets;
}

async function inTurn(clients: number, next: () => { readonly way: Way; readonly host: string } | null): Promise<Seen> {
  const latencies: number[] = [];
  const began = performance.now();
  const client = async (): Promise<void> => {
    for (let wanted = next(); wanted !== null; wanted = next()) {
      const sent = performance.now();
      const socket = await secured(wanted.way, wanted.host);
      await untilAnswered(socket, requestBytes(wanted.way, wanted.host, "/small"));
      socket.destroy();
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { seconds: (performance.now() - began) / 1000, bytes: 0, latencies };
}
