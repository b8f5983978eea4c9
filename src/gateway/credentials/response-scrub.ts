import type { Transform } from "node:stream";
import { bodyStages, codingsOf } from "./body-stages.ts";
import { headerKey } from "./header-key.ts";
import type { CredentialDenial, ResponseStep, ScrubbedResponse } from "./credential-step.ts";
import type { SecretFilter } from "./scrubber.ts";
import { websocketStage } from "./websocket-stage.ts";

/** The way back of a request that carries a secret. */
export class ResponseScrub implements ResponseStep {
  readonly #filter: SecretFilter;

  constructor(filter: SecretFilter) {
    this.#filter = filter;
  }

  head(rawHeaders: readonly string[]): ScrubbedResponse | CredentialDenial {
    const codings = codingsOf(valuesOf(rawHeaders, "content-encoding"));
    if (codings === null) return unreadable("its Content-Encoding");
    if (valuesOf(rawHeaders, "grpc-encoding").some((each) => each.trim().toLowerCase() !== "identity"))
      return unreadable("its grpc-encoding");
    if (valuesOf(rawHeaders, "content-range").length > 0) return unreadable("it is only a part of something");
    const left = codings.length === 0 ? NEVER_BACK : new Set([...NEVER_BACK, ...OF_CODED_BYTES]);
    return {
      kind: "scrubbed",
      rawHeaders: this.#shown(rawHeaders, left),
      body: () => bodyStages(this.#filter.scrubber(), codings),
    };
  }

  trailers(rawTrailers: readonly string[]): readonly string[] {
    return this.#shown(rawTrailers, NEVER_BACK);
  }

  reason(phrase: string): string {
    return this.#filter.text(phrase);
  }

  websocket(): Transform {
    return websocketStage(() => this.#filter.scrubber());
  }

  #shown(rawHeaders: readonly string[], left: ReadonlySet<string>): readonly string[] {
    const shown: string[] = [];
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] ?? "";
      const value = rawHeaders[index + 1] ?? "";
      // A name that shows the secret is no name any more.
      if (left.has(headerKey(name)) || this.#filter.text(name) !== name) continue;
      shown.push(name, this.#filter.text(value));
    }
    return shown;
  }
}

/** A session of the account whose credential it is would outlive the request that the rule allowed. */
const NEVER_BACK: ReadonlySet<string> = new Set([
  "set-cookie",
  "set-cookie2",
  // None was asked for, and compressed messages could not be searched.
  "sec-websocket-extensions",
]);

/** What speaks about a body in a coding that is undone here. */
const OF_CODED_BYTES = ["content-encoding", "content-length", "content-md5", "content-digest", "digest"] as const;

function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && headerKey(rawHeaders[index - 1] ?? "") === name);
}

function unreadable(detail: string): CredentialDenial {
  return { kind: "deny", code: "response-unreadable", detail };
}
