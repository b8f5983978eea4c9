import { type TLSSocket, connect as tlsConnect } from "node:tls";
import type { Socket } from "node:net";
import type { Forwarder } from "../../../src/gateway/forwarder/forwarder.ts";
import { lookUp, opened, tunnel } from "./clients.ts";
import { END_HEADERS, END_STREAM, FRAME, PREFACE, framesOf, headers, settings } from "./h2-frames.ts";
import { KEY } from "./web-socket.ts";

/** A request as an attacker writes it. */
export interface Shot {
  readonly method?: string;
  readonly target: string;
  /** Host or `:authority`; the honest one when it is left out. */
  readonly host?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Where a lane leads. */
export interface Range {
  readonly forwarder: Forwarder;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** PEM that clients trust. */
  readonly root: string;
}

export const LANES = [
  "http transparent",
  "http by CONNECT",
  "http by absolute form",
  "https transparent",
  "https by CONNECT",
  "h2 transparent",
  "h2 by CONNECT",
  "WebSocket over http",
  "WebSocket over https",
  "WebSocket by CONNECT",
  "WebSocket over h2",
] as const;
export type Lane = (typeof LANES)[number];

const LATE_MS = 5000;

/** Shoots once down a lane, and resolves with what came back when it is over. */
export async function shoot(range: Range, lane: Lane, shot: Shot): Promise<string> {
  const webSocket = lane.startsWith("WebSocket");
  if (lane.includes("h2")) return shootH2(range, lane, shot, webSocket);
  const secure = lane.includes("https") || lane === "WebSocket by CONNECT";
  const port = secure ? range.httpsPort : range.httpPort;
  const socket = await connected(range, lane, port, secure ? ["http/1.1"] : null);
  const host = shot.host ?? `api.test:${port}`;
  const target = lane === "http by absolute form" ? `http://api.test:${port}${shot.target}` : shot.target;
  const upgrade: Shot["headers"] = [
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", KEY],
  ];
  const more = [...(webSocket ? upgrade : [["Connection", "close"] as const]), ...(shot.headers ?? [])];
  const lines = [`${shot.method ?? "GET"} ${target} HTTP/1.1`, `Host: ${host}`, ...more.map((each) => each.join(": "))];
  return said(socket, Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), webSocket);
}

/** Says raw bytes on a connection to api.test. */
export async function shootRaw(range: Range, lane: Lane, bytes: string | Buffer): Promise<string> {
  const secure = !lane.startsWith("http ");
  const port = secure ? range.httpsPort : range.httpPort;
  const protocols = lane.includes("h2") ? ["h2"] : ["http/1.1"];
  const socket = await connected(range, lane, port, secure ? protocols : null);
  const raw = Buffer.from(bytes as string, "latin1");
  return lane.includes("h2") ? saidH2(socket, raw, false) : said(socket, raw, false);
}

async function shootH2(range: Range, lane: Lane, shot: Shot, webSocket: boolean): Promise<string> {
  const port = range.httpsPort;
  const socket = await connected(range, lane, port, ["h2"]);
  const fields: (readonly [string, string])[] = [
    [":method", webSocket ? "CONNECT" : (shot.method ?? "GET")],
    ...(webSocket ? [[":protocol", "websocket"] as const] : []),
    [":scheme", "https"],
    [":authority", shot.host ?? `api.test:${port}`],
    [":path", shot.target],
    ...(webSocket ? [["sec-websocket-version", "13"] as const] : []),
    ...(shot.headers ?? []).map(([name, value]) => [name.toLowerCase(), value] as const),
  ];
  const flags = END_HEADERS | (webSocket ? 0 : END_STREAM);
  return saidH2(socket, Buffer.concat([PREFACE, settings(), headers(1, fields, flags)]), webSocket);
}

async function connected(
  range: Range,
  lane: Lane,
  port: number,
  protocols: readonly string[] | null,
): Promise<Socket | TLSSocket> {
  const { forwarder, root } = range;
  if (lane === "http by absolute form") return opened({ host: "127.0.0.1", port: forwarder.proxyPort });
  const explicit = lane.endsWith("CONNECT") || lane === "WebSocket over h2";
  const socket = explicit
    ? (await tunnel(forwarder.proxyPort, `api.test:${port}`)).socket
    : await opened({ host: (await lookUp(forwarder.dnsPort, "api.test")).addresses[0] ?? "", port });
  if (protocols === null) return socket;
  const tls = tlsConnect({ socket, servername: "api.test", ca: root, ALPNProtocols: [...protocols] });
  await new Promise((resolve, reject) => tls.once("secureConnect", resolve).once("error", reject));
  return tls;
}

/** Until the other side closes; a WebSocket, until it has its head. */
function said(socket: Socket, bytes: Buffer, webSocket: boolean): Promise<string> {
  return heard(socket, bytes, (all) => webSocket && all.includes("\r\n\r\n"));
}

/** Until the stream is over or refused, or the connection is. */
function saidH2(socket: Socket, bytes: Buffer, webSocket: boolean): Promise<string> {
  return heard(socket, bytes, (_, all) =>
    framesOf(all).some(
      ({ type, flags, stream }) =>
        type === FRAME.goaway ||
        type === FRAME.rstStream ||
        (stream > 0 && type === FRAME.data && (flags & END_STREAM) !== 0) ||
        (stream > 0 && type === FRAME.headers && (webSocket || (flags & END_STREAM) !== 0)),
    ),
  );
}

function heard(socket: Socket, bytes: Buffer, enough: (text: string, all: Buffer) => boolean): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString("latin1"));
    };
    const timer = setTimeout(finish, LATE_MS);
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (enough(all.toString("latin1"), all)) finish();
    });
    socket.on("error", finish);
    socket.on("end", finish);
    socket.on("close", finish);
    socket.write(bytes);
  });
}
