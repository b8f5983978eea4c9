import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CoopError } from "../../../diagnostics/coop-error.ts";

/** The place on this machine that a browser comes back to. */
export interface Callback {
  /** `http://127.0.0.1:PORT/callback`. */
  readonly redirect: string;
  /** The code of the login with this state. Rejects a refusal, another server's answer, and silence. */
  code(expected: { readonly state: string; readonly issuer: string | null }, signal: AbortSignal): Promise<string>;
  close(): void;
}

const WAIT_MS = 5 * 60_000;

/** Listens on loopback alone, on a port that is free (RFC 8252 §7.3). */
export async function listenForCallback(): Promise<Callback> {
  const waiting: { answer: ((query: URLSearchParams) => boolean) | null } = { answer: null };
  const server = createServer((asked, reply) => serve(asked, reply, waiting, portOf(server)));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    redirect: `http://127.0.0.1:${portOf(server)}/callback`,
    code: (expected, signal) =>
      new Promise((resolve, reject) => {
        const fail = (why: string, mend: string): void => reject(new CoopError("SOURCE_UNAVAILABLE", why, { mend }));
        const timer = setTimeout(() => fail("Nobody logged in within 5 minutes.", "Try again."), WAIT_MS).unref();
        signal.addEventListener("abort", () => fail("The login was interrupted.", ""), { once: true });
        waiting.answer = (query) => {
          // Some other page's request, which anybody can make the browser send: the login goes on waiting.
          if (!isSame(query.get("state") ?? "", expected.state)) return false;
          clearTimeout(timer);
          const issuer = query.get("iss");
          const error = query.get("error");
          const code = query.get("code");
          if (issuer !== null && expected.issuer !== null && withoutSlash(issuer) !== withoutSlash(expected.issuer))
            fail(
              "The answer came from another server than was asked.",
              "Log in again, and see where the browser leads.",
            );
          else if (error !== null) fail(`The login was refused: ${word(error)}.`, "Log in again.");
          else if (code === null || code === "") fail("The answer has no code.", "Log in again.");
          else resolve(code);
          return true;
        };
      }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function serve(
  asked: IncomingMessage,
  reply: ServerResponse,
  waiting: { readonly answer: ((query: URLSearchParams) => boolean) | null },
  port: number,
): void {
  const url = URL.canParse(asked.url ?? "", "http://127.0.0.1") ? new URL(asked.url ?? "", "http://127.0.0.1") : null;
  // By its number alone: a name that leads here would let any page read what is answered.
  const ours = asked.headers.host === `127.0.0.1:${port}` && asked.method === "GET" && url?.pathname === "/callback";
  const taken = ours && url !== null && waiting.answer !== null && waiting.answer(url.searchParams);
  reply.writeHead(taken ? 200 : 404, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  reply.end(taken ? "coop has the answer. You can close this page.\n" : "There is nothing here.\n");
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo; // it listens on TCP
  return address.port;
}

function isSame(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/u, "");
}

// The address that a browser opens is somebody else's text.
function word(error: string): string {
  return /^[a-z_]{1,40}$/u.test(error) ? error : "no reason is given";
}
