import { chmod, stat, unlink } from "node:fs/promises";
import { type Server, type Socket, createServer } from "node:net";
import { dirname } from "node:path";
import type { DecisionLog } from "../decision-log.ts";
import type { Provisions, RenewedCredential } from "../provisions.ts";
import { ADMIN_LINE_LIMIT, readLine } from "./admin-line.ts";
import { parseAdminRequest } from "./parse-provisions.ts";

export interface AdminDeps {
  /** In a directory that nobody else can enter. */
  readonly path: string;
  /** Puts provisions in force; what comes after it is told when it resolves. */
  readonly take: (provisions: Provisions) => Promise<void>;
  /** Drops the values of these credentials, at once; gives those that were held. */
  readonly forget: (names: readonly string[]) => Promise<readonly string[]>;
  /** By name, what was renewed since it was provided. */
  readonly renewed: () => Promise<Readonly<Record<string, RenewedCredential>>>;
  readonly log: DecisionLog;
}

/** One line of JSON, whatever was asked. */
export type AdminAnswer =
  | { readonly ok: true; readonly digest: string }
  | { readonly ok: true; readonly forgotten: readonly string[] }
  | { readonly ok: true; readonly renewed: Readonly<Record<string, RenewedCredential>> }
  | { readonly ok: false; readonly reason: string };

const DEADLINE_MS = 10_000;
const LINGER_MS = 1000;
const CONNECTIONS = 8;

/** Listens for whoever may enter the directory: the gateway's own user, in its own container. Returns how to stop. */
export async function startAdmin(deps: AdminDeps): Promise<() => Promise<void>> {
  const { path } = deps;
  const { mode } = await stat(dirname(path));
  if ((mode & 0o077) !== 0) throw new Error(`${dirname(path)} can be entered by others, so no socket is made in it`);
  await unlink(path).catch(() => undefined);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    serve(deps, socket).catch((error: unknown) => {
      deps.log.event("admin-failed", { reason: error instanceof Error ? error.message : String(error) });
      socket.destroy();
    });
  });
  server.maxConnections = CONNECTIONS;
  await listening(server, path);
  await chmod(path, 0o600);
  return async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
}

async function serve(deps: AdminDeps, socket: Socket): Promise<void> {
  const line = await readLine(socket, ADMIN_LINE_LIMIT, DEADLINE_MS);
  const answer = await answerTo(deps, line);
  socket.end(`${JSON.stringify(answer)}\n`);
  // What it goes on sending is not kept, and not waited for.
  socket.resume();
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(linger));
}

async function answerTo(deps: AdminDeps, line: string | null): Promise<AdminAnswer> {
  if (line === null) return refused(deps, "the request: expected one line within its time and size");
  const parsed = parseAdminRequest(line);
  if (!parsed.ok) return refused(deps, parsed.reason);
  const { request } = parsed;
  switch (request.kind) {
    case "provide":
      await deps.take(request.provisions);
      return { ok: true, digest: request.provisions.digest };
    case "forget":
      return { ok: true, forgotten: await deps.forget(request.names) };
    case "collect": {
      // Plain copies: what is held hides itself, and here it is meant to be seen.
      const renewed = Object.entries(await deps.renewed()).map(
        ([name, each]) => [name, { ...each, value: { ...each.value } }] as const,
      );
      return { ok: true, renewed: Object.fromEntries(renewed) };
    }
  }
}

function refused(deps: AdminDeps, reason: string): AdminAnswer {
  deps.log.event("admin-refused", { reason });
  return { ok: false, reason };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve();
    });
  });
}
