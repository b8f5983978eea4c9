import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { saw } from "../record.ts";

/** What the scripted model does next. */
export type Reply =
  /** Asks for a file to be written. */
  | { readonly kind: "write"; readonly path: string; readonly content: string }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "refuse"; readonly status: number; readonly retryAfter: number | null }
  /** Begins to answer and hangs up in the middle. */
  | { readonly kind: "cut" };

/** One request to a model, in whichever vendor's words. */
export interface Turn {
  /** All that was said so far, as JSON. */
  readonly said: string;
  /** Whether a tool has answered already. */
  readonly answered: boolean;
  /** Whether tools are offered; side requests of the CLIs (titles, routing) offer none. */
  readonly tools: boolean;
}

// `[task NAME ID PATH]` in a prompt: which script, whose run, and the file to write.
const TASK = /\[task ([a-z-]+) ([\w.-]+) (\/[^\]"\\]+)\]/;
const asked = new Map<string, number>();

/** Where a test lets the second turn of a run go on. */
export const released = (id: string): string => `/tmp/released-${id}`;

/** Where it is, WebSockets are refused, as by a vendor that has none. */
export const NO_WEB_SOCKETS = "/tmp/no-web-sockets";

/**
 * `write`: a file is asked for, then, once the test lets it, the end. `write-limited`, `write-cut`: the same after a first answer
 * that is a 429 or hangs up in the middle. `converse`: without waiting. `refused`: 401, always.
 */
export async function next(turn: Turn): Promise<Reply> {
  const [, name = "", id = "", path = ""] = TASK.exec(turn.said) ?? [];
  if (!turn.tools) return { kind: "say", text: "A title" };
  const times = asked.get(id) ?? 0;
  asked.set(id, times + 1);
  saw({ kind: "turn", name, id, times, answered: turn.answered });
  if (name === "refused") return { kind: "refuse", status: 401, retryAfter: null };
  if (times === 0 && name === "write-limited") return { kind: "refuse", status: 429, retryAfter: 3 };
  if (times === 0 && name === "write-cut") return { kind: "cut" };
  if (!turn.answered) return { kind: "write", path, content: `written by ${id}\n` };
  if (name === "write") await untilReleased(id);
  return { kind: "say", text: `The task ${id} is done.` };
}

async function untilReleased(id: string): Promise<void> {
  while (!existsSync(released(id))) await setTimeout(50);
}
