/** A refusal as clients and the log see it. `code` is permanent. */
export interface Denial {
  readonly verdict: "deny";
  readonly code: DenyCode;
  /** The HTTP status that carries it. */
  readonly status: number;
  readonly host: string;
  /** The rule that came nearest; null when none covers the host. */
  readonly rule: string | null;
  /** What to ask a person for, or to do otherwise. */
  readonly fix: string;
}

/** What a fix may speak about. */
export interface DenialFacts {
  readonly host: string;
  readonly port: number;
  readonly identity: string;
  readonly rule: string | null;
  /** What exactly was wrong, in a few words; empty when the code says it all. */
  readonly detail: string;
}

const ASK = "Ask the person who runs you";

const DENIALS = {
  "no-policy": [
    403,
    () => "The gateway has no rules yet: nothing is reachable. Try again in a moment; a person runs coop apply.",
  ],
  "unknown-identity": [403, () => `This sandbox is not in the rules any more. ${ASK} to apply coop.yaml again.`],
  "host-invalid": [403, (f) => `That is no host name that can be allowed (${f.detail}). Use the plain name.`],
  "host-not-allowed": [
    403,
    (f) =>
      `${ASK} to allow it in coop.yaml: add { name: NAME, host: ${f.host}, ports: [${f.port}] } to egress.rules and NAME to the egress of ${subjectName(f.identity)}.`,
  ],
  "port-not-allowed": [
    403,
    (f) => `Rule ${f.rule} covers the host but not port ${f.port}. ${ASK} to add ${f.port} to its ports.`,
  ],
  "protocol-not-allowed": [
    403,
    (f) =>
      `Rule ${f.rule} does not carry this protocol (${f.detail}). Use the protocol of the rule, or ask for another rule.`,
  ],
  "method-not-allowed": [
    403,
    (f) => `Rule ${f.rule} does not allow this method. ${ASK} to add ${f.detail} to its methods.`,
  ],
  "path-not-allowed": [403, (f) => `Rule ${f.rule} does not allow this path. ${ASK} to add it to the rule's paths.`],
  "query-not-allowed": [403, (f) => `Rule ${f.rule} does not allow this query. ${ASK} to change the rule's query.`],
  "target-refused": [403, (f) => `Paths that can be read in two ways are refused: ${f.detail}. Send the plain path.`],
  "not-enforceable": [
    403,
    (f) =>
      `Rule ${f.rule} asks for what this gateway cannot enforce (${f.detail}), so it allows nothing. ${ASK} to change the rule.`,
  ],
  "name-mismatch": [
    421,
    (f) =>
      `The request names another host than its connection (${f.detail}). Open a connection to the host that you mean.`,
  ],
  "sni-missing": [
    421,
    () => "The TLS client sent no server name, so the rule cannot be checked. Use a client that sends SNI.",
  ],
  "nested-connect": [403, () => "CONNECT inside a connection that the gateway already carries is never allowed."],
  "request-refused": [400, (f) => `The request is malformed or ambiguous: ${f.detail}.`],
  "address-refused": [
    403,
    (f) =>
      `The name leads to an address that is not public (${f.detail}). ${ASK} to name it under the rule's addresses if that is meant.`,
  ],
  "client-credential": [
    403,
    (f) =>
      `The request carries a credential of its own (${f.detail}), where rule ${f.rule} puts one on. Leave yours out, or send the placeholder as it stands in your environment. If your own is meant, ${ASK.toLowerCase()} for \`override: client\` on the rule.`,
  ],
  "credential-not-ready": [
    503,
    (f) =>
      `The gateway has not been given the value of credential ${f.detail} yet. Try again in a moment; if it stays so, ${ASK.toLowerCase()} to run coop apply.`,
  ],
  "credential-expired": [
    502,
    (f) =>
      `The credential of rule ${f.rule} cannot be used: ${f.detail}. ${ASK} to sign in again and store it (coop credentials set).`,
  ],
  "credential-not-for-host": [
    403,
    (f) =>
      `Credential ${f.detail} of rule ${f.rule} does not go to this host. ${ASK} to correct the rule in coop.yaml.`,
  ],
  "credential-unusable": [
    502,
    (f) => `The credential of rule ${f.rule} cannot be put on this request: ${f.detail}. ${ASK} to store it again.`,
  ],
  "signature-refused": [
    403,
    (f) =>
      `The request cannot be signed again (${f.detail}). Sign it in its headers with the placeholder key of your environment, with the hash of the whole body, with UNSIGNED-PAYLOAD or in chunks of 16 MiB at most.`,
  ],
  "response-unreadable": [
    502,
    (f) =>
      `The host's answer cannot be searched for the injected credential (${f.detail}), so it is not passed on. Ask for it without that, or in another encoding.`,
  ],
  "not-found": [502, () => "The name has no address."],
  unreachable: [502, (f) => `The host did not answer (${f.detail}).`],
  "upstream-untrusted": [
    502,
    (f) =>
      `The certificate of ${f.host} cannot be verified (${f.detail}), so nothing was sent to it. ${ASK} to check the host, or to add its root to egress.trust if it has one of its own.`,
  ],
  "authority-not-ready": [
    503,
    () =>
      "The gateway has not been given the key for reading this host's TLS yet. Try again in a moment; if it stays, a person runs coop apply.",
  ],
  "server-refused": [502, (f) => `Nothing listens on port ${f.port} of ${f.host}, or it is not running yet.`],
  "too-many-connections": [503, () => "This sandbox has too many connections open. Close some and try again."],
} as const satisfies Record<string, readonly [status: number, fix: (facts: DenialFacts) => string]>;

export type DenyCode = keyof typeof DENIALS;

/** Puts a refusal together from its facts. */
export function denial(code: DenyCode, facts: DenialFacts): Denial {
  const [status, fix] = DENIALS[code];
  return { verdict: "deny", code, status, host: facts.host, rule: facts.rule, fix: fix(facts) };
}

/** The JSON body that HTTP clients get. */
export function denialBody(denied: Denial): string {
  const { code, host, rule, fix } = denied;
  return `${JSON.stringify({ code, host, rule, fix })}\n`;
}

/** What the body of a denial is called to a client. git shows a person what a server says only if that is plain text. */
export function denialType(userAgent: string | undefined): string {
  return userAgent?.startsWith("git/") === true ? "text/plain" : "application/json";
}

function subjectName(identity: string): string {
  const [kind, name] = identity.split("/");
  return kind === "agent" ? `agents.${name}` : kind === "service" ? `services.${name}` : identity;
}
