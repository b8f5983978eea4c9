import type { Allowed } from "../decide.ts";
import type { DenyCode } from "../denial.ts";
import type { GatewayContext } from "../gateway-context.ts";
import type { Outgoing } from "../upstream/outgoing.ts";
import type { Scope } from "../upstream/scope.ts";
import { authorityOf } from "./authority-of.ts";
import type { ClientRequest } from "./client-request.ts";
import type { Dressed } from "./dress.ts";
import type { Tally } from "./tally.ts";

/** An allowed request on its way: what the carriers work with. */
export interface Journey {
  readonly context: GatewayContext;
  readonly request: ClientRequest;
  readonly allowed: Allowed;
  /** What goes upstream, and what is done to what comes back. */
  readonly dressed: Dressed;
  readonly tally: Tally;
  /** Whether the address of the connection may carry it, by the rules in force at this moment; null = a server of the project. */
  readonly admit: (address: string | null) => boolean;
  /** Takes in how to end the upstream's side. */
  readonly adopt: (abort: () => void) => void;
}

/** How an allowed request went. */
export type Carried =
  | { readonly kind: "done" }
  /** The answer broke off; `by` is who was gone first. */
  | { readonly kind: "broken"; readonly by: "client" | "upstream" }
  /** Nothing of an answer has begun. */
  | { readonly kind: "denied"; readonly code: DenyCode; readonly detail: string };

export function scopeOf({ request, allowed }: Journey): Scope {
  const { host, port, options, credential } = allowed;
  return {
    identity: request.identity,
    credential: credential?.name ?? null,
    host,
    port,
    addresses: options.kind === "upstream" ? options.addresses : [],
    tls: request.scheme === "https",
  };
}

export function outgoingOf({ context, request, allowed, dressed, tally, admit }: Journey): Outgoing {
  const { method, end, wantsTrailers, scheme } = request;
  const judged = authorityOf(scheme, allowed.host, allowed.port);
  return {
    method,
    rawTarget: dressed.rawTarget,
    authority: context.guards.has("one-host") ? judged : (request.named ?? judged),
    rawHeaders: dressed.rawHeaders,
    body: dressed.body,
    wantsTrailers,
    continued: end.continue,
    share: context.turns.of(request.identity),
    sent: (bytes) => (tally.sent += bytes),
    admit,
  };
}
