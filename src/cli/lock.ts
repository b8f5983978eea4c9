import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CoopError } from "../diagnostics/coop-error.ts";
import { ownerOf } from "./lock-owner.ts";

const WAIT_MS = 60_000;
/** As long as an image may take to build on a slow line. */
const BUILD_WAIT_MS = 60 * 60_000;

/** What is held alone, and how those who wait for it are told. */
interface Held {
  /** Equal for all who must not be there together. */
  readonly key: string;
  readonly command: string;
  /** `Another coop works on the project "shop"`. */
  readonly busy: string;
  readonly waitMs: number;
}

/** Runs work while nobody else on this machine writes to the same project of the same engine. */
export function withLock<T>(
  engine: string,
  project: string,
  command: string,
  work: () => Promise<T>,
  waitMs = WAIT_MS,
): Promise<T> {
  const busy = `Another coop works on the project "${project}"`;
  return whileHeld({ key: projectKey(engine, project), command, busy, waitMs }, work);
}

/** Whether somebody on this machine writes to a project at this moment. */
export async function isLocked(engine: string, project: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  return new Promise((resolve) => {
    const client = connect(addressOf(projectKey(engine, project)));
    client.on("error", () => resolve(false));
    client.on("connect", () => {
      client.destroy();
      resolve(true);
    });
  });
}

function projectKey(engine: string, project: string): string {
  return `${engine}\0${project}`;
}

/** Runs work while nobody else on this machine writes the file by coop. */
export function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  return whileHeld(
    { key: `file\0${path}`, command: "coop", busy: `Another coop writes ${path}`, waitMs: WAIT_MS },
    work,
  );
}

/** Runs work while no other coop on this machine builds an image under the same tag. */
export function withBuildLock<T>(tag: string, work: () => Promise<T>): Promise<T> {
  const busy = `Another coop builds ${tag}`;
  return whileHeld({ key: `image\0${tag}`, command: "coop", busy, waitMs: BUILD_WAIT_MS }, work);
}

/**
 * An abstract unix socket is the lock: the kernel releases it with its owner, also on kill -9, and it tells who holds it.
 * Waits for its turn, bounded.
 */
async function whileHeld<T>(held: Held, work: () => Promise<T>): Promise<T> {
  if (process.platform !== "linux") return work();
  const server = await acquire(addressOf(held.key), held);
  try {
    return await work();
  } finally {
    server.close();
  }
}

function addressOf(key: string): string {
  return `\0coop-lock-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
}

async function acquire(address: string, { command, busy, waitMs }: Held): Promise<Server> {
  const owner = `${command} (pid ${process.pid}, since ${new Date().toISOString()})`;
  const deadline = Date.now() + waitMs;
  for (;;) {
    const server = await listen(address, owner);
    if (server !== null) return server;
    if (Date.now() > deadline) {
      throw new CoopError("LOCKED", `${busy}: ${await ownerOf(address)}. Nothing was changed.`, {
        mend: "Wait for it, or end it.",
      });
    }
    await sleep(100);
  }
}

function listen(address: string, owner: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.end(owner);
    });
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(null) : reject(error),
    );
    server.listen(address, () => resolve(server));
  });
}
