import { Transform } from "node:stream";
import type { Scrubber } from "./scrubber.ts";

const WHOLE_BYTES = 64 * 1024;
const FINAL = 0x80;
const CONTINUATION = 0;
const CONTROL = 0x08;

/** Why the connection ends: what came is no WebSocket, or one with extensions that nobody asked for. */
class FrameError extends Error {}

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly headBytes: number;
  readonly payloadBytes: number;
}

/**
 * Reads the frames that a server sends (RFC 6455, no extensions) and hides secrets in the payload of each message, also where
 * they are cut by the ends of frames. Long frames become several; a message stays one message, and control frames stay as they
 * are but for their payload.
 */
export function websocketStage(scrubberFor: () => Scrubber): Transform {
  let pending: Buffer = Buffer.alloc(0);
  let current: Frame | null = null;
  let left = 0;
  let message: { readonly scrubber: Scrubber; opcode: number } | null = null;
  const send = (stage: Transform, opcode: number, final: boolean, payload: Buffer): void => {
    stage.push(frameHead(opcode, final, payload.length));
    if (payload.length > 0) stage.push(payload);
  };
  const data = (stage: Transform, frame: Frame, payload: Buffer, frameEnds: boolean): void => {
    message ??= { scrubber: scrubberFor(), opcode: frame.opcode };
    const ends = frame.final && frameEnds;
    const shown = message.scrubber.push(payload);
    const rest = ends ? message.scrubber.end() : null;
    const whole = rest === null ? shown : Buffer.concat([shown, rest]);
    if (ends || whole.length > 0) {
      send(stage, message.opcode, ends, whole);
      message.opcode = CONTINUATION;
    }
    if (ends) message = null;
  };
  /** Takes what can be taken from `pending`; false = more bytes are needed. */
  const take = (stage: Transform): boolean => {
    if (current === null) {
      const frame = readHead(pending);
      if (frame === null) return false;
      const begins = frame.opcode !== CONTINUATION && frame.opcode < CONTROL;
      if (frame.opcode < CONTROL && begins === (message !== null)) throw new FrameError("a message inside of another");
      current = frame;
      left = frame.payloadBytes;
      pending = pending.subarray(frame.headBytes);
    }
    const wanted = current.opcode >= CONTROL ? left : Math.min(left, WHOLE_BYTES);
    if (pending.length < wanted) return false;
    const payload = pending.subarray(0, wanted);
    pending = pending.subarray(wanted);
    left -= wanted;
    if (current.opcode < CONTROL) data(stage, current, payload, left === 0);
    else {
      const scrubber = scrubberFor();
      send(stage, current.opcode, true, Buffer.concat([scrubber.push(payload), scrubber.end()]));
    }
    if (left === 0) current = null;
    return true;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      try {
        while (take(this));
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

/** Null = more bytes are needed. */
function readHead(bytes: Buffer): Frame | null {
  if (bytes.length < 2) return null;
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  if ((first & 0x70) !== 0) throw new FrameError("an extension that was not agreed on");
  if ((second & 0x80) !== 0) throw new FrameError("a masked frame from a server");
  const opcode = first & 0x0f;
  const final = (first & FINAL) !== 0;
  if ((opcode > 2 && opcode < CONTROL) || opcode > 0x0a) throw new FrameError("an unknown opcode");
  const short = second & 0x7f;
  if (opcode >= CONTROL && (!final || short > 125)) throw new FrameError("a control frame in parts");
  const headBytes = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < headBytes) return null;
  const payloadBytes = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (!Number.isSafeInteger(payloadBytes)) throw new FrameError("a frame without an end");
  return { final, opcode, headBytes, payloadBytes };
}

function frameHead(opcode: number, final: boolean, length: number): Buffer {
  const first = (final ? FINAL : 0) | opcode;
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65536) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head.writeUInt8(first, 0);
  head.writeUInt8(127, 1);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
