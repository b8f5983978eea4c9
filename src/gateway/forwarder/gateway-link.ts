import { type Socket, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Purpose, type Reply, decodeReply, encodeOpening } from "../frames.ts";
import { readFrame } from "../read-frame.ts";

/** The way from a forwarder to its gateway. */
export interface GatewayLink {
  /** A connection whose opening is sent; null when the gateway stays away for too long. */
  readonly open: (purpose: Purpose) => Promise<Socket | null>;
  /** The same, with the gateway's first answer; null when it stays away or closes without one. */
  readonly ask: (purpose: Purpose) => Promise<Answered | null>;
}

export interface Answered {
  readonly socket: Socket;
  readonly reply: Reply;
}

/** How long a client waits for a gateway that is away, as while it is restarted. */
const AWAY_MS = 5000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;
/** The gateway itself may take this long to resolve and dial. */
const REPLY_MS = 60_000;
const RETRIED = new Set(["EAGAIN", "ECONNREFUSED", "ENOENT", "ECONNRESET"]);

export function gatewayLink(path: string, identity: string, key: Buffer, awayMs: number = AWAY_MS): GatewayLink {
  const open = async (purpose: Purpose): Promise<Socket | null> => {
    const deadline = performance.now() + awayMs;
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
  return {
    open,
    ask: async (purpose) => {
      const socket = await open(purpose);
      if (socket === null) return null;
      const body = await readFrame(socket, REPLY_MS);
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
