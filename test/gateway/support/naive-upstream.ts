import { type IncomingMessage, createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Server } from "node:net";
import { echoWebSockets } from "./web-socket.ts";

/** What an upstream saw of one request, as its bytes say. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly rawHeaders: readonly string[];
  /** Of the connection that carried it. */
  readonly connection: object;
}

/** An upstream that believes whatever it is sent, as lenient servers do: over TLS with a certificate, plain without. */
export function naiveUpstream(
  certificate: { key: string; cert: string } | null,
  seen: (request: Seen) => void,
): Server {
  const note = (request: IncomingMessage): void =>
    seen({
      method: request.method ?? "",
      url: request.url ?? "",
      host: request.headers.host ?? "",
      rawHeaders: request.rawHeaders,
      connection: request.socket,
    });
  const options = { insecureHTTPParser: true, requireHostHeader: false };
  const answer: Parameters<typeof createHttpServer>[1] = (request, response) => {
    note(request);
    request.on("error", () => undefined);
    request.resume();
    response.end("secret of the upstream");
  };
  const server =
    certificate === null
      ? createHttpServer(options, answer)
      : createHttpsServer({ ...options, ...certificate }, answer);
  server.on("connect", (request: IncomingMessage, socket: NodeJS.WritableStream) => {
    note(request);
    socket.end("HTTP/1.1 200 OK\r\n\r\n");
  });
  server.on("clientError", (_error: Error, socket: NodeJS.WritableStream) =>
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  return echoWebSockets(server, note);
}

/** How servers read a path, each in its own way. */
export const READINGS = {
  "merging slashes": (path: string) => path.replaceAll(/\/+/g, "/"),
  "resolving dots": resolved,
  "without parameters": (path: string) => resolved(path.replaceAll(/;[^/]*/g, "")),
  "backslashes as slashes": (path: string) => resolved(path.replaceAll("\\", "/")),
  "decoding once": (path: string) => resolved(slashes(decoded(path))),
  "decoding twice": (path: string) => resolved(slashes(decoded(decoded(path)))),
  "decoding three times": (path: string) => resolved(slashes(decoded(decoded(decoded(path))))),
  "decoding overlong UTF-8": (path: string) =>
    resolved(slashes(decoded(path).replaceAll("\xc0\xae", ".").replaceAll("\xc0\xaf", "/"))),
  "dropping spaces": (path: string) => resolved(decoded(path).replaceAll(/[ \t]+(?=\/)/g, "")),
  "decoding %u": (path: string) =>
    resolved(path.replaceAll(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))),
  "cutting at #": (path: string) => path.split("#")[0] ?? "",
} as const satisfies Record<string, (path: string) => string>;

export type Reading = keyof typeof READINGS;

function decoded(path: string): string {
  return path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function slashes(path: string): string {
  return path
    .replaceAll("\\", "/")
    .replaceAll(/;[^/]*/g, "")
    .replaceAll("\0", "");
}

function resolved(path: string): string {
  const left: string[] = [];
  for (const segment of path.split("/").slice(1)) {
    if (segment === "..") left.pop();
    else if (segment !== ".") left.push(segment);
  }
  return `/${left.join("/")}`;
}
