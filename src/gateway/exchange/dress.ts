import { type CredentialDenial, type ResponseStep, credentialStep } from "../credentials/credential-step.ts";
import type { Allowed } from "../decide.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { without } from "../hop-headers.ts";
import type { ClientRequest } from "./client-request.ts";

/** A request as it goes to its upstream. */
export interface Dressed {
  readonly kind: "send";
  readonly rawTarget: string;
  /** Without Host. */
  readonly rawHeaders: readonly string[];
  /** What is done with the answer; null = nothing was put in, so nothing has to be taken out. */
  readonly response: ResponseStep | null;
}

/** Said anew on the other leg. */
const OWN = new Set(["host"]);

/** Puts the rule's credential in, where it has one. */
export function dress(
  context: GatewayContext,
  request: ClientRequest,
  { credential, host }: Allowed,
  rawTarget: string,
  endToEnd: readonly string[],
): Dressed | CredentialDenial {
  const rawHeaders = without(endToEnd, OWN);
  if (credential === null) return { kind: "send", rawTarget, rawHeaders, response: null };
  const { name, override } = credential;
  const known = context.policy()?.credentials ?? {};
  const values = context.provisions()?.credentials ?? {};
  return credentialStep({
    name,
    credential: Object.hasOwn(known, name) ? (known[name] ?? null) : null,
    value: Object.hasOwn(values, name) ? (values[name] ?? null) : null,
    override,
    host,
    method: request.method,
    rawTarget,
    rawHeaders,
  });
}
