import { headerKey } from "./header-key.ts";

/** Headers of an answer that no client of an injected credential gets. */
const NEVER_BACK: ReadonlySet<string> = new Set([
  // A session of the account whose credential it is would outlive the request that the rule allowed.
  "set-cookie",
  "set-cookie2",
  // None was asked for, and compressed messages could not be searched.
  "sec-websocket-extensions",
]);

export function neverBack(name: string): boolean {
  return NEVER_BACK.has(headerKey(name));
}
