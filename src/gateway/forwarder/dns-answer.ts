import { type Packet, type Question, decode, encode } from "dns-packet";

/** What the stub knows of a name. */
export type NameKnown =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "refused" }
  | { readonly kind: "away" };

/** A query that is worth an answer. */
export interface DnsQuery {
  readonly id: number;
  readonly question: Question;
  readonly recursionDesired: boolean;
}

export type ReadQuery =
  | { readonly kind: "query"; readonly query: DnsQuery }
  | { readonly kind: "answer"; readonly bytes: Buffer }
  | { readonly kind: "drop" };

const HEADER_BYTES = 12;
const RESPONSE = 0x8000;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const AUTHORITATIVE = 0x0400;
const FORMERR = 1;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const NOTIMP = 4;
const TTL_SECONDS = 5;

/** Reads one packet. Never throws; what is no query is dropped, what is a broken one is answered as such. */
export function readQuery(packet: Buffer): ReadQuery {
  if (packet.length < HEADER_BYTES) return { kind: "drop" };
  const id = packet.readUInt16BE(0);
  const flags = packet.readUInt16BE(2);
  if ((flags & RESPONSE) !== 0) return { kind: "drop" };
  const refuse = (code: number): ReadQuery => ({ kind: "answer", bytes: headerOnly(id, flags, code) });
  if (((flags >> 11) & 0xf) !== 0) return refuse(NOTIMP);
  if (packet.readUInt16BE(4) !== 1) return refuse(FORMERR);
  const decoded = decodeSafely(packet);
  const question = decoded?.questions?.[0];
  if (question === undefined || question.name.length === 0 || question.name.length > 255) return refuse(FORMERR);
  return { kind: "query", query: { id, question, recursionDesired: (flags & RECURSION_DESIRED) !== 0 } };
}

/** An allowed name has one IPv4 address and nothing else; every other name does not exist. */
export function answerQuery(query: DnsQuery, known: NameKnown): Buffer {
  const { question } = query;
  const code = known.kind === "away" ? SERVFAIL : known.kind === "refused" || !inInternet(question) ? NXDOMAIN : 0;
  return encode({
    type: "response",
    id: query.id,
    flags: AUTHORITATIVE | RECURSION_AVAILABLE | (query.recursionDesired ? RECURSION_DESIRED : 0) | code,
    questions: [question],
    answers:
      known.kind === "address" && code === 0 && question.type === "A"
        ? [{ type: "A", name: question.name, ttl: TTL_SECONDS, data: known.address }]
        : [],
  });
}

/** The answer to a query that cannot be put into words again. */
export function serverFailure(query: DnsQuery): Buffer {
  return headerOnly(query.id, query.recursionDesired ? RECURSION_DESIRED : 0, SERVFAIL);
}

function inInternet(question: Question): boolean {
  return question.class === undefined || question.class === "IN" || question.class === "ANY";
}

function headerOnly(id: number, flags: number, code: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(RESPONSE | (flags & 0x7900) | RECURSION_AVAILABLE | code, 2);
  return bytes;
}

function decodeSafely(packet: Buffer): Packet | null {
  try {
    return decode(packet);
  } catch {
    return null;
  }
}
