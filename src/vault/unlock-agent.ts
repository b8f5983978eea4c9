import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { dirname } from "node:path";
import { CoopError } from "../diagnostics/coop-error.ts";
import { wipe } from "./vault-key.ts";
import type { VaultKey } from "./vault-key.ts";

/** What an agent answers: a line of JSON for a line that says `key`, `status` or `lock`. */
interface AgentAnswer {
  readonly key?: string;
  /** Milliseconds since the epoch. */
  readonly until?: number;
}

const ANSWER_MS = 5000;

/**
 * Holds a vault's key for those of this user who ask on the socket, until a time or until it is told to lock. Resolves when
 * it is over; the key is wiped and the socket is gone then.
 */
export async function holdKey(
  socket: string,
  key: VaultKey,
  until: number,
  ready: () => void,
  signal: AbortSignal,
): Promise<void> {
  await ownFolder(dirname(socket));
  await rm(socket, { force: true });
  const over = Promise.withResolvers<void>();
  const server = createServer((client) => {
    client.on("error", () => client.destroy());
    client.setTimeout(ANSWER_MS, () => client.destroy());
    client.once("data", (asked) => {
      const word = asked.toString("latin1").trim();
      // A machine that slept has timers that are late; the clock is not.
      if (Date.now() >= until || word === "lock") over.resolve();
      if (Date.now() >= until) client.destroy();
      else client.end(`${JSON.stringify(answerTo(word, key, until))}\n`);
    });
  });
  server.on("error", over.reject);
  server.listen(socket, () => {
    chmod(socket, 0o600).then(ready, over.reject);
  });
  const timer = setInterval(() => {
    if (Date.now() >= until) over.resolve();
  }, 1000);
  signal.addEventListener("abort", () => over.resolve(), { once: true });
  try {
    await over.promise;
  } finally {
    clearInterval(timer);
    server.close();
    wipe(key);
    await rm(socket, { force: true });
  }
}

function answerTo(word: string, key: VaultKey, until: number): AgentAnswer {
  if (word === "key") return { key: Buffer.from(key).toString("base64"), until };
  return word === "status" ? { until } : {};
}

/** The key that an agent of this user holds; null = none does. */
export async function heldKey(socket: string): Promise<VaultKey | null> {
  const answer = await ask(socket, "key");
  if (answer?.key === undefined) return null;
  const key = Buffer.from(answer.key, "base64");
  return key.length === 32 ? key : null;
}

/** Until when an agent holds the key; null = none does. */
export async function heldUntil(socket: string): Promise<number | null> {
  return (await ask(socket, "status"))?.until ?? null;
}

/** Ends the agent; false = none was there. */
export async function endAgent(socket: string): Promise<boolean> {
  return (await ask(socket, "lock")) !== null;
}

async function ask(socket: string, word: string): Promise<AgentAnswer | null> {
  const stats = await lstat(socket).catch(() => null);
  if (stats === null || !stats.isSocket()) return null;
  // Somebody else's socket would be told nothing, but could hand over a key of its own.
  if (process.geteuid !== undefined && stats.uid !== process.geteuid()) return null;
  const line = await new Promise<string>((resolve) => {
    const client = connect(socket);
    let text = "";
    client.setTimeout(ANSWER_MS, () => client.destroy());
    client.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.length > 4096) client.destroy();
    });
    // Nobody listens any more: the agent was killed.
    client.on("error", () => resolve(""));
    client.on("close", () => resolve(text));
    client.end(`${word}\n`);
  });
  return line.endsWith("\n") ? answerOf(line) : null;
}

function answerOf(line: string): AgentAnswer | null {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null) return null;
  const { key, until } = value as { readonly key?: unknown; readonly until?: unknown }; // narrowed in the next line
  return { ...(typeof key === "string" ? { key } : {}), ...(typeof until === "number" ? { until } : {}) };
}

async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stats = await lstat(folder);
  const mine = process.geteuid === undefined || stats.uid === process.geteuid();
  if (stats.isDirectory() && mine && (stats.mode & 0o077) === 0) return;
  throw new CoopError("FILE_TOO_OPEN", `${folder} is not a folder of yours alone, so no key is held there.`, {
    mend: `chmod 700 ${folder}, or set XDG_RUNTIME_DIR to a folder of your own.`,
  });
}
