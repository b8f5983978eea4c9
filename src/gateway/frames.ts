import { IDENTITY, IDENTITY_LIMIT, KEY_BYTES } from "./identity.ts";
import {
  ShapeError,
  booleanOf,
  listOf,
  nullOr,
  objectOf,
  oneOf,
  portOf,
  readShape,
  recordOf,
  textOf,
} from "../diagnostics/json-shape.ts";

/** The first bytes on every connection to the gateway: two bytes of length, then JSON. Everything behind it is payload. */
export interface Opening {
  readonly identity: string;
  readonly key: Uint8Array;
  readonly purpose: Purpose;
}

export type Purpose =
  /** Carry this connection to a name and port. Answered by a Reply before any payload comes back. */
  | { readonly kind: "dial"; readonly name: string; readonly port: number }
  /** The payload is a client of the explicit HTTP proxy; it is answered in HTTP, without a Reply. */
  | { readonly kind: "proxy" }
  /** Which ports may be reached under this name? Answered by a Reply, then closed. */
  | { readonly kind: "name"; readonly name: string }
  /** Wait here until somebody dials this port of mine. Answered by a Reply, later by a Joined frame. */
  | { readonly kind: "park"; readonly port: number }
  /** Carry this connection to a parked server. Answered by a Reply. */
  | { readonly kind: "reach"; readonly identity: string; readonly port: number };

export type Reply =
  | { readonly ok: true; readonly name: string; readonly ports: readonly number[] }
  | {
      readonly ok: false;
      readonly code: string;
      readonly host: string;
      readonly rule: string | null;
      readonly fix: string;
    };

/** The frame that wakes a parked connection; its forwarder answers with a Reply once the server has taken it. */
export const JOINED = "joined";

export const FRAME_LIMIT = 16 * 1024;
const FRAME_VERSION = 1;

/** A Reply that says yes and nothing else. */
export const YES: Reply = { ok: true, name: "", ports: [] };

export function encodeFrame(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value), "utf8");
  if (body.length > FRAME_LIMIT) throw new Error(`a frame of ${body.length} bytes`);
  const frame = Buffer.allocUnsafe(2 + body.length);
  frame.writeUInt16BE(body.length, 0);
  body.copy(frame, 2);
  return frame;
}

export function encodeOpening(opening: Opening): Buffer {
  const { identity, key, purpose } = opening;
  return encodeFrame({ v: FRAME_VERSION, identity, key: Buffer.from(key).toString("base64"), purpose });
}

/** Null for anything that is not exactly an opening. */
export function decodeOpening(body: Buffer): Opening | null {
  const read = readShape((): Opening => {
    const fields = objectOf(JSON.parse(body.toString("utf8")), "opening", ["v", "identity", "key", "purpose"]);
    if (fields.v !== FRAME_VERSION) throw new ShapeError("v", String(FRAME_VERSION));
    return { identity: identityOf(fields.identity), key: keyOf(fields.key), purpose: purposeOf(fields.purpose) };
  });
  return read.ok ? read.value : null;
}

/** Null for anything that is not exactly a reply. */
export function decodeReply(body: Buffer): Reply | null {
  const read = readShape((): Reply => {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (booleanOf(recordOf(value, "reply")["ok"], "ok")) {
      const { name, ports } = objectOf(value, "reply", ["ok", "name", "ports"]);
      if (typeof name !== "string") throw new ShapeError("name", "a text");
      return { ok: true, name, ports: listOf(ports, "ports", portOf) };
    }
    const fields = objectOf(value, "reply", ["ok", "code", "host", "rule", "fix"]);
    if (typeof fields.host !== "string") throw new ShapeError("host", "a text");
    return {
      ok: false,
      code: textOf(fields.code, "code", 64),
      host: fields.host,
      rule: nullOr(fields.rule, (rule) => textOf(rule, "rule", 253)),
      fix: textOf(fields.fix, "fix", FRAME_LIMIT),
    };
  });
  return read.ok ? read.value : null;
}

function purposeOf(value: unknown): Purpose {
  const kind = oneOf(recordOf(value, "purpose")["kind"], "kind", ["dial", "proxy", "name", "park", "reach"]);
  switch (kind) {
    case "dial": {
      const { name, port } = objectOf(value, "dial", ["kind", "name", "port"]);
      return { kind, name: textOf(name, "name", 1024), port: portOf(port, "port") };
    }
    case "proxy":
      objectOf(value, "proxy", ["kind"]);
      return { kind };
    case "name":
      return { kind, name: textOf(objectOf(value, "name", ["kind", "name"]).name, "name", 1024) };
    case "park":
      return { kind, port: portOf(objectOf(value, "park", ["kind", "port"]).port, "port") };
    case "reach": {
      const { identity, port } = objectOf(value, "reach", ["kind", "identity", "port"]);
      return { kind, identity: identityOf(identity), port: portOf(port, "port") };
    }
  }
}

function identityOf(value: unknown): string {
  return textOf(value, "identity", IDENTITY_LIMIT, IDENTITY);
}

function keyOf(value: unknown): Buffer {
  const key = Buffer.from(textOf(value, "key", 64, /^[A-Za-z0-9+/]+=?$/), "base64");
  if (key.length !== KEY_BYTES) throw new ShapeError("key", `${KEY_BYTES} bytes`);
  return key;
}
