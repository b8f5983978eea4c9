import type { Clock } from "../ports/clock.ts";

/** One decision of the gateway, without bodies and without secrets. */
export interface Decision {
  readonly sandbox: string;
  /** The way in: `dial`, `connect`, `http`, `reach`, `name`; `opening` = before it was said what for. */
  readonly via: string;
  readonly host: string;
  readonly port: number;
  readonly method: string | null;
  readonly path: string | null;
  readonly rule: string | null;
  readonly verdict: "allow" | "deny";
  /** The deny code; for what was allowed, why it ended if not by itself. */
  readonly code: string | null;
  /** The HTTP status that the client got; null for connections. */
  readonly status: number | null;
  /** From the sandbox. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly durationMs: number;
}

export interface DecisionLog {
  decided(decision: Decision): void;
  /** Something about the gateway itself. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void;
}

const WINDOW_MS = 10_000;
const DENIALS_PER_WINDOW = 200;

/**
 * One JSON line a decision. Within ten seconds equal denials of a sandbox are one line, and all its denials no more
 * than two hundred; how many were left out is said when the ten seconds are over. A loop in a sandbox, or one that
 * makes up names, does not drown the log.
 */
export function decisionLog(write: (line: string) => void, clock: Pick<Clock, "now">): DecisionLog {
  const windows = new Map<string, { readonly seen: Set<string>; leftOut: number }>();
  const line = (fields: Readonly<Record<string, unknown>>): void => {
    write(JSON.stringify({ time: new Date(clock.now()).toISOString(), ...fields }));
  };
  const windowOf = (sandbox: string): { readonly seen: Set<string>; leftOut: number } => {
    const known = windows.get(sandbox);
    if (known !== undefined) return known;
    const opened = { seen: new Set<string>(), leftOut: 0 };
    windows.set(sandbox, opened);
    setTimeout(() => {
      windows.delete(sandbox);
      if (opened.leftOut > 0) line({ event: "denials-left-out", sandbox, count: opened.leftOut, withinMs: WINDOW_MS });
    }, WINDOW_MS).unref();
    return opened;
  };
  return {
    decided(decision) {
      if (decision.verdict === "deny") {
        const window = windowOf(decision.sandbox);
        const { via, host, port, method, path, code } = decision;
        const key = [via, host, port, method, path, code].join(" ");
        if (window.seen.has(key) || window.seen.size >= DENIALS_PER_WINDOW) {
          window.leftOut += 1;
          return;
        }
        window.seen.add(key);
      }
      line({ event: "decision", ...decision });
    },
    event: (event, fields) => line({ event, ...fields }),
  };
}
