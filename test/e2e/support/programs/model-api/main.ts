// Stands in for the vendors' model APIs, on their own names: what it does next stands in the prompt (script.ts), what it
// was sent it tells on standard output. Key and certificate come by MODEL_API.
import { existsSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createSecureServer } from "node:http2";
import type { Duplex } from "node:stream";
import { anthropic } from "./anthropic.ts";
import { openai, openaiSocket } from "./openai.ts";
import { gemini } from "./gemini.ts";
import { json } from "./exchange.ts";
import type { Request, Response } from "./exchange.ts";
import { NO_WEB_SOCKETS } from "./script.ts";
import { saw } from "../record.ts";

const VENDORS: Readonly<Record<string, (request: Request, response: Response) => Promise<void>>> = {
  "api.anthropic.com": anthropic,
  "api.openai.com": openai,
  "generativelanguage.googleapis.com": gemini,
};

const { key, cert } = JSON.parse(process.env["MODEL_API"] ?? "{}") as { readonly key: string; readonly cert: string };
const server = createSecureServer({ key, cert, allowHTTP1: true });

server.on("request", (request, response) => {
  const host = request.authority || request.headers.host || "";
  const { method, url: path, httpVersion: version, rawHeaders: headers } = request;
  saw({ kind: "request", host, method, path, version, headers });
  const vendor = VENDORS[host];
  if (vendor === undefined) return json(response, 404, { error: `nobody is ${host} here` });
  vendor(request, response).catch((error: unknown) => {
    saw({ kind: "error", text: error instanceof Error ? error.stack : String(error) });
    response.destroy();
  });
});
server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
  const { method, url: path, rawHeaders: headers } = request;
  const host = request.headers.host ?? "";
  saw({ kind: "request", host, method, path, version: "WebSocket", headers });
  if (existsSync(NO_WEB_SOCKETS)) socket.end("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");
  else if (host === "api.openai.com") openaiSocket(request, socket, head);
  else socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
});
process.on("unhandledRejection", (error) => saw({ kind: "error", text: String(error) }));
server.listen(443, "::", () => saw({ kind: "ready" }));
