// Stands in for the vendors' model APIs, on their own names: what it does next stands in the prompt (script.ts), what it
// was sent it tells on standard output. Key and certificate come by MODEL_API.
import { createSecureServer } from "node:http2";
import { anthropic } from "./anthropic.ts";
import { json } from "./exchange.ts";
import type { Request, Response } from "./exchange.ts";
import { saw } from "../record.ts";

const VENDORS: Readonly<Record<string, (request: Request, response: Response) => Promise<void>>> = {
  "api.anthropic.com": anthropic,
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
server.listen(443, "::", () => saw({ kind: "ready" }));
