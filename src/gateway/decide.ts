import { type CanonicalHost, canonicalHost, hostText } from "./canonical-host.ts";
import { type Denial, type DenyCode, denial } from "./denial.ts";
import { unenforceable } from "./enforceable.ts";
import { type Guards, WHOLE } from "./guards.ts";
import { hostMatches } from "./host-match.ts";
import { OWN_ROUTE } from "./own-route.ts";
import type { Policy, PolicyRule, Route, Server, Subject } from "./policy.ts";
import { subjectOf } from "./policy.ts";
import { judgeRequest } from "./judge-request.ts";
import { bySpecificity } from "./specificity.ts";

/** What somebody in a sandbox asks for: a connection (`tcp`, nothing of a request known yet) or one request. */
export interface Ask {
  readonly identity: string;
  readonly scheme: "tcp" | "http" | "https";
  /** As the client wrote it. */
  readonly host: string;
  readonly port: number;
  /** Null for a connection. */
  readonly method: string | null;
  /** The request target as it was sent, in origin form; null for a connection. */
  readonly rawTarget: string | null;
  /** Names and values by turns, as they were sent. */
  readonly headers: readonly string[];
}

export interface Allowed {
  readonly verdict: "allow";
  /** The canonical host: what is resolved, dialled and compared with. */
  readonly host: string;
  readonly port: number;
  /** The rule's name; `open`, or `route` for a server of the project. */
  readonly rule: string;
  readonly options: Options;
  /** What is put into the request; null = nothing. Always null for a connection. */
  readonly credential: UsedCredential | null;
}

/** The credential of the rule that was chosen. */
export interface UsedCredential {
  readonly name: string;
  readonly override: PolicyRule["override"];
}

export type Options =
  | { readonly kind: "route"; readonly to: Server }
  | {
      readonly kind: "upstream";
      readonly carry: Carry;
      /** CIDRs that the rule opens besides the public ones. */
      readonly addresses: readonly string[];
    };

/** How the bytes of a connection are looked at: not at all, or as TLS with the right name, or as HTTP requests. */
export type Carry =
  | { readonly kind: "bytes" }
  | { readonly kind: "checked"; readonly tls: Tls; readonly http: boolean };

/** `none`: no TLS is let through. `tunnel`: only its server name is read. `intercept`: it ends here. */
export type Tls = "none" | "tunnel" | "intercept";

export type Verdict = Allowed | Denial;

/** The one decision for every way into the gateway. Whatever no rule allows wholly is denied. Never throws. */
export function decide(policy: Policy | null, ask: Ask, guards: Guards = WHOLE): Verdict {
  const host = canonicalHost(ask.host);
  const shown = hostText(host) ?? printable(ask.host);
  const deny = (code: DenyCode, rule: string | null = null, detail = ""): Denial =>
    denial(code, { host: shown, port: ask.port, identity: ask.identity, rule, detail });
  if (policy === null) return deny("no-policy");
  const subject = subjectOf(policy, ask.identity);
  if (subject === null) return deny("unknown-identity");
  if (host.kind === "invalid") return deny("host-invalid", null, host.reason);
  if (ask.method?.toUpperCase() === "CONNECT") return deny("nested-connect");
  const route = [...subject.routes, OWN_ROUTE].find((each) => leadsTo(each, host, ask.port));
  if (route !== undefined)
    return {
      verdict: "allow",
      host: shown,
      port: ask.port,
      rule: "route",
      options: { kind: "route", to: route.to },
      credential: null,
    };
  if (subject.open && host.kind === "name") return openTo(subject, host, ask.port, shown);
  const covering = subject.rules.filter((rule) => hostMatches(rule.host, host, guards));
  const matching = covering.filter((rule) => rule.ports.includes(ask.port));
  const [nearest] = matching.length > 0 ? matching : covering;
  if (nearest === undefined) return deny("host-not-allowed");
  if (matching.length === 0) return deny("port-not-allowed", nearest.name);
  const usable = matching.filter((rule) => unenforceable(rule, guards) === null);
  if (usable.length === 0) return deny("not-enforceable", nearest.name, unenforceable(nearest) ?? "");
  return ask.scheme === "tcp" ? connection(usable, ask.port, shown) : judgeRequest(usable, ask, shown, deny, guards);
}

/** The ports on which something may answer under this name: what a forwarder listens on. Empty = the name is refused. */
export function portsOf(policy: Policy | null, identity: string, name: string): readonly number[] {
  const subject = policy === null ? null : subjectOf(policy, identity);
  const host = canonicalHost(name);
  if (subject === null || host.kind !== "name") return [];
  const routed = [...subject.routes, OWN_ROUTE].filter((route) => route.name === host.name).map((route) => route.port);
  const ruled = subject.rules
    .filter((rule) => unenforceable(rule) === null && hostMatches(rule.host, host))
    .flatMap((rule) => rule.ports);
  const open = subject.open ? OPEN_PORTS : [];
  return [...new Set([...routed, ...ruled, ...open])].toSorted((a, b) => a - b).slice(0, MOST_PORTS);
}

/** As many as a forwarder listens on for one name. */
const MOST_PORTS = 1024;

/** Under `open` a forwarder cannot listen on every port; the others are reached through the explicit proxy. */
const OPEN_PORTS = [22, 80, 443, 587, 993, 3306, 5432, 6379, 8000, 8080, 8443, 9418] as const;

function leadsTo(route: Route, host: CanonicalHost, port: number): boolean {
  return host.kind === "name" && route.name === host.name && route.port === port;
}

function openTo(subject: Subject, host: CanonicalHost, port: number, shown: string): Allowed {
  const rules = subject.rules.filter(
    (rule) => unenforceable(rule) === null && rule.ports.includes(port) && hostMatches(rule.host, host),
  );
  return {
    verdict: "allow",
    host: shown,
    port,
    rule: rules.toSorted(bySpecificity(null))[0]?.name ?? "open",
    options: { kind: "upstream", carry: { kind: "bytes" }, addresses: rules.flatMap((rule) => rule.addresses) },
    credential: null,
  };
}

/**
 * A rule for plain bytes allows whatever the stricter ones beside it allow, so it decides how the connection is carried.
 * Among rules for TLS the one that reads it decides: a tunnel beside it is a rule without conditions, judged as such.
 */
function connection(usable: readonly PolicyRule[], port: number, host: string): Allowed {
  const [best] = usable.toSorted(
    (a, b) => Number(b.protocol === "tcp") - Number(a.protocol === "tcp") || bySpecificity(null)(a, b),
  );
  const secure = usable.filter((rule) => rule.protocol === "https");
  const reads = secure.some((rule) => rule.tls === "intercept");
  const tls: Tls = reads ? "intercept" : secure.length > 0 ? "tunnel" : "none";
  const http = usable.some((rule) => rule.protocol === "http");
  const carry: Carry = best?.protocol === "tcp" ? { kind: "bytes" } : { kind: "checked", tls, http };
  const addresses = usable.flatMap((rule) => rule.addresses);
  const options: Options = { kind: "upstream", carry, addresses };
  return { verdict: "allow", host, port, rule: best?.name ?? "", options, credential: null };
}

/** What a log line and an answer may repeat of a host that is none. */
function printable(raw: string): string {
  return raw.slice(0, 253).replaceAll(/[^\x21-\x7e]/g, "?");
}
