import { type Http2Stream, constants } from "node:http2";

/** Ends a stream of HTTP/2 wherever it is, and tells the other side. */
export function resetStream(stream: Http2Stream): void {
  // Node says `aborted` before it sends the reset; a pipeline answers by destroying the stream, and nothing is sent any more.
  stream.removeAllListeners("aborted");
  stream.close(constants.NGHTTP2_CANCEL);
}
