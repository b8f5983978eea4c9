import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

export type Request = Http2ServerRequest;
export type Response = Http2ServerResponse;

/** A value of JSON that nobody has looked at yet. */
export type Json = Readonly<Record<string, unknown>>;

export async function bodyOf(request: Request): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Json);
}

export function json(
  response: Response,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(value));
}

export interface SseEvent {
  readonly event?: string;
  readonly data: unknown;
}

/** Sends a stream of events; one that is cut ends after half of them, without the end of the answer. */
export function stream(response: Response, events: readonly SseEvent[], cut = false): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const sent = cut ? events.slice(0, Math.ceil(events.length / 2)) : events;
  for (const { event, data } of sent) {
    response.write(`${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
  }
  if (!cut) return void response.end();
  // What was written is on its way before the connection goes.
  setTimeout(() => response.stream?.destroy(new Error("cut")) ?? response.destroy(), 300);
}
