import type { Transform } from "node:stream";
import { bodyStages, codingsOf } from "./body-stages.ts";
import { neverBack } from "./never-back.ts";
import { headerKey } from "./header-key.ts";
import type { CredentialDenial, ResponseStep, ScrubbedResponse } from "./credential-step.ts";
import type { SecretFilter } from "./scrubber.ts";
import { valuesOf, whyUnreadable } from "./why-unreadable.ts";
import { websocketStage } from "./websocket-stage.ts";

/** The way back of a request that carries a secret. */
export class ResponseScrub implements ResponseStep {
  readonly #filter: SecretFilter;

  constructor(filter: SecretFilter) {
    this.#filter = filter;
  }

  head(rawHeaders: readonly string[]): ScrubbedResponse | CredentialDenial {
    const why = whyUnreadable(rawHeaders);
    if (why !== null) return { kind: "deny", code: "response-unreadable", detail: why };
    const codings = codingsOf(valuesOf(rawHeaders, "content-encoding")) ?? [];
    const left = codings.length === 0 ? NOTHING : OF_CODED_BYTES;
    return {
      kind: "scrubbed",
      rawHeaders: this.#shown(rawHeaders, left),
      body: () => bodyStages(this.#filter.scrubber(), codings),
    };
  }

  trailers(rawTrailers: readonly string[]): readonly string[] {
    return this.#shown(rawTrailers, NOTHING);
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
      if (left.has(headerKey(name)) || neverBack(name) || this.#filter.text(name) !== name) continue;
      shown.push(name, this.#filter.text(value));
    }
    return shown;
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/** What speaks about a body in a coding that is undone here. */
const OF_CODED_BYTES: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-length",
  "content-md5",
  "content-digest",
  "digest",
]);
