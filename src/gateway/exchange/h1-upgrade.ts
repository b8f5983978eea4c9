import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { answerRaw } from "../answer-raw.ts";
import type { Guards } from "../guards.ts";
import { type HttpEnd, headerValues } from "../request-head.ts";
import type { ClientEnd, ClientRequest } from "./client-request.ts";
import { h1End, h1Facts, hasBody } from "./h1-request.ts";

// Each leg says for itself what it becomes.
const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";

/** A request of HTTP/1.1 that asks to become a WebSocket. `early` is what the client sent without waiting for the answer. */
export function h1Upgrade(
  identity: string,
  end: HttpEnd,
  request: IncomingMessage,
  socket: Socket,
  early: Buffer,
  guards: Guards,
): ClientRequest {
  const facts = h1Facts(identity, end, request, guards);
  const refusal = facts.head.ok ? upgradeRefusal(request) : null;
  const refused = { ok: false, code: "request-refused", host: facts.head.host, port: facts.head.port } as const;
  const head = refusal === null ? facts.head : { ...refused, detail: refusal };
  return { ...facts, head, upgrade: true, body: null, end: upgradeEnd(request, socket, early) };
}

/** The reasons for which two ends could disagree on whether the connection is still one of HTTP. */
function upgradeRefusal(request: IncomingMessage): string | null {
  const { rawHeaders } = request;
  if (request.method !== "GET" || request.httpVersion !== "1.1") return "a WebSocket begins with GET and HTTP/1.1";
  if (hasBody(request)) return "a WebSocket's request has no body";
  const [key, ...more] = headerValues(rawHeaders, "sec-websocket-key");
  if (key === undefined || more.length > 0 || !/^[A-Za-z0-9+/]{22}==$/.test(key)) return "the Sec-WebSocket-Key";
  const versions = headerValues(rawHeaders, "sec-websocket-version");
  return versions.length === 1 && versions[0] === "13" ? null : "the Sec-WebSocket-Version";
}

function upgradeEnd(request: IncomingMessage, socket: Socket, early: Buffer): ClientEnd {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once("finish", () => socket.destroySoon());
  const ordinary = h1End(request, response);
  let switched = false;
  return {
    ...ordinary,
    status: () => (switched ? 101 : ordinary.status()),
    continue: () => undefined,
    become: (rawHeaders) => {
      switched = true;
      response.detachSocket(socket);
      const lines = rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}\r\n`] : [],
      );
      socket.write(`${SWITCHING}${lines.join("")}\r\n`, "latin1");
      if (early.length > 0) socket.unshift(early);
      return socket;
    },
    deny: (denied) => answerRaw(socket, denied),
    abort: () => socket.destroy(),
    isGone: () => socket.destroyed,
    onGone: (gone) => {
      socket.once("close", gone);
      if (socket.destroyed) gone();
    },
  };
}
