import { type Socket, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type SecureContext, type TLSSocket, connect as tlsConnect, createSecureContext } from "node:tls";

/** How a client comes to the upstream; the same code takes every one of them. */
export interface Way {
  readonly name: string;
  /** What is dialled: a proxy, or the upstream itself. */
  readonly dial: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Base64 of what is said first, before anything else; empty = nothing. */
  readonly opening: string;
  /** Whether a tunnel is asked for by CONNECT. */
  readonly connects: boolean;
  readonly port: number;
  /** What the client itself sends as Authorization. */
  readonly authorization: string;
  /** PEM of all roots that the client trusts. */
  readonly trust: string;
}

const DEADLINE_MS = 30_000;

/** A TLS connection to `host` by this way, verified. Rejects with what went wrong, in words. */
export async function secured(way: Way, host: string): Promise<TLSSocket> {
  const socket = await dialledPatiently(way);
  if (way.connects) await tunnelled(socket, `${host}:${way.port}`, way.name);
  return new Promise((resolve, reject) => {
    const tls = tlsConnect({
      socket,
      servername: host,
      secureContext: contextFor(way.trust),
      ALPNProtocols: ["http/1.1"],
    });
    const late = setTimeout(() => tls.destroy(new Error("the TLS handshake takes too long")), DEADLINE_MS);
    tls.on("error", (error) => reject(new Error(`${way.name}, TLS with ${host}: ${error.message}`)));
    tls.once("close", () => reject(new Error(`${way.name}, TLS with ${host}: closed`)));
    tls.once("secureConnect", () => {
      clearTimeout(late);
      resolve(tls);
    });
  });
}

/** A unix socket whose queue is full says so at once, and a forwarder tries again; so does this. */
async function dialledPatiently(way: Way): Promise<Socket> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await dialled(way);
    } catch (error) {
      const full = error instanceof Error && error.message.includes("EAGAIN");
      if (!full || performance.now() > deadline) throw error;
      await sleep(5);
    }
  }
}

function dialled(way: Way): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...way.dial, noDelay: true });
    socket.on("error", (error) => reject(new Error(`${way.name}: ${error.message}`)));
    socket.once("connect", () => {
      if (way.opening !== "") socket.write(Buffer.from(way.opening, "base64"));
      resolve(socket);
    });
  });
}

function tunnelled(socket: Socket, authority: string, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string): void => {
      socket.destroy();
      reject(new Error(`${name}, CONNECT ${authority}: ${why}`));
    };
    const late = setTimeout(() => fail("no answer"), DEADLINE_MS);
    const closed = (): void => fail("closed");
    const hear = (bytes: Buffer): void => {
      said += bytes.toString("latin1");
      if (!said.includes("\r\n\r\n")) return;
      clearTimeout(late);
      socket.off("data", hear).off("close", closed).pause();
      if (/^HTTP\/1\.[01] 200 /.test(said) && said.endsWith("\r\n\r\n")) resolve();
      else fail(said.slice(0, 300));
    };
    socket.on("data", hear).once("close", closed);
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  });
}

const contexts = new Map<string, SecureContext>();

function contextFor(trust: string): SecureContext {
  const known = contexts.get(trust) ?? createSecureContext({ ca: trust, minVersion: "TLSv1.2" });
  contexts.set(trust, known);
  return known;
}

/** A request as it is sent, byte by byte, the same for every way. */
export function requestBytes(way: Way, host: string, path: string): Buffer {
  return Buffer.from(
    [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}:${way.port}`,
      "User-Agent: coop-bench/1",
      "Accept: application/json, text/event-stream",
      "Accept-Encoding: identity",
      "Content-Type: application/json",
      `Authorization: ${way.authorization}`,
      "",
      "",
    ].join("\r\n"),
  );
}
