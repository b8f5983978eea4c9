// The upstream of bench/gateway, in a process of its own: `node upstream-main.ts`, its settings as one line on standard input.
import { createSocket } from "node:dgram";
import { createInterface } from "node:readline";
import { createServer } from "node:tls";
import { type RecordType, decode, encode } from "dns-packet";
import { serveRaw } from "./serve-raw.ts";

/** What the process is told. */
export interface UpstreamSettings {
  /** Where it listens for TLS; names lead here. */
  readonly address: string;
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** What every request must carry as Authorization: a proxy that puts nothing in is found out. */
  readonly authorization: string;
}

/** What it says when it listens, as one line. */
export interface UpstreamReady {
  readonly port: number;
  /** A DNS server on 127.0.0.1 that answers every name with `address`. */
  readonly dnsPort: number;
}

for await (const line of createInterface({ input: process.stdin })) {
  const settings = JSON.parse(line) as UpstreamSettings;
  const ready: UpstreamReady = { port: await serveTls(settings), dnsPort: await serveNames(settings.address) };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}
// Whoever started it has gone.
process.exit(0);

function serveTls({ address, key, cert, authorization }: UpstreamSettings): Promise<number> {
  const server = createServer({ key, cert, ALPNProtocols: ["http/1.1"], noDelay: true }, (socket) =>
    serveRaw(socket, authorization),
  );
  server.on("tlsClientError", () => undefined);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port: 0, backlog: 4096 }, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
    });
  });
}

function serveNames(address: string): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (packet, from) => {
    const query = decode(packet);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const answers =
      question.type === "A" ? [{ type: "A" as RecordType & "A", name: question.name, ttl: 300, data: address }] : [];
    const answer = encode({ type: "response", id: query.id ?? 0, flags: 0, questions: [question], answers });
    socket.send(answer, from.port, from.address);
  });
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket.address().port)));
}
