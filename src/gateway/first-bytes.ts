import type { Socket } from "node:net";
import { type ClientHello, CLIENT_HELLO_LIMIT, parseClientHello } from "./client-hello.ts";

export type FirstBytes<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: "ended" | "late" };

/** Looks at the front of a paused socket without taking anything: what was looked at is put back. */
export function peek<T>(socket: Socket, deadlineMs: number, look: (bytes: Buffer) => T | null): Promise<FirstBytes<T>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = (result: FirstBytes<T>): void => {
      clearTimeout(timer);
      socket.off("readable", take);
      socket.off("end", ended);
      socket.off("close", ended);
      if (result.ok && !socket.destroyed) socket.unshift(Buffer.concat(chunks));
      resolve(result);
    };
    const ended = (): void => finish({ ok: false, reason: "ended" });
    const take = (): void => {
      // In byte mode a read gives a Buffer or nothing.
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      chunks.push(chunk);
      const value = look(Buffer.concat(chunks));
      if (value !== null) finish({ ok: true, value });
    };
    const timer = setTimeout(() => finish({ ok: false, reason: "late" }), deadlineMs);
    socket.on("readable", take);
    socket.on("end", ended);
    socket.on("close", ended);
    if (socket.destroyed || socket.readableEnded) return ended();
    take();
  });
}

/** Whether a client begins with TLS or with something else, by its first byte. */
export function peekIsTls(socket: Socket, deadlineMs: number): Promise<FirstBytes<boolean>> {
  return peek(socket, deadlineMs, (bytes) => bytes[0] === 22);
}

export function peekClientHello(
  socket: Socket,
  deadlineMs: number,
): Promise<FirstBytes<Exclude<ClientHello, { kind: "more" }>>> {
  return peek(socket, deadlineMs, (bytes) => {
    const hello = parseClientHello(bytes.subarray(0, CLIENT_HELLO_LIMIT));
    return hello.kind === "more" ? null : hello;
  });
}
