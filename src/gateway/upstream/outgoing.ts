import type { Readable } from "node:stream";
import type { Share } from "../turns.ts";

/** A request as it goes to an upstream. */
export interface Outgoing {
  readonly method: string;
  readonly rawTarget: string;
  /** `host` or `host:port`, canonical. */
  readonly authority: string;
  /** Names and values by turns, without Host and without what belongs to one connection. */
  readonly rawHeaders: readonly string[];
  /** Null = none. Its owner keeps an error handler on it. */
  readonly body: Readable | null;
  /** The client can take trailers (`TE: trailers`), which some upstreams insist on. */
  readonly wantsTrailers: boolean;
  /** Said by the upstream before it answers. */
  readonly continued: () => void;
  /** In whose turns the body is read. */
  readonly share: Share;
  /** Counts the bytes of the body as they are taken. */
  readonly sent: (bytes: number) => void;
  /**
   * Asked before a byte of the request goes out: whether the connection to this checked address may carry it. Null = a server of
   * the project.
   */
  readonly admit: (address: string | null) => boolean;
}

/** An upstream's answer, its body not yet read. */
export interface Answer {
  readonly status: number;
  /** HTTP/2 has none: there it is the usual one. */
  readonly reason: string;
  /** Names and values by turns, without what belongs to one connection. */
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
  readonly mayHaveTrailers: boolean;
  /** Complete once the body has ended. */
  readonly trailers: () => readonly string[];
}

/** A request under way. */
export interface Call {
  /** Rejects with UpstreamError. */
  readonly answer: Promise<Answer>;
  /** Ends it wherever it is; the connection stays with others who share it. */
  readonly abort: () => void;
}
