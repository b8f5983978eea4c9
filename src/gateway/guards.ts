/**
 * The single checks of the gateway that a test can leave out, to show the attack that this one stops and no other. A gateway
 * that runs has them all: nothing outside of the tests lends fewer (test/gateway/guards.test.ts).
 */
export const GUARDS = [
  // Of a request's target.
  "origin-form",
  "plain-characters",
  "empty-segments",
  "dot-segments",
  "path-parameters",
  "backslashes",
  "encoded-delimiters",
  "encoded-twice",
  "overlong-encodings",
  "broken-encodings",
  "query-once",
  "query-names",
  "query-separators",
  // Of a rule.
  "label-boundaries",
  "enforceable-rules",
  "secrets-over-tls",
  // Of a connection and the names on it.
  "identity-keys",
  "one-host",
  "server-name",
  "server-name-needed",
  "strict-hello",
  "framing",
  "hop-headers",
  // Of what is judged, and when.
  "each-request",
  "upgrades",
  "websocket-proof",
  "live-rules",
  "scrub",
  // Of what is dialled.
  "addresses",
  "all-answers",
  "one-look-up",
  "upstream-trust",
  "scopes",
] as const;

export type Guard = (typeof GUARDS)[number];

/** Those in force. */
export type Guards = ReadonlySet<Guard>;

export const WHOLE: Guards = new Set(GUARDS);
