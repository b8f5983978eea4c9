import { connect } from "node:net";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { refusalOf } from "./fault.ts";
import type { Fault } from "./fault.ts";

/** One call whose connection becomes a stream of its own: exec and attach. */
export interface Hijacked {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request's head. */
  readonly head: Buffer;
  readonly engine: string;
  readonly fault: Fault | null;
  readonly kill: () => void;
}

/** Carries both directions byte by byte, each with an end of its own, or spoils the call. */
export function tunnel({ request, socket, head, engine, fault, kill }: Hijacked): void {
  socket.on("error", () => socket.destroy());
  if (fault?.kind === "kill-before" || fault?.kind === "kill-amid") {
    kill();
    socket.destroy();
    return;
  }
  if (fault?.kind === "refuse") {
    socket.end(refusalOf(fault));
    return;
  }
  const upstream = connect({ path: engine, allowHalfOpen: true });
  const end = (): void => {
    upstream.destroy();
    socket.destroy();
  };
  upstream.on("error", end);
  socket.on("close", () => upstream.destroy());
  const lines: string[] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2)
    lines.push(`${request.rawHeaders[at] ?? ""}: ${request.rawHeaders[at + 1] ?? ""}\r\n`);
  upstream.write(`${request.method ?? "POST"} ${request.url ?? "/"} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  upstream.write(head);
  socket.pipe(upstream);
  if (fault === null) upstream.pipe(socket);
  else if (fault.kind === "delay") setTimeout(() => upstream.pipe(socket), fault.ms);
  else if (fault.kind === "cut-answer")
    upstream.once("data", (first: Buffer) => socket.write(first.subarray(0, Math.ceil(first.length / 2)), () => end()));
  else
    upstream.once("data", () => {
      if (fault.kind === "kill-after") kill();
      end();
    });
}
