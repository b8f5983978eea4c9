import { type IncomingMessage, type ServerResponse, request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { type Ask, type Verdict, decide } from "./decide.ts";
import { type Denial, denial, denialBody } from "./denial.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { endToEndHeaders } from "./hop-headers.ts";
import { openUpstream } from "./open-upstream.ts";
import type { RequestHead } from "./request-head.ts";

/** Judges one request and carries it to its upstream and back, both bodies streamed. */
export async function exchange(
  context: GatewayContext,
  identity: string,
  head: RequestHead,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = context.clock.now();
  const { host, port } = head;
  const ask: Ask = {
    identity,
    scheme: "http",
    host,
    port,
    method: request.method ?? "",
    rawTarget: head.ok ? head.rawTarget : (request.url ?? ""),
    headers: request.rawHeaders,
  };
  const verdict: Verdict = head.ok
    ? decide(context.policy(), ask)
    : denial(head.code, { host, port, identity, rule: null, detail: head.detail });
  let upstream: Socket | null = null;
  let reason: string | null = null;
  const log = (denied: Denial | null): void => {
    context.log.decided({
      sandbox: identity,
      via: "http",
      host: verdict.host,
      port,
      method: ask.method,
      path: (ask.rawTarget ?? "").split("?")[0]?.slice(0, 1024) ?? "",
      rule: denied === null ? verdict.rule : denied.rule,
      verdict: denied === null ? "allow" : "deny",
      code: denied?.code ?? reason,
      status: denied?.status ?? response.statusCode,
      bytesSent: upstream?.bytesWritten ?? 0,
      bytesReceived: upstream?.bytesRead ?? 0,
      durationMs: Math.round(context.clock.now() - started),
    });
  };
  const deny = (denied: Denial): void => {
    answer(request, response, denied);
    log(denied);
  };
  if (verdict.verdict === "deny") return deny(verdict);

  const live = {
    identity,
    stillAllowed: () => decide(context.policy(), ask).verdict === "allow",
    close: (why: string): void => {
      reason = why;
      request.socket.destroy();
      upstream?.destroy();
    },
  };
  const facts = { host: verdict.host, port, identity, rule: verdict.rule };
  if (!context.live.add(live)) return deny(denial("too-many-connections", { ...facts, detail: "" }));
  try {
    const opened = await openFor(context, verdict);
    if (!opened.ok) return deny(denial(opened.code, { ...facts, detail: opened.detail }));
    upstream = opened.socket;
    if (!live.stillAllowed()) live.close("rules-changed");
    const failure = await relay(request, response, opened.socket, ask.rawTarget ?? "/");
    if (failure !== null && !response.headersSent) return deny(denial("unreachable", { ...facts, detail: failure }));
    log(null);
  } finally {
    context.live.delete(live);
    upstream?.destroy();
  }
}

async function openFor(
  context: GatewayContext,
  verdict: Extract<Verdict, { verdict: "allow" }>,
): ReturnType<typeof openUpstream> {
  const { options } = verdict;
  if (options.kind === "upstream")
    return openUpstream(context.upstream(), verdict.host, verdict.port, options.addresses);
  const socket = await context.parked.take(options.to);
  return socket === null ? { ok: false, code: "server-refused", detail: "" } : { ok: true, socket, address: "" };
}

/** Resolves when the exchange is over: null, or what went wrong with the upstream. */
function relay(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: Socket,
  rawTarget: string,
): Promise<string | null> {
  return new Promise((resolve) => {
    if (request.destroyed || upstream.destroyed) return resolve("closed");
    const outgoing = httpRequest({
      // Without an agent the socket that was checked is the one that is used.
      createConnection: () => upstream,
      method: request.method ?? "GET",
      path: rawTarget,
      headers: [...endToEndHeaders(request.rawHeaders), ...framingOf(request)],
      setHost: false,
    });
    const fail = (what: string): void => {
      outgoing.destroy();
      if (response.headersSent) response.destroy();
      resolve(what);
    };
    outgoing.on("upgrade", () => fail("it changed the protocol unasked"));
    outgoing.on("error", (error) => fail("code" in error ? String(error.code) : "connection failed"));
    outgoing.on("continue", () => response.writeContinue());
    outgoing.on("response", (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.statusMessage ?? "", [
        ...endToEndHeaders(answered.rawHeaders),
      ]);
      answered.on("error", () => fail("the answer broke off"));
      answered.on("end", () => {
        if (Object.keys(answered.trailers).length > 0) response.addTrailers(answered.trailers);
      });
      answered.pipe(response);
    });
    request.on("error", () => fail("the client left"));
    response.on("error", () => fail("the client left"));
    response.on("close", () => {
      outgoing.destroy();
      resolve(null);
    });
    request.pipe(outgoing);
  });
}

function framingOf(request: IncomingMessage): readonly string[] {
  return request.headers["transfer-encoding"] === undefined ? [] : ["Transfer-Encoding", "chunked"];
}

function answer(request: IncomingMessage, response: ServerResponse, denied: Denial): void {
  const body = denialBody(denied);
  // What is left of the request's body is not waited for.
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  };
  response.writeHead(denied.status, headers);
  response.end(body, () => setTimeout(() => request.socket.destroy(), LINGER_MS));
  request.resume();
}

const LINGER_MS = 1000;
