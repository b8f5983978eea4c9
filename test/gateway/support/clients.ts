import { createSocket } from "node:dgram";
import { type Socket, connect } from "node:net";
import { type Answer, decode, encode, type RecordType } from "dns-packet";

/** What a server said, and how the connection ended. */
export interface Heard {
  readonly text: string;
  readonly end: "end" | "reset" | "timeout";
}

/** Sends bytes and hears everything until the other side closes. */
export function say(
  target: { readonly host: string; readonly port: number } | { readonly path: string },
  bytes: string | Buffer,
  timeoutMs = 15_000,
): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, allowHalfOpen: true });
    socket.on("connect", () => socket.write(bytes));
    void hear(socket, timeoutMs).then(resolve);
  });
}

/** Hears a socket to its end. */
export function hear(socket: Socket, timeoutMs = 15_000): Promise<Heard> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = (end: Heard["end"]): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: Buffer.concat(chunks).toString("latin1"), end });
    };
    const timer = setTimeout(() => finish("timeout"), timeoutMs);
    if (socket.closed || socket.readableEnded) return finish("end");
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => finish("end"));
    socket.on("close", () => finish("end"));
    socket.on("error", () => finish("reset"));
  });
}

/** Waits until the text has come, and gives everything up to it. */
export function until(socket: Socket, text: string, timeoutMs = 15_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const finish = (error: Error | null): void => {
      clearTimeout(timer);
      socket.off("data", take);
      socket.off("close", closed);
      socket.off("end", closed);
      socket.off("error", closed);
      if (error === null) resolve(heard);
      else reject(error);
    };
    const take = (chunk: Buffer): void => {
      heard += chunk.toString("latin1");
      if (heard.includes(text)) finish(null);
    };
    const closed = (): void => finish(new Error(`closed after ${JSON.stringify(heard)}`));
    const timer = setTimeout(() => finish(new Error(`only ${JSON.stringify(heard)}`)), timeoutMs);
    socket.on("data", take);
    socket.on("close", closed);
    socket.on("end", closed);
    socket.on("error", closed);
  });
}

export function opened(
  target: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, allowHalfOpen: true });
    socket.once("connect", () => resolve(socket));
    socket.on("error", reject);
  });
}

/** A tunnel by CONNECT through an explicit proxy. */
export async function tunnel(
  proxyPort: number,
  authority: string,
): Promise<{ readonly socket: Socket; readonly head: string }> {
  const socket = await opened({ host: "127.0.0.1", port: proxyPort });
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  return { socket, head: await until(socket, "\r\n\r\n") };
}

export interface DnsAnswer {
  readonly rcode: string;
  readonly addresses: readonly string[];
}

export async function lookUp(port: number, name: string, type: RecordType | "HTTPS" = "A"): Promise<DnsAnswer> {
  const packet = await dnsExchange(
    port,
    encode({ type: "query", id: 7, flags: 256, questions: [{ type: type as RecordType, name }] }),
  );
  const answer = decode(packet) as ReturnType<typeof decode> & {
    readonly rcode: string;
    readonly answers: readonly Answer[];
  };
  return {
    rcode: answer.rcode,
    addresses: answer.answers.map((each) => ("data" in each && typeof each.data === "string" ? each.data : "")),
  };
}

/** One packet there, one back. */
export function dnsExchange(port: number, packet: Buffer, timeoutMs = 15_000): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const timer = setTimeout(() => {
      socket.close();
      reject(new Error("no DNS answer"));
    }, timeoutMs);
    socket.on("message", (answer) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    });
    socket.send(packet, port, "127.0.0.1");
  });
}
