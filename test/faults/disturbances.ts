import { engine, engineList, filtersOf } from "../support/raw-engine.ts";
import { isMutating } from "./engine-call.ts";
import type { EngineCall } from "./engine-call.ts";
import type { Fault } from "./fault.ts";

const SPOILT: readonly Fault[] = [
  { kind: "lose-answer" },
  { kind: "cut-answer" },
  { kind: "delay", ms: 1500 },
  { kind: "refuse", status: 500 },
  { kind: "refuse", status: 503 },
  { kind: "refuse", status: 429, retryAfter: 1 },
  { kind: "refuse", status: 409 },
];

/** Spoils one in so many of the calls that change something, each in a way that the numbers decide. */
export function spoiling(next: () => number, oneIn: number): (call: EngineCall) => Fault | null {
  return (call) =>
    isMutating(call) && next() * oneIn < 1 ? (SPOILT[Math.floor(next() * SPOILT.length)] ?? null) : null;
}

/** What hands do to a container without asking coop; nothing that takes of its hardening, for which the watcher outside would blame coop. */
const HANDS = [
  (name: string) => engine("POST", `/containers/${name}/kill`),
  (name: string) => engine("POST", `/containers/${name}/stop?t=1`),
  (name: string) => engine("DELETE", `/containers/${name}?force=1`),
  (name: string) => engine("POST", `/containers/${name}/pause`),
  (name: string) => engine("POST", `/containers/${name}/rename?name=${name}-renamed`),
  (name: string) => engine("POST", `/containers/${name}/update`, { Memory: 2 ** 29, MemorySwap: 2 ** 29 }),
];

/** Does one of them to one of a project's containers; what the engine refuses at that moment is not done. */
export async function byHand(project: string, next: () => number): Promise<void> {
  const label = filtersOf({ label: [`coop.dev/project=${project}`] });
  const names = (await engineList(`/containers/json?${label}`))
    .map((each) => String(each["Names"]?.[0]).slice(1))
    .filter((name) => name.startsWith(`coop.${project}.`))
    .toSorted();
  const name = names[Math.floor(next() * names.length)];
  const hand = HANDS[Math.floor(next() * HANDS.length)];
  if (name !== undefined) await hand?.(name).catch(() => undefined);
}
