import { VARIANTS } from "./subject.ts";
import type { Variant } from "./subject.ts";

/** One way from a converged world to another, every call of which may go wrong. */
export interface Scenario {
  readonly name: string;
  /** What is there before; null = nothing of the project. */
  readonly from: Variant | null;
  /** The file that the command reads, and the apply that follows it. */
  readonly to: Variant;
  /** What runs without a fault, to come from `from` to where the command begins. */
  readonly before: readonly string[] | null;
  readonly command: readonly string[];
  /** Whether an exit of 0 says that the world is as the file. */
  readonly converges: boolean;
  /** About how many calls change or run something. */
  readonly calls: number;
}

const APPLY = ["apply", "--yes"];
const { start, changed, replaced, rolled } = VARIANTS;

export const SCENARIOS: readonly Scenario[] = [
  applying("fresh apply", 123, null, start),
  applying("change", 22, start, changed),
  applying("change back", 20, changed, start),
  applying("replace", 45, start, replaced),
  applying("replace back", 45, replaced, start),
  applying("rolling update", 12, start, rolled),
  applying("rolling update back", 12, rolled, start),
  { name: "down", from: start, to: start, before: null, command: ["down", "--yes"], converges: false, calls: 10 },
  { name: "up", from: start, to: start, before: ["down", "--yes"], command: ["up"], converges: false, calls: 30 },
  { name: "destroy", from: start, to: start, before: null, command: ["destroy", "--yes"], converges: false, calls: 44 },
];

function applying(name: string, calls: number, from: Variant | null, to: Variant): Scenario {
  return { name, from, to, before: null, command: APPLY, converges: true, calls };
}
