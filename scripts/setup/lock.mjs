import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./progress.mjs";

/**
 * Runs `work` while no other bootstrap holds the lock of this name. The lock is a listening socket, which the kernel
 * takes away with the process however it dies, so there is no stale lock to judge.
 */
export async function withLock(name, work) {
  // Linux has socket names outside of the file system (the leading NUL); elsewhere the socket is a file.
  const address = process.platform === "linux" ? `\0coop-${name}` : join(tmpdir(), `coop-${name}.sock`);
  let server = await listen(address);
  if (server === undefined) say(`… another bootstrap holds "${name}"; waiting for it`);
  while (server === undefined) {
    await sleep(250);
    server = await listen(address);
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function listen(address) {
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise((resolve, reject) => server.once("error", reject).listen(address, resolve));
    return server;
  } catch (error) {
    if (error.code !== "EADDRINUSE") throw error;
    if (!address.startsWith("\0") && !(await answers(address))) rmSync(address, { force: true });
    return undefined;
  }
}

function answers(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
