import { Agent, request } from "node:https";
import type { LookupFunction } from "node:net";

/** One request, for whoever may not follow redirects and may not speak plain http. */
export interface HttpsAsked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Null = none. */
  readonly body: string | null;
}

export interface HttpsAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Cut at the bound. */
  readonly body: Buffer;
}

export type HttpsRequest = (asked: HttpsAsked, signal: AbortSignal) => Promise<HttpsAnswer>;

export interface HttpsOptions {
  readonly deadlineMs: number;
  /** The rest of a longer body is not read. */
  readonly maxBytes: number;
  /** Roots in PEM besides none; absent = those of Node. */
  readonly ca?: string;
  /** Another way from names to addresses. */
  readonly lookup?: LookupFunction;
}

/** Asks over TLS with a verified certificate, within a deadline. Answers with redirects as they are: nobody follows them. */
export function httpsRequest({ deadlineMs, maxBytes, ca, lookup }: HttpsOptions): HttpsRequest {
  return ({ method, url, headers, body }, signal) =>
    new Promise((resolve, reject) => {
      if (url.protocol !== "https:") {
        reject(new Error(`${url.origin} is not https`));
        return;
      }
      // An agent of its own: no connection outlives its request, and none is shared with anything.
      const agent = new Agent({ keepAlive: false });
      const asked = request(url, {
        method,
        headers: body === null ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) },
        agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
        ...(ca === undefined ? {} : { ca }),
        ...(lookup === undefined ? {} : { lookup }),
      });
      asked.on("error", reject);
      asked.on("response", (answer) => {
        const chunks: Buffer[] = [];
        let length = 0;
        const done = (): void => {
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).subarray(0, maxBytes),
          });
        };
        answer.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length < maxBytes) return;
          done();
          asked.destroy();
        });
        answer.on("end", done);
        answer.on("error", reject);
        answer.on("aborted", () => reject(new Error("the answer ended too early")));
      });
      asked.end(body ?? undefined);
    });
}
