import type { Duplex, Readable, Writable } from "node:stream";
import type { Denial } from "../denial.ts";
import type { RequestHead, Scheme } from "../request-head.ts";

/** One request of a client, whichever protocol carries it: judged, sent and logged the same way. */
export interface ClientRequest {
  readonly identity: string;
  /** The same for all requests of one connection. */
  readonly connection: object;
  readonly scheme: Scheme;
  readonly version: "h1" | "h2";
  /** What it means, or why it means nothing. */
  readonly head: RequestHead;
  readonly method: string;
  /** The request target as it was sent. */
  readonly target: string;
  /** The last host that it names, as it was sent; null = none. What goes upstream is made anew from what was judged. */
  readonly named: string | null;
  /** Names and values by turns, as they were sent, without pseudo headers. */
  readonly rawHeaders: readonly string[];
  /** It asks to go on as a WebSocket. */
  readonly upgrade: boolean;
  /** Null = none. */
  readonly body: Readable | null;
  /** It said `TE: trailers`. */
  readonly wantsTrailers: boolean;
  readonly end: ClientEnd;
}

/** The way back to a client. */
export interface ClientEnd {
  /** The status of the answer that has begun; null = none has. */
  readonly status: () => number | null;
  /** Tells a client that waits with its body to go on. */
  readonly continue: () => void;
  /**
   * Begins the answer and gives what takes its body; null = an answer to this request has none. With `trailers`, they are told
   * before the body is ended. Throws when the answer cannot be written as it is.
   */
  readonly begin: (status: number, reason: string, rawHeaders: readonly string[], trailers: boolean) => Writable | null;
  readonly trailers: (rawTrailers: readonly string[]) => void;
  /** Says yes to a WebSocket; what goes over the stream from here on is its own. */
  readonly become: (rawHeaders: readonly string[]) => Duplex;
  readonly deny: (denied: Denial) => void;
  /** Ends it at once, wherever it is. */
  readonly abort: () => void;
  /** Calls back when the client has gone before its answer was whole. */
  readonly onGone: (gone: () => void) => void;
  /** Whether it is gone at this moment: nothing can be begun any more. */
  readonly isGone: () => boolean;
}

/** Whether an answer to this method, with this status, has no body whatever its headers say. */
export function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304 || status < 200;
}

export function teTrailers(values: readonly string[]): boolean {
  return values.some((value) => value.split(",").some((each) => each.trim().toLowerCase() === "trailers"));
}
