import { connect, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { ADMIN_LINE_LIMIT, readLine } from "./admin-line.ts";

/** What `gateway --admin` prints, and how it ends. */
export interface AdminEnd {
  /** One line of JSON, with its end. */
  readonly output: string;
  readonly exitCode: 0 | 1;
}

const CONNECT_WITHIN_MS = 10_000;
const RETRY_MS = 50;
const INPUT_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 30_000;

/** Passes the first line of its input to the running gateway's admin socket, and gives the answer back. */
export async function passToAdmin(path: string, input: Readable): Promise<AdminEnd> {
  const line = await readLine(input, ADMIN_LINE_LIMIT, INPUT_WITHIN_MS);
  if (line === null) return failed("standard input must be one line of JSON");
  const socket = await reached(path, Date.now() + CONNECT_WITHIN_MS);
  if (socket === null) return failed("the gateway does not answer: nothing listens on its admin socket");
  socket.write(`${line}\n`);
  const answer = await readLine(socket, ADMIN_LINE_LIMIT, ANSWER_WITHIN_MS);
  socket.destroy();
  if (answer === null) return failed("the gateway does not answer: it hung up");
  return { output: `${answer}\n`, exitCode: answer.startsWith('{"ok":true') ? 0 : 1 };
}

function failed(reason: string): AdminEnd {
  return { output: `${JSON.stringify({ ok: false, reason })}\n`, exitCode: 1 };
}

/** A gateway that has just been started makes its socket in a moment. */
async function reached(path: string, until: number): Promise<Socket | null> {
  const socket = await dialled(path);
  if (socket !== null || Date.now() > until) return socket;
  await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  return reached(path, until);
}

function dialled(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.on("error", () => resolve(null));
    socket.once("connect", () => resolve(socket));
  });
}
