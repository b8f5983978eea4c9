// A sandbox that floods the gateway: `node flood-main.ts`, its job as one line on standard input. Says a line when it is under way.
import { type Socket, connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { type Way, requestBytes, secured } from "../../../bench/gateway/load/way.ts";

export interface FloodJob {
  readonly way: Way;
  readonly host: string;
  readonly kind: FloodKind;
  /** How many connections at once it tries to have. */
  readonly count: number;
}

export type FloodKind =
  /** Connections whose requests never come to the end of their heads, opened anew as soon as they are refused. */
  | "slow heads"
  /** Uploads within TLS that never end. */
  | "endless bodies"
  /** Requests within TLS, one behind the other's answer. */
  | "requests"
  /** Requests within TLS, as many at once as fit into what a socket takes. */
  | "pipelined requests"
  /** Handshakes, one as soon as the one before is over. */
  | "handshakes"
  /** Connections to the gateway that say who they are and are closed at once. */
  | "openings";

/** Whatever happens to whoever started it. */
const LONGEST_MS = 10 * 60_000;
const UNDER_WAY_MS = 3000;
const BLOCK = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, 7), Buffer.from("\r\n")]);
const PIPELINED = 200;

setTimeout(() => process.exit(0), LONGEST_MS).unref();
process.on("uncaughtException", () => undefined);
const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => {
  const job = JSON.parse(line) as FloodJob;
  for (let each = 0; each < job.count; each += 1) void forEver(job);
  setTimeout(() => process.stdout.write("under way\n"), UNDER_WAY_MS);
});
lines.once("close", () => process.exit(0));

async function forEver(job: FloodJob): Promise<never> {
  while (true) {
    await once(job).catch(() => undefined);
    // A refusal is answered by the next attempt; even a flood lets its own timers run.
    await sleep(1);
  }
}

async function once({ kind, way, host }: FloodJob): Promise<void> {
  switch (kind) {
    case "openings":
      return closed(opened(way).end());
    case "slow heads":
      return slowHead(opened(way));
    case "handshakes":
      return void (await secured(way, host)).destroy();
    case "endless bodies":
      return endlessBody(await secured(way, host), requestBytes(way, host, "/sink"));
    case "requests":
      return requests(await secured(way, host), requestBytes(way, host, "/small"), 1);
    case "pipelined requests":
      return requests(await secured(way, host), requestBytes(way, host, "/small"), PIPELINED);
  }
}

function opened(way: Way): Socket {
  const socket = connect({ path: "path" in way.dial ? way.dial.path : "" });
  socket.on("error", () => socket.destroy());
  socket.write(Buffer.from(way.opening, "base64"));
  return socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
    if (socket.destroyed) resolve();
    socket.resume();
  });
}

async function slowHead(socket: Socket): Promise<void> {
  socket.write("GET http://loud.bench.test/ HTTP/1.1\r\nHost: loud.bench.test\r\n");
  const drip = setInterval(() => socket.write("x: y\r\n"), 500);
  await closed(socket);
  clearInterval(drip);
}

async function endlessBody(socket: TLSSocket, request: Buffer): Promise<void> {
  const head = request.toString("latin1").replace("GET ", "POST ").replace("\r\n\r\n", "\r\n");
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  const pour = (): void => {
    while (!socket.destroyed && socket.write(BLOCK));
  };
  socket.on("drain", pour);
  pour();
  await closed(socket);
}

async function requests(socket: TLSSocket, request: Buffer, atOnce: number): Promise<void> {
  const bytes = Buffer.concat(Array.from({ length: atOnce }, () => request));
  let answers = 0;
  socket.on("data", (chunk: Buffer) => {
    // The answers of the upstream are small enough to be counted by their first words.
    answers += chunk.toString("latin1").split("HTTP/1.1 ").length - 1;
    if (answers < atOnce) return;
    answers = 0;
    socket.write(bytes);
  });
  socket.write(bytes);
  await closed(socket);
}
