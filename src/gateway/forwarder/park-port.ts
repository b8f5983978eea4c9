import { type Socket, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { YES, encodeFrame } from "../frames.ts";
import { readFrame } from "../read-frame.ts";
import type { GatewayLink } from "./gateway-link.ts";
import { joinSockets } from "../join-sockets.ts";

const FEWEST = 4;
const MOST = 64;
const RETRY_MS = 250;
/** A connection may stay parked for as long as nobody dials. */
const FOREVER_MS = 2 ** 31 - 1;
const CONNECT_MS = 4000;

/** Keeps connections parked at the gateway for one port of this namespace, more of them the faster they are taken. */
export function parkPort(link: GatewayLink, port: number, signal: AbortSignal): void {
  let idle = 0;
  let wanted = FEWEST;
  const keepOne = async (): Promise<void> => {
    const taken = await parkOne(link, port, signal, () => {
      idle -= 1;
      if (idle === 0) wanted = Math.min(MOST, wanted * 2);
      fill();
    });
    if (taken) return;
    await sleep(RETRY_MS * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    idle -= 1;
    fill();
  };
  const fill = (): void => {
    while (idle < wanted && !signal.aborted) {
      idle += 1;
      void keepOne();
    }
  };
  const shrink = setInterval(() => {
    wanted = Math.max(FEWEST, wanted - 4);
  }, 30_000).unref();
  signal.addEventListener("abort", () => clearInterval(shrink));
  fill();
}

/** Parks once. `used` is called as soon as the connection is no longer idle; false = it was never used. */
async function parkOne(link: GatewayLink, port: number, signal: AbortSignal, used: () => void): Promise<boolean> {
  const answered = await link.ask({ kind: "park", port }).catch(() => null);
  if (answered === null) return false;
  const { socket, reply } = answered;
  const stop = (): void => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  const joined = reply.ok && !signal.aborted ? await readFrame(socket, FOREVER_MS) : null;
  signal.removeEventListener("abort", stop);
  if (joined === null) {
    socket.destroy();
    return false;
  }
  used();
  const server = await connectLocal(port);
  if (server === null) {
    socket.end(encodeFrame(REFUSED));
    socket.resume();
    return true;
  }
  socket.write(encodeFrame(YES));
  await joinSockets(socket, server, 0);
  return true;
}

const REFUSED = { ok: false, code: "refused", host: "", rule: null, fix: "Nothing listens on this port." };

/** Servers listen on either family of loopback, or on all of them. */
export async function connectLocal(port: number): Promise<Socket | null> {
  return (await connectTo("127.0.0.1", port)) ?? connectTo("::1", port);
}

function connectTo(host: string, port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const fail = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(null);
    };
    const timer = setTimeout(fail, CONNECT_MS);
    socket.on("error", fail);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}
