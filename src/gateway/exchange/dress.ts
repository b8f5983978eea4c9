import type { Readable } from "node:stream";
import {
  type CredentialDenial,
  type ResponseStep,
  type Settled,
  credentialStep,
} from "../credentials/credential-step.ts";
import type { Allowed } from "../decide.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { without } from "../hop-headers.ts";
import { authorityOf } from "./authority-of.ts";
import type { ClientRequest } from "./client-request.ts";
import { throughStage } from "./through-stage.ts";
import { readableOf, wholeBody } from "./whole-body.ts";

/** A request as it goes to its upstream. */
export interface Dressed {
  readonly kind: "send";
  /** The request's own, what was read of it already, or what it is made on the way; null = none. */
  readonly body: Readable | null;
  /** Why the body could not be carried to its end by the gateway's own judgement; null = it could so far. */
  readonly broken: () => CredentialDenial | null;
  readonly rawTarget: string;
  /** Without Host. */
  readonly rawHeaders: readonly string[];
  /** What is done with the answer; null = nothing was put in, so nothing has to be taken out. */
  readonly response: ResponseStep | null;
  /** Called with the status of the answer. */
  readonly answered: (status: number) => void;
  /** Called when the exchange is over, whatever came of it. */
  readonly release: () => void;
}

/** Said anew on the other leg. */
const OWN = new Set(["host"]);

/** Puts the rule's credential in, where it has one. */
export async function dress(
  context: GatewayContext,
  request: ClientRequest,
  { credential, host, port }: Allowed,
  rawTarget: string,
  endToEnd: readonly string[],
): Promise<Dressed | CredentialDenial> {
  const rawHeaders = without(endToEnd, OWN);
  const { body, method, scheme } = request;
  if (credential === null) return { ...UNDRESSED, body, rawTarget, rawHeaders };
  const { name, override } = credential;
  const known = context.policy()?.credentials ?? {};
  const values = context.provisions()?.credentials ?? {};
  const how = Object.hasOwn(known, name) ? (known[name] ?? null) : null;
  const given = Object.hasOwn(values, name) ? (values[name] ?? null) : null;
  const usable = given === null || how === null ? null : await context.tokens.usable(name, given, how.refreshEncoding);
  if (usable?.ok === false) return { kind: "deny", code: "credential-expired", detail: usable.reason };
  const value = usable?.value ?? null;
  const answered = (status: number): void => {
    if (status === 401 && value !== null) context.tokens.rejected(value);
  };
  const step = credentialStep({
    name,
    credential: how,
    value,
    override,
    host,
    authority: authorityOf(scheme, host, port),
    method,
    hasBody: body !== null,
    nowMs: context.clock.now(),
    rawTarget,
    rawHeaders,
  });
  if (step.kind === "send" && step.body !== null && body !== null)
    return dressed(step, { ...throughStage(request, body, step.body, context.budget), answered });
  if (step.kind !== "body-first") return dressed(step, { body, answered, release: NOTHING, broken: WHOLE });
  if (body === null) return dressed(step.step(Buffer.alloc(0)), { body, answered, release: NOTHING, broken: WHOLE });
  const whole = await wholeBody(request, body, step.limitBytes, context.budget);
  if (whole === null) return { kind: "deny", code: "signature-refused", detail: "its body is too long to be signed" };
  const settled = step.step(whole.bytes);
  return dressed(settled, { body: readableOf(whole.bytes), answered, release: whole.done, broken: WHOLE });
}

const NOTHING = (): void => undefined;
const WHOLE = (): null => null;
const UNDRESSED = { kind: "send", response: null, answered: NOTHING, release: NOTHING, broken: WHOLE } as const;

function dressed(
  step: Settled,
  more: Omit<Dressed, "kind" | "rawTarget" | "rawHeaders" | "response">,
): Dressed | CredentialDenial {
  if (step.kind === "send") return { ...step, ...more, answered: step.injected ? more.answered : NOTHING };
  more.release();
  return step;
}
