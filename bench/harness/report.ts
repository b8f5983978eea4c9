import type { Benchmark } from "./benchmark.ts";
import { ratioOf, verdictOf } from "./figure.ts";
import type { Figure, Target, Unit } from "./figure.ts";
import type { Machine } from "./machine.ts";
import { median } from "./statistics.ts";

export interface Section {
  readonly benchmark: Benchmark;
  readonly figures: readonly Figure[];
  readonly failure: string | null;
  readonly tookMs: number;
}

/** A table for people; every line of it stands in the JSON with all its values. */
export function reportText(sections: readonly Section[], about: Machine): string {
  const head = ["what", "coop", "peer", "ratio", "target", "verdict", "n"];
  const rows = sections.flatMap((section) =>
    section.failure === null
      ? section.figures.map(row)
      : [[section.benchmark.name, "failed", section.failure.split("\n")[0] ?? "", "", "", "", ""]],
  );
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((each) => (each[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [
    `${about.date} · ${about.processors} · ${about.memoryGibibytes} GiB · ${about.system} · Node ${about.node} · ${about.engine} · load ${about.load.toFixed(1)}`,
    "",
    line(head),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    ...sections.flatMap((section) =>
      section.figures.flatMap((each) => (each.note === "" ? [] : [`${each.what}: ${each.note}`])),
    ),
  ].join("\n");
}

export function reportJson(sections: readonly Section[], about: Machine): unknown {
  return {
    version: 1,
    machine: about,
    benchmarks: sections.map((section) => ({
      name: section.benchmark.name,
      about: section.benchmark.about,
      failure: section.failure,
      tookMs: Math.round(section.tookMs),
      figures: section.figures.map((each) => ({
        ...each,
        median: median(each.ours),
        ratio: ratioOf(each),
        verdict: verdictOf(each),
      })),
    })),
  };
}

function row(figure: Figure): readonly string[] {
  const ratio = ratioOf(figure);
  return [
    figure.what,
    valuesText(figure.ours, figure.unit),
    figure.peer === null ? "" : `${valuesText(figure.peer.values, figure.unit)} ${figure.peer.name}`,
    ratio === null ? "" : `${ratio.toFixed(2)} ×`,
    targetText(figure.target, figure.unit),
    verdictOf(figure),
    String(figure.ours.length),
  ];
}

// The median, then the whole range.
function valuesText(values: readonly number[], unit: Unit): string {
  if (values.length === 1) return `${short(values[0] ?? 0)} ${unit}`;
  return `${short(median(values))} ${unit} (${short(Math.min(...values))}–${short(Math.max(...values))})`;
}

function targetText(target: Target | null, unit: Unit): string {
  switch (target?.kind) {
    case undefined:
      return "";
    case "ratio":
      return `≤ ${target.most} ×`;
    case "ratio-least":
      return `≥ ${target.least} ×`;
    case "more":
      return `≤ ${target.most} ${unit} more`;
    case "value":
      return `≤ ${target.most} ${unit}`;
  }
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
