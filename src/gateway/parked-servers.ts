import type { Socket } from "node:net";
import { JOINED, YES, decodeReply, encodeFrame } from "./frames.ts";
import type { Server } from "./policy.ts";
import { readFrame } from "./read-frame.ts";

const MAX_PARKED_PER_SERVER = 128;
const MAX_SERVERS = 4096;
const REFILL_WAIT_MS = 2000;
/** Among many who wait, each waits for as long as connections keep being parked. */
const LONGEST_WAIT_MS = 15_000;
const JOIN_ANSWER_MS = 5000;
/** A server that parked this recently is expected back, as when its forwarder is replaced. */
const RECENT_MS = 5000;
const MAX_WAITING = 1024;

interface Parked {
  readonly socket: Socket;
  readonly leave: () => void;
}

interface Pool {
  readonly parked: Parked[];
  readonly waiting: ((socket: Socket | null) => void)[];
  lastParked: number;
}

/** Connections that servers' forwarders hold open to be dialled over: the only way into a sandbox. */
export class ParkedServers {
  readonly #pools = new Map<string, Pool>();

  /** Says yes to the forwarder and keeps the connection until somebody takes it. False when enough are parked. */
  park(server: Server, socket: Socket): boolean {
    const pool = this.#poolToPark(server);
    if (pool === null || pool.parked.length >= MAX_PARKED_PER_SERVER) return false;
    socket.write(encodeFrame(YES));
    pool.lastParked = performance.now();
    const waiter = pool.waiting.shift();
    if (waiter !== undefined) {
      waiter(socket);
      return true;
    }
    // A parked forwarder has nothing to say: an end, a failure or any byte takes it out.
    const leave = (): void => {
      const index = pool.parked.findIndex((each) => each.socket === socket);
      if (index === -1) return;
      pool.parked.splice(index, 1);
      socket.destroy();
    };
    pool.parked.push({ socket, leave });
    for (const event of LEAVING) socket.on(event, leave);
    return true;
  }

  /** A connection that the server itself has accepted, or null when it refuses or is not there. */
  async take(server: Server): Promise<Socket | null> {
    while (true) {
      const socket = await this.#next(server);
      if (socket === null) return null;
      if (socket.destroyed) continue;
      socket.write(encodeFrame(JOINED));
      const answer = await readFrame(socket, JOIN_ANSWER_MS);
      const reply = answer === null ? null : decodeReply(answer);
      if (reply?.ok === true) return socket;
      const lost = answer === null && (socket.readableEnded || socket.errored !== null);
      socket.destroy();
      // A connection whose forwarder died in this moment says nothing about the server: try the next one.
      if (!lost) return null;
    }
  }

  closeAll(): void {
    for (const pool of this.#pools.values()) {
      for (const { socket } of [...pool.parked]) socket.destroy();
      for (const waiter of [...pool.waiting]) waiter(null);
    }
    this.#pools.clear();
  }

  #poolToPark(server: Server): Pool | null {
    const key = `${server.identity} ${server.port}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    if (this.#pools.size >= MAX_SERVERS) this.#forgetEmpty();
    if (this.#pools.size >= MAX_SERVERS) return null;
    const pool: Pool = { parked: [], waiting: [], lastParked: performance.now() };
    this.#pools.set(key, pool);
    return pool;
  }

  #forgetEmpty(): void {
    for (const [key, pool] of this.#pools) {
      if (pool.parked.length === 0 && pool.waiting.length === 0) this.#pools.delete(key);
    }
  }

  #next(server: Server): Promise<Socket | null> {
    const pool = this.#pools.get(`${server.identity} ${server.port}`);
    const parked = pool?.parked.shift();
    if (parked !== undefined) {
      for (const event of LEAVING) parked.socket.off(event, parked.leave);
      return Promise.resolve(parked.socket);
    }
    if (pool === undefined || performance.now() - pool.lastParked > RECENT_MS || pool.waiting.length >= MAX_WAITING)
      return Promise.resolve(null);
    return waitForPark(pool);
  }
}

/** Resolves with the next connection that is parked; null when the server's forwarder shows no life, or far too late. */
function waitForPark(pool: Pool): Promise<Socket | null> {
  return new Promise((resolve) => {
    const started = performance.now();
    const tick = setInterval(() => {
      const quietMs = performance.now() - Math.max(started, pool.lastParked);
      if (quietMs > REFILL_WAIT_MS || performance.now() - started > LONGEST_WAIT_MS) waiter(null);
    }, 100);
    const waiter = (socket: Socket | null): void => {
      clearInterval(tick);
      const index = pool.waiting.indexOf(waiter);
      if (index !== -1) pool.waiting.splice(index, 1);
      resolve(socket);
    };
    pool.waiting.push(waiter);
  });
}

const LEAVING = ["close", "end", "readable"] as const;
