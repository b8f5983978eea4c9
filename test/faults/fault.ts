/** What happens to one call on its way to the engine or back. */
export type Fault =
  /** The caller dies before the engine hears of it. */
  | { readonly kind: "kill-before" }
  /** The engine has heard half of what is sent. Calls without a body die before. */
  | { readonly kind: "kill-amid" }
  /** The engine has done it and answered; the caller has not read it. */
  | { readonly kind: "kill-after" }
  /** The engine has done it; the caller's connection closes without a word. */
  | { readonly kind: "lose-answer" }
  /** The answer's head and half of its body arrive. */
  | { readonly kind: "cut-answer" }
  /** The answer comes late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The engine never hears of it. `retryAfter`: seconds. */
  | { readonly kind: "refuse"; readonly status: 409 | 429 | 500 | 503; readonly retryAfter?: number };

/** The status line and body of a refusal, as the engine writes them. */
export function refusalOf(fault: Extract<Fault, { readonly kind: "refuse" }>): string {
  const body = `${JSON.stringify({ message: `refused on purpose with ${fault.status}` })}\n`;
  const wait = fault.retryAfter === undefined ? "" : `Retry-After: ${fault.retryAfter}\r\n`;
  return `HTTP/1.1 ${fault.status} On Purpose\r\nContent-Type: application/json\r\n${wait}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}
