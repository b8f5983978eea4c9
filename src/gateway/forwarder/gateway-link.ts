import { type Socket, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Purpose, type Reply, decodeReply, encodeOpening } from "../frames.ts";
import { readFrame } from "../read-frame.ts";

/** The way from a forwarder to its gateway. */
export interface GatewayLink {
  /** A connection whose opening is sent; null when the gateway stays away for too long. */
  readonly open: (purpose: Purpose) => Promise<Socket | null>;
  /** The same, with the gateway's first answer; null when it stays away, or closes without one, or the client goes. */
  readonly ask: (purpose: Purpose, client?: Socket) => Promise<Answered | null>;
}

export interface Answered {
  readonly socket: Socket;
  readonly reply: Reply;
}

/** How long a client waits for a gateway that is away, as while it is restarted. */
const AWAY_MS = 5000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;
/** Names and parking are answered at once; for a dial the gateway itself may have to resolve and connect. */
const REPLY_MS = { name: 3000, park: 10_000, dial: 60_000, reach: 60_000, proxy: 0 } as const satisfies Record<
  Purpose["kind"],
  number
>;
/** A resolver's client has its own patience of a few seconds. */
const NAME_AWAY_MS = 2000;
const MAX_WAITING = 4096;
const RETRIED = new Set(["EAGAIN", "ECONNREFUSED", "ENOENT", "ECONNRESET"]);

export function gatewayLink(path: string, identity: string, key: Buffer, awayMs: number = AWAY_MS): GatewayLink {
  let waiting = 0;
  const openInTime = async (purpose: Purpose): Promise<Socket | null> => {
    const deadline = performance.now() + (purpose.kind === "name" ? Math.min(NAME_AWAY_MS, awayMs) : awayMs);
    let pause = FIRST_PAUSE_MS;
    while (true) {
      const socket = await connectOnce(path);
      if (typeof socket !== "string") {
        socket.write(encodeOpening({ identity, key, purpose }));
        return socket;
      }
      // A full backlog, a gateway that is being replaced, a socket that is not there yet: all of them pass.
      if (!RETRIED.has(socket) || performance.now() + pause > deadline) return null;
      await sleep(pause * (0.5 + Math.random()));
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  };
  const open = async (purpose: Purpose): Promise<Socket | null> => {
    if (waiting >= MAX_WAITING) return null;
    waiting += 1;
    try {
      return await openInTime(purpose);
    } finally {
      waiting -= 1;
    }
  };
  return {
    open,
    ask: async (purpose, client) => {
      const socket = await open(purpose);
      if (socket === null) return null;
      const leave = (): void => void socket.destroy();
      client?.once("close", leave);
      if (client?.destroyed === true) leave();
      const body = await readFrame(socket, REPLY_MS[purpose.kind]);
      client?.off("close", leave);
      const reply = body === null ? null : decodeReply(body);
      if (reply !== null) return { socket, reply };
      socket.destroy();
      return null;
    },
  };
}

/** A connected socket with an error handler, or the code of the failure. */
function connectOnce(path: string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.on("error", (error) => {
      socket.destroy();
      resolve("code" in error ? String(error.code) : "EUNKNOWN");
    });
    socket.once("connect", () => resolve(socket));
  });
}
