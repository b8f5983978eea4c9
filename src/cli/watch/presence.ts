import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { runtimeFolder } from "../user-folders.ts";

/** What a running watch answers to whoever asks: its process, and the line that `coop watch --json` would print. */
export interface WatchAnswer {
  readonly pid: number;
  readonly phase: string;
  readonly since: string;
  readonly file: { readonly state: string; readonly message: string };
  readonly objects: readonly {
    readonly id: string;
    readonly state: string;
    readonly reason: string;
    readonly message: string;
    readonly since: string;
  }[];
  readonly held: { readonly reach: readonly { readonly text: string }[]; readonly command: string | null };
}

/** Where the watch of a project on an engine can be asked: in a folder that only its user may enter. */
export function presencePath(
  environment: Readonly<Record<string, string | undefined>>,
  engine: string,
  project: string,
): string {
  const key = createHash("sha256").update(`${engine}\0${project}`).digest("hex").slice(0, 32);
  return join(runtimeFolder(environment), `watch-${key}.sock`);
}

/** Answers at a path until it is closed. False where another watch answers there: that one is asked. */
export async function announce(path: string, answer: () => string): Promise<(() => void) | null> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(answer());
  });
  server.unref();
  if (!(await listens(server, path))) {
    if ((await said(path)) !== null) return null;
    // Left by one that was killed.
    await rm(path, { force: true });
    if (!(await listens(server, path))) return null;
  }
  return () => server.close();
}

/** Asks the watch at a path; null where there is none. */
export async function askWatch(path: string): Promise<WatchAnswer | null> {
  const answer = await said(path);
  if (answer === null) return null;
  try {
    // Only a watch of the same user can listen there, and it writes nothing else.
    return JSON.parse(answer) as WatchAnswer;
  } catch {
    return null;
  }
}

const PATIENCE_MS = 2000;

async function said(path: string): Promise<string | null> {
  const socket = connect(path);
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("it does not answer")));
  return text(socket).catch(() => null);
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error);
    server.once("error", refused);
    server.listen(path, () => {
      server.off("error", refused);
      resolve(true);
    });
  });
}
