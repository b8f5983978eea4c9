/** A provider's own format of a secret: so particular that a match is hardly ever anything else. */
export interface SecretShape {
  readonly kind: string;
  readonly pattern: RegExp;
}

export const SECRET_SHAPES: readonly SecretShape[] = [
  { kind: "a private key", pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/ },
  { kind: "an AWS access key", pattern: /(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}(?![A-Za-z0-9])/ },
  { kind: "an Anthropic key", pattern: /(?<![A-Za-z0-9])sk-ant-[A-Za-z0-9_-]{20,}/ },
  { kind: "an OpenAI key", pattern: /(?<![A-Za-z0-9])sk-(?:proj-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{20,})/ },
  { kind: "a GitHub token", pattern: /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})/ },
  { kind: "a Slack token", pattern: /(?<![A-Za-z0-9])xox[baprs]-[A-Za-z0-9-]{10,}/ },
  { kind: "a Google key", pattern: /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}/ },
  { kind: "a Stripe key", pattern: /(?<![A-Za-z0-9])[sr]k_live_[A-Za-z0-9]{24,}/ },
  {
    kind: "a JSON web token",
    pattern: /(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/,
  },
  {
    kind: "a password in a URL",
    pattern:
      /[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'`<>{}$]*:(?!(?:password|passwd|secret|changeme|postgres|example|x{3,}|\*+)@)[^\s/:@"'`<>{}$]{6,}@[^\s/@"'`]/i,
  },
];
