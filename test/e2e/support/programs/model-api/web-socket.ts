import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** The server's side of a WebSocket of texts, without extensions: as much of RFC 6455 as a scripted API needs. */
export interface WebSocketEnd {
  readonly send: (text: string) => void;
  /** Hangs up without a closing frame. */
  readonly cut: () => void;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const [CONTINUATION, TEXT, CLOSE, PING, PONG] = [0, 1, 8, 9, 10];

/** Takes the upgrade; `heard` gets every whole text. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  heard: (text: string, end: WebSocketEnd) => void,
): void {
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"] ?? ""}${GUID}`)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on("error", () => undefined);
  const end: WebSocketEnd = {
    send: (text) => void socket.write(frame(TEXT, Buffer.from(text))),
    cut: () => socket.destroy(),
  };
  let rest = head;
  let whole: readonly Buffer[] = [];
  const read = (): void => {
    for (let next = unframed(rest); next !== null; next = unframed(rest)) {
      rest = next.rest;
      if (next.opcode === CLOSE) return void socket.end(frame(CLOSE, next.payload));
      if (next.opcode === PING) socket.write(frame(PONG, next.payload));
      if (next.opcode !== TEXT && next.opcode !== CONTINUATION) continue;
      whole = [...whole, next.payload];
      if (!next.final) continue;
      const text = Buffer.concat(whole).toString("utf8");
      whole = [];
      heard(text, end);
    }
  };
  socket.on("data", (piece: Buffer) => {
    rest = Buffer.concat([rest, piece]);
    read();
  });
  read();
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size =
    length < 126
      ? Buffer.from([length])
      : Buffer.concat([Buffer.from([127]), Buffer.from(BigInt(length).toString(16).padStart(16, "0"), "hex")]);
  return Buffer.concat([Buffer.from([0x80 | opcode]), size, payload]);
}

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly rest: Buffer;
}

function unframed(bytes: Buffer): Frame | null {
  if (bytes.length < 2) return null;
  const [first = 0, second = 0] = bytes;
  const short = second & 127;
  const sizeBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const maskAt = 2 + sizeBytes;
  const from = maskAt + 4;
  if (bytes.length < from) return null;
  const length = sizeBytes === 0 ? short : Number.parseInt(bytes.subarray(2, maskAt).toString("hex"), 16);
  if (bytes.length < from + length) return null;
  const mask = bytes.subarray(maskAt, from);
  const payload = Buffer.from(bytes.subarray(from, from + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return { final: (first & 128) !== 0, opcode: first & 15, payload, rest: bytes.subarray(from + length) };
}
