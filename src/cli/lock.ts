import { createServer, connect } from "node:net";
import type { Server } from "node:net";
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { CoopError } from "../diagnostics/coop-error.ts";

const WAIT_MS = 60_000;

/**
 * Runs work while nobody else on this machine writes to the same project of the same engine. An abstract unix socket:
 * the kernel releases it with its owner, also on kill -9, and it tells who holds it. Waits for its turn, bounded.
 */
export async function withLock<T>(
  engine: string,
  project: string,
  command: string,
  work: () => Promise<T>,
): Promise<T> {
  if (process.platform !== "linux") return work();
  const key = createHash("sha256").update(`${engine}\0${project}`).digest("hex").slice(0, 32);
  const server = await acquire(
    `\0coop-lock-${key}`,
    project,
    `${command} (pid ${process.pid}, since ${new Date().toISOString()})`,
  );
  try {
    return await work();
  } finally {
    server.close();
  }
}

async function acquire(address: string, project: string, owner: string): Promise<Server> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const server = await listen(address, owner);
    if (server !== null) return server;
    if (Date.now() > deadline) {
      throw new CoopError(
        "LOCKED",
        `Another coop works on the project "${project}": ${await ownerOf(address)}. Nothing was changed.`,
        { mend: "Wait for it, or end it." },
      );
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

async function ownerOf(address: string): Promise<string> {
  try {
    return await text(connect(address));
  } catch {
    return "it ended just now";
  }
}
