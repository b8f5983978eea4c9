import type { Clock } from "../ports/clock.ts";

/** One decision of the gateway, without bodies and without secrets. */
export interface Decision {
  readonly sandbox: string;
  /** The way in: `dial`, `connect`, `http`, `reach`, `name`, `park`. */
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

const REPEAT_WINDOW_MS = 10_000;
const REPEAT_ENTRIES = 4096;

/**
 * One JSON line a decision. Equal denials within ten seconds are counted and said with the next line that is written
 * for them, so that a loop in a sandbox does not drown the log.
 */
export function decisionLog(write: (line: string) => void, clock: Pick<Clock, "now">): DecisionLog {
  const repeats = new Map<string, { until: number; count: number }>();
  const line = (fields: Readonly<Record<string, unknown>>): void => {
    write(JSON.stringify({ time: new Date(clock.now()).toISOString(), ...fields }));
  };
  return {
    decided(decision) {
      if (decision.verdict === "allow") return line({ event: "decision", ...decision });
      const key = [decision.sandbox, decision.via, decision.host, decision.port, decision.method, decision.code].join(
        " ",
      );
      const known = repeats.get(key);
      if (known !== undefined && known.until > clock.now()) {
        known.count += 1;
        return;
      }
      for (const oldest of repeats.keys()) {
        if (repeats.size < REPEAT_ENTRIES) break;
        repeats.delete(oldest);
      }
      repeats.delete(key);
      repeats.set(key, { until: clock.now() + REPEAT_WINDOW_MS, count: 0 });
      line({ event: "decision", ...decision, repeated: known?.count ?? 0 });
    },
    event: (event, fields) => line({ event, ...fields }),
  };
}
