import type { ObjectState, Standing } from "../../reconcile/state.ts";
import { failureText } from "../failures.ts";

/** How an object stands, for people and programs: a word that stays the same, and a sentence. */
export interface StandingText {
  readonly state: Standing["kind"];
  /** A word without spaces: `OutOfMemory`, `ENGINE_REFUSED`, `loosens`; empty where the state says it all. */
  readonly reason: string;
  readonly message: string;
}

export function standingText({ standing }: Pick<ObjectState, "standing">): StandingText {
  const state = standing.kind;
  switch (standing.kind) {
    case "ready":
    case "starting":
      return { state, reason: "", message: "" };
    case "progressing":
      return { state, reason: standing.action, message: standing.step };
    case "waiting":
      return { state, reason: standing.for, message: standing.message };
    case "held":
      return { state, reason: standing.why, message: standing.message };
    case "failed":
      return { state, reason: standing.reason, message: failureText(standing.error) };
    case "ended":
    case "halted":
      return { state, reason: standing.reason, message: standing.message };
    case "fought": {
      const { pointer, observed, desired, times } = standing.fight;
      const what =
        pointer === "" ? "it was removed" : `${pointer} became ${short(observed)} instead of ${short(desired)}`;
      const message = `${what}, ${times} times: somebody else keeps doing so; left alone until the file changes`;
      return { state, reason: "Fight", message };
    }
    case "foreign":
      return { state, reason: "FOREIGN_OBJECT", message: standing.message };
  }
}

const LONGEST = 80;

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
