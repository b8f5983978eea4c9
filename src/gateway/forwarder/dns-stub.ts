import { type RemoteInfo, type Socket as UdpSocket, createSocket } from "node:dgram";
import { type Server, type Socket, createServer } from "node:net";
import { answerQuery, readQuery, serverFailure } from "./dns-answer.ts";
import type { NameBook } from "./name-book.ts";

export interface DnsStub {
  readonly port: number;
  readonly close: () => void;
}

const MAX_WAITING = 512;
const TCP_IDLE_MS = 10_000;
const MAX_TCP_CLIENTS = 64;

/** Answers DNS over UDP and TCP from the name book. Nothing is ever forwarded. */
export async function startDnsStub(names: NameBook, address: string, port: number): Promise<DnsStub> {
  let waiting = 0;
  const respond = async (packet: Buffer): Promise<Buffer | null> => {
    const read = readQuery(packet);
    if (read.kind === "drop") return null;
    if (read.kind === "answer") return read.bytes;
    if (waiting >= MAX_WAITING) return serverFailure(read.query);
    waiting += 1;
    try {
      return answerQuery(read.query, await names.look(read.query.question.name));
    } catch {
      return serverFailure(read.query);
    } finally {
      waiting -= 1;
    }
  };
  const udp = await bindUdp(address, port);
  const reply = async (packet: Buffer, from: RemoteInfo): Promise<void> => {
    const answer = await respond(packet);
    if (answer !== null) udp.send(answer, from.port, from.address, () => undefined);
  };
  udp.on("message", (packet, from) => {
    void reply(packet, from);
  });
  const tcp = createServer((client) => serveTcp(client, respond));
  tcp.maxConnections = MAX_TCP_CLIENTS;
  try {
    await listen(tcp, address, udp.address().port);
  } catch (error) {
    udp.close();
    throw error;
  }
  return {
    port: udp.address().port,
    close: () => {
      udp.close();
      tcp.close();
    },
  };
}

/** Queries with a length of two bytes in front, answered one after the other. */
function serveTcp(client: Socket, respond: (packet: Buffer) => Promise<Buffer | null>): void {
  client.on("error", () => client.destroy());
  client.setTimeout(TCP_IDLE_MS, () => client.destroy());
  let pending = Buffer.alloc(0);
  const answerWhole = async (): Promise<void> => {
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const packet = pending.subarray(2, 2 + pending.readUInt16BE(0));
      pending = pending.subarray(2 + packet.length);
      const answer = await respond(packet);
      if (answer === null) return void client.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length, 0);
      client.write(Buffer.concat([length, answer]));
    }
    client.resume();
  };
  client.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    client.pause();
    answerWhole().catch(() => client.destroy());
  });
}

function bindUdp(address: string, port: number): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const udp = createSocket("udp4");
    udp.once("error", reject);
    udp.bind(port, address, () => {
      udp.off("error", reject);
      udp.on("error", () => undefined);
      resolve(udp);
    });
  });
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve();
    });
  });
}
