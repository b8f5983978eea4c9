import { chmod, unlink } from "node:fs/promises";
import { type Server, type Socket, createServer } from "node:net";
import type { DecisionLog } from "../decision-log.ts";
import type { Provisions } from "../provisions.ts";
import { parseProvisions } from "./parse-provisions.ts";

export interface AdminDeps {
  readonly path: string;
  /** Takes what was given; resolves when the gateway's own report names it. */
  readonly take: (provisions: Provisions) => Promise<void>;
  readonly log: DecisionLog;
}

/** A hundred credentials with their refresh tokens are a few kilobytes. */
const LIMIT_BYTES = 4 * 1024 * 1024;
const IDLE_MS = 10_000;

/**
 * Listens for provisions: one line of JSON in, one line out. Its folder is a mount of the gateway's alone; the mode keeps
 * out whoever else might run in its container.
 */
export async function listenForProvisions(deps: AdminDeps): Promise<Server> {
  await unlink(deps.path).catch(() => undefined);
  const server = createServer({ allowHalfOpen: true }, (socket) => serve(deps, socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(deps.path, resolve);
  });
  await chmod(deps.path, 0o600);
  return server;
}

function serve(deps: AdminDeps, socket: Socket): void {
  const pieces: Buffer[] = [];
  let size = 0;
  let whole = false;
  const answer = (fields: Readonly<Record<string, unknown>>): void => {
    whole = true;
    socket.end(`${JSON.stringify(fields)}\n`);
  };
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("end", () => {
    if (!whole) answer({ ok: false, reason: "the line did not end" });
  });
  socket.on("data", (piece: Buffer) => {
    if (whole) return;
    const end = piece.indexOf(0x0a);
    pieces.push(end === -1 ? piece : piece.subarray(0, end));
    size += piece.length;
    if (size > LIMIT_BYTES) return answer({ ok: false, reason: `it is longer than ${LIMIT_BYTES} bytes` });
    if (end === -1) return;
    whole = true;
    const line = Buffer.concat(pieces);
    pieces.length = 0;
    void taken(deps, line.toString("utf8")).then(answer);
    line.fill(0);
  });
}

async function taken(deps: AdminDeps, line: string): Promise<Readonly<Record<string, unknown>>> {
  const parsed = parseProvisions(line);
  if (!parsed.ok) {
    deps.log.event("provisions-refused", { reason: parsed.reason });
    return { ok: false, reason: parsed.reason };
  }
  const { digest, credentials, authority } = parsed.value;
  await deps.take(parsed.value);
  deps.log.event("provisions-taken", {
    digest,
    credentials: Object.keys(credentials).length,
    authority: authority !== null,
  });
  return { ok: true, digest };
}
