import { Agent, request as ask } from "node:http";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { refusalOf } from "./fault.ts";
import type { Fault } from "./fault.ts";

/** One ordinary call under way. */
export interface Passing {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The body where it was read already. */
  readonly whole: Buffer | null;
  readonly engine: string;
  readonly fault: Fault | null;
  /** Ends the caller, as kill -9 does. */
  readonly kill: () => void;
}

/** Of bodies without a known length so much goes out before their sender dies. */
const HALF_OF_UNKNOWN = 2048;

// Kept, as the caller keeps its own: an engine that is to close at once closes on the last bytes of a body.
const agent = new Agent({ keepAlive: true });

/** Carries a call to the engine and its answer back, or spoils it on the way. `learn` sees the answers to create calls. */
export async function forward(passing: Passing, learn: (status: number, bytes: Buffer) => void): Promise<void> {
  const { request, response, whole, engine, fault, kill } = passing;
  const cut = (): void => void request.socket.destroy();
  if (fault?.kind === "kill-before") {
    kill();
    cut();
    return;
  }
  if (fault?.kind === "refuse") {
    request.resume();
    request.socket.end(refusalOf(fault));
    return;
  }
  const { connection: _, ...headers } = request.headers;
  const target = { socketPath: engine, method: request.method, path: request.url, headers, agent };
  const asked = ask(target, (answer) => {
    if (fault?.kind === "kill-amid") return void answer.resume();
    void carryBack(passing, answer, learn).catch(cut);
  });
  asked.on("error", cut);
  response.on("close", () => {
    if (!response.writableFinished && fault?.kind !== "kill-amid") asked.destroy();
  });
  if (fault?.kind === "kill-amid") return sendHalf(passing, asked);
  if (whole === null) request.pipe(asked);
  else asked.end(whole);
}

// Half of it goes out and stays unfinished: the engine sees its sender vanish.
function sendHalf({ request, whole, kill }: Passing, asked: ClientRequest): void {
  const length = Number(request.headers["content-length"] ?? "0");
  let left = length > 0 ? Math.ceil(length / 2) : HALF_OF_UNKNOWN;
  const die = (): void => {
    kill();
    // What was written reaches the engine before the end does.
    setTimeout(() => asked.destroy(), 100);
    request.socket.destroy();
  };
  const take = (part: Buffer): void => {
    if (left <= 0) return;
    asked.write(part.subarray(0, left));
    left -= part.length;
    if (left <= 0) die();
  };
  if (whole !== null) {
    asked.write(whole.subarray(0, left));
    die();
  } else request.on("data", take).on("end", () => left > 0 && die());
}

async function carryBack(
  { request, response, fault, kill }: Passing,
  answer: IncomingMessage,
  learn: (status: number, bytes: Buffer) => void,
): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (fault !== null && ["kill-after", "lose-answer", "cut-answer"].includes(fault.kind)) {
    const parts: Buffer[] = [];
    for await (const part of answer) parts.push(part as Buffer); // an answer without an encoding gives buffers
    const bytes = Buffer.concat(parts);
    learn(status, bytes);
    if (fault.kind === "kill-after") kill();
    if (fault.kind === "cut-answer" && bytes.length > 0) {
      request.socket.write(
        `${headOf(answer, bytes.length)}${bytes.subarray(0, Math.floor(bytes.length / 2)).toString("latin1")}`,
        "latin1",
        () => request.socket.destroy(),
      );
    } else request.socket.destroy();
    return;
  }
  if (fault?.kind === "delay") await sleep(fault.ms);
  const { connection: _, ...headers } = answer.headers;
  response.writeHead(status, headers);
  response.flushHeaders();
  if (status === 201) {
    const seen: Buffer[] = [];
    answer.on("data", (part: Buffer) => seen.push(part)).on("end", () => learn(status, Buffer.concat(seen)));
  }
  answer.on("aborted", () => request.socket.destroy());
  answer.pipe(response);
}

function headOf({ statusCode, headers }: IncomingMessage, length: number): string {
  const lines = Object.entries(headers).filter(
    ([name]) => !/^(connection|transfer-encoding|content-length)$/.test(name),
  );
  const text = [...lines, ["content-length", String(length)]].map(([name, value]) => `${name}: ${String(value)}\r\n`);
  return `HTTP/1.1 ${statusCode ?? 200} OK\r\n${text.join("")}\r\n`;
}
