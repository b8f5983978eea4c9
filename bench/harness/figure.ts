import type { Cost } from "./command.ts";
import { median } from "./statistics.ts";

/** What a figure must be: a share of the peer's (design.md §6), so much more than the peer's, or a number of its own unit. */
export type Target =
  | { readonly kind: "ratio"; readonly most: number }
  | { readonly kind: "more"; readonly most: number }
  | { readonly kind: "ratio-least"; readonly least: number }
  | { readonly kind: "value"; readonly most: number };

export type Unit = "ms" | "s CPU" | "µs CPU" | "MiB" | "×" | "/s" | "MiB/s";

/** One line of the report. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: readonly number[];
  /** The peer's values and its name; null where nothing is compared. */
  readonly peer: { readonly name: string; readonly values: readonly number[] } | null;
  /** Null = reported only. */
  readonly target: Target | null;
  readonly note: string;
}

export type Verdict = "pass" | "MISS" | "reported" | "not compared";

/** Pair by pair where every round has both, so that what else the machine did falls out. */
export function ratioOf(figure: Figure): number | null {
  return compared(figure, (ours, peer) => ours / peer);
}

function compared({ ours, peer }: Figure, by: (ours: number, peer: number) => number): number | null {
  if (peer === null || peer.values.length === 0) return null;
  if (peer.values.length !== ours.length) return by(median(ours), median(peer.values));
  return median(ours.map((value, round) => by(value, peer.values[round] ?? Number.NaN)));
}

export function verdictOf(figure: Figure): Verdict {
  const { target } = figure;
  if (target === null) return "reported";
  const ratio = ratioOf(figure);
  switch (target.kind) {
    case "value":
      return median(figure.ours) <= target.most ? "pass" : "MISS";
    case "ratio":
      return ratio === null ? "not compared" : ratio <= target.most ? "pass" : "MISS";
    case "ratio-least":
      return ratio === null ? "not compared" : ratio >= target.least ? "pass" : "MISS";
    case "more": {
      const more = compared(figure, (ours, peer) => ours - peer);
      return more === null ? "not compared" : more <= target.most ? "pass" : "MISS";
    }
  }
}

export interface Compared {
  readonly ours: readonly Cost[];
  readonly peer: { readonly name: string; readonly costs: readonly Cost[] } | null;
}

/** Wall time and processor time (client and engine together) of two arms; `cpu` null = only reported. */
export function costFigures(
  what: string,
  costs: Compared,
  targets: { readonly wall: Target | null; readonly cpu: Target | null },
  note = "",
): readonly Figure[] {
  const figure = (name: string, unit: Unit, target: Target | null, of: (cost: Cost) => number): Figure => ({
    what: `${what}: ${name}`,
    unit,
    ours: costs.ours.map(of),
    peer: costs.peer === null ? null : { name: costs.peer.name, values: costs.peer.costs.map(of) },
    target,
    note,
  });
  const withEngine = costs.ours.every((each) => each.engineSeconds !== null);
  return [
    figure("wall", "ms", targets.wall, (cost) => cost.wallMs),
    figure(
      withEngine ? "CPU, client and engine" : "CPU, client",
      "s CPU",
      targets.cpu,
      (cost) => cost.clientSeconds + (cost.engineSeconds ?? 0),
    ),
    ...(withEngine ? [figure("CPU, client alone", "s CPU", null, (cost) => cost.clientSeconds)] : []),
  ];
}
