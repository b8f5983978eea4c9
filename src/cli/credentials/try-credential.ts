import type { CredentialRequest } from "../../gateway/credentials/credential-step.ts";
import { credentialStep } from "../../gateway/credentials/credential-step.ts";
import type { InjectionPlace, Provider, ProviderTest, SecretValue } from "../../model/provider.ts";
import { placeholderOf } from "../../providers/placeholder.ts";
import type { HttpsRequest } from "../../sources/https-request.ts";

/** What a provider's answer says about a credential. */
export interface Verdict {
  /** `unknown`: the answer says nothing about the credential. */
  readonly verdict: "good" | "refused" | "unknown";
  /** Null = there was no answer. */
  readonly status: number | null;
  readonly host: string;
  /** A sentence. */
  readonly why: string;
}

/** Sends the provider's test request with the credential, by the very code that the gateway puts credentials in with. */
export async function tryCredential(
  tried: {
    readonly name: string;
    readonly provider: Provider;
    readonly test: ProviderTest;
    readonly places: readonly InjectionPlace[];
    readonly value: SecretValue;
  },
  request: HttpsRequest,
  now: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const { provider, test, places, value } = tried;
  const placeholder = placeholderOf(provider.placeholder, "coop credentials test");
  const url = new URL(test.url.replaceAll("{placeholder}", placeholder));
  const host = hostFor(url.hostname, places);
  url.hostname = host;
  const asked: CredentialRequest = {
    name: tried.name,
    credential: { places, placeholder, refreshEncoding: "form" },
    value,
    override: "never",
    host,
    authority: host,
    method: test.method,
    hasBody: false,
    nowMs: Date.now(),
    rawTarget: `${url.pathname}${url.search}`,
    rawHeaders: [
      "accept",
      "application/json",
      "user-agent",
      "coop",
      ...test.headers.flatMap((each) => [each.name, each.value.replaceAll("{placeholder}", placeholder)]),
    ],
  };
  const step = credentialStep(asked);
  if (step.kind !== "send") {
    const why = step.kind === "deny" ? step.detail : "its body would have to be signed";
    return { verdict: "unknown", status: null, host, why: `It cannot be tried at ${host}: ${why}.` };
  }
  const sent = { method: test.method, url: new URL(step.rawTarget, url), headers: paired(step.rawHeaders), body: null };
  try {
    const { status } = await request(sent, signal);
    const isOver = value.kind === "oauth" && value.refresh !== null && (value.expiresAt ?? now) < now;
    if (isOver && status === 401) return { verdict: "unknown", status, host, why: OVER };
    return { ...meaning(status, host), status, host };
  } catch (error) {
    // Only the code: the sentence of an error may name the address, in which the secret can stand.
    const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
    return {
      verdict: "unknown",
      status: null,
      host,
      why: `${host} cannot be reached (${code}): nothing is known of it.`,
    };
  }
}

const OVER = "Its access token has expired, and the gateway renews it when it is used.";

function meaning(status: number, host: string): Pick<Verdict, "verdict" | "why"> {
  if (status >= 200 && status < 300) return { verdict: "good", why: `${host} takes it.` };
  if (status === 401)
    return { verdict: "refused", why: `${host} does not know it (401): it is wrong, or was revoked.` };
  if (status === 403) {
    return {
      verdict: "refused",
      why: `${host} knows it and refuses (403): it was disabled, or lacks the right to ask.`,
    };
  }
  if (status === 429)
    return { verdict: "unknown", why: `${host} asks to wait (429), which says nothing about it: try again later.` };
  if (status >= 500)
    return {
      verdict: "unknown",
      why: `${host} has a fault of its own (${status}), which says nothing about it: try again later.`,
    };
  return { verdict: "unknown", why: `${host} answers ${status}, which says nothing about it.` };
}

// A server of one's own answers to the same paths under another name.
function hostFor(host: string, places: readonly InjectionPlace[]): string {
  const named = places.flatMap((place) => place.hosts.flatMap((each) => (each.kind === "exact" ? [each.name] : [])));
  return named.length === 0 || named.includes(host) ? host : (named[0] ?? host);
}

function paired(raw: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(raw.flatMap((each, at) => (at % 2 === 0 ? [[each, raw[at + 1] ?? ""] as const] : [])));
}
