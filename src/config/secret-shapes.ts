/** A shape that only a secret has, with a text that is always in it: most files are searched for that alone. */
interface SecretShape {
  readonly secret: string;
  readonly marker: string;
  readonly shape: RegExp;
}

const SHAPES: readonly SecretShape[] = [
  { secret: "a key of Anthropic", marker: "sk-ant-", shape: /\bsk-ant-[A-Za-z0-9_-]{16,}/gu },
  { secret: "a key of OpenAI", marker: "sk-", shape: /\bsk-(?!ant-)(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,}/gu },
  { secret: "a token of GitHub", marker: "gh", shape: /\bgh[pousr]_[A-Za-z0-9]{30,}/gu },
  { secret: "a token of GitHub", marker: "github_pat_", shape: /\bgithub_pat_[A-Za-z0-9_]{30,}/gu },
  { secret: "a token of GitLab", marker: "glpat-", shape: /\bglpat-[A-Za-z0-9_-]{16,}/gu },
  { secret: "a key of AWS", marker: "IA", shape: /\bA(?:KIA|SIA)[0-9A-Z]{16}\b/gu },
  { secret: "a key of Google", marker: "AIza", shape: /\bAIza[0-9A-Za-z_-]{35}/gu },
  { secret: "a token of Slack", marker: "xox", shape: /\bxox[abeprs]-[A-Za-z0-9-]{10,}/gu },
  { secret: "a token of npm", marker: "npm_", shape: /\bnpm_[A-Za-z0-9]{36}\b/gu },
  { secret: "a token of PyPI", marker: "pypi-", shape: /\bpypi-[A-Za-z0-9_-]{40,}/gu },
  { secret: "a token of Hugging Face", marker: "hf_", shape: /\bhf_[A-Za-z0-9]{30,}/gu },
  { secret: "a key of Stripe", marker: "k_live_", shape: /\b[rs]k_live_[A-Za-z0-9]{16,}/gu },
  { secret: "a private key", marker: "PRIVATE KEY", shape: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/gu },
  {
    secret: "a signed token (JWT)",
    marker: "eyJ",
    shape: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/gu,
  },
  {
    secret: "a password in a URL",
    marker: "://",
    shape: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/?#@"'{}$]{1,64}:[^\s/?#@"'{}$]{3,200}@/giu,
  },
];

/** A stretch of a text that looks like a secret. */
export interface SecretPlace {
  readonly secret: string;
  readonly start: number;
  readonly end: number;
}

/** Everything in a text that has the shape of some provider's secret. */
export function findSecrets(text: string): readonly SecretPlace[] {
  return SHAPES.filter(({ marker }) => text.includes(marker)).flatMap(({ secret, shape }) =>
    [...text.matchAll(shape)].map((match) => ({ secret, start: match.index, end: match.index + match[0].length })),
  );
}

const SECRET_NAME =
  /(?:^|_)(?:PASS|PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|AUTH|CREDENTIALS?)$/iu;

/** Whether a variable of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Whether a text is too random for a word that somebody made up: a made-up password is bad, a leaked key worse. */
export function isRandom(text: string): boolean {
  if (text.length < 16 || /\s/u.test(text)) return false;
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  const kinds = [/[a-z]/u, /[A-Z]/u, /[0-9]/u].filter((kind) => kind.test(text)).length;
  return bits >= 3.3 && kinds >= 2;
}
