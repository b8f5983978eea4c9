import { harmless } from "./display-text.ts";
import { portText } from "./port-text.ts";
import type { ChangeSummary, PlanSummary } from "./plan-summary.ts";
import type { Colours } from "./colours.ts";

const SYMBOL = { create: "+", update: "~", replace: "±", delete: "-", keep: " " } as const;

/**
 * A plan as people read it: symbols, reasons and lines; edits and drift apart; then who may newly reach what. `savesWork`:
 * the work of a workspace is brought back before it goes, as a plain apply does.
 */
export function planText(summary: PlanSummary, colours: Colours, savesWork = true): string {
  const { changes, reach, foreign, counts, warnings } = summary;
  const drift = changes.filter((each) => each.reason === "drifted");
  const edits = changes.filter((each) => each.reason !== "drifted");
  const width = Math.max(0, ...changes.map((each) => each.id.length));
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`  ${colours.bold(title)}`, ...lines, ""];
  const lines = [
    `${colours.bold(summary.project)} on ${summary.backend}`,
    "",
    ...section(
      "Changes that the file asks for",
      edits.flatMap((each) => changeLines(each, { width, colours, savesWork })),
    ),
    ...section(
      "Drift: the file is the same, the world has moved",
      drift.flatMap((each) => changeLines(each, { width, colours, savesWork })),
    ),
    ...section(
      "Reach",
      reach.map((each) => reachLine(each, colours)),
    ),
    ...section("Ports", portLines(summary)),
    ...section(
      "Not ours, left alone",
      foreign.map(
        (each) =>
          `    ! ${harmless(each.name)}${each.blocks ? ` holds the name of ${each.id}, which cannot be made: rename or remove it` : " carries a copy of our labels"}`,
      ),
    ),
    ...warnings.map((each) => `  ${colours.yellow("warning")} ${harmless(each)}`),
    ...(warnings.length > 0 ? [""] : []),
  ];
  return `${lines.join("\n")}${countsText(counts)}\n`;
}

// Those that come into being or move, and those that go by another number than inside.
function portLines({ ports, changes }: PlanSummary): readonly string[] {
  const acting = changes.flatMap((each) => (each.id.startsWith("container:publisher.") ? [each.id] : []));
  const isActing = (sandbox: string): boolean =>
    acting.some((id) => id.replace(/^container:publisher\.sandbox\./, "").replace(/\.0$/, "") === sandbox);
  return ports
    .filter(({ sandbox, port, hostPort }) => isActing(sandbox) || (changes.length > 0 && port !== hostPort))
    .map((each) => `    ${portText(each)}`);
}

interface Manner {
  readonly width: number;
  readonly colours: Colours;
  /** Whether the work of a workspace is brought back before it goes. */
  readonly savesWork: boolean;
}

function changeLines(change: ChangeSummary, { width, colours, savesWork }: Manner): readonly string[] {
  const paint = {
    create: colours.green,
    update: colours.yellow,
    replace: colours.yellow,
    delete: colours.red,
    keep: colours.dim,
  }[change.action];
  const why =
    change.reason === "dependency-replaced"
      ? `${change.dependency ?? ""} is replaced`
      : change.reason.replaceAll("-", " ");
  const marks = destroys(change, colours, savesWork);
  const head = `    ${paint(SYMBOL[change.action])} ${change.id.padEnd(width)}  ${why}${marks}${change.origin === null ? "" : colours.dim(`  ${change.origin}`)}`;
  return [
    head,
    // What no report of the engine shows (a secret's version, how volumes are filled) is known by its digest alone.
    ...(change.reason === "changed" && change.fields.length === 0 && change.id.startsWith("container:")
      ? [colours.dim("        a secret, or how it is prepared, is another one")]
      : []),
    ...(change.moved === null ? [] : [movedLine(change.moved)]),
    ...change.fields
      .filter(({ pointer }) => change.moved === null || pointer !== "/image")
      .flatMap((field) => [
        `        ${harmless(field.pointer)}`,
        ...(field.observed === null ? [] : [colours.red(`          - ${harmless(field.observed)}`)]),
        ...(field.desired === null ? [] : [colours.green(`          + ${harmless(field.desired)}`)]),
      ]),
  ];
}

function movedLine({ tag, from, to }: NonNullable<ChangeSummary["moved"]>): string {
  return `        the tag ${tag} now points to another image: ${shortId(from)} → ${shortId(to)}`;
}

// As the engine's own lists shorten them.
function shortId(id: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(id) ? id.slice(0, "sha256:".length + 12) : id;
}

function reachLine(line: PlanSummary["reach"][number], colours: Colours): string {
  const loosens = line.effect === "loosens";
  return `    ${loosens ? colours.yellow("+") : colours.green("-")} ${harmless(line.text)}${loosens ? colours.yellow("  loosens") : colours.dim("  tightens")}`;
}

function countsText(counts: PlanSummary["counts"]): string {
  const parts = [
    [counts.create, "to create"],
    [counts.update, "to update"],
    [counts.replace, "to replace"],
    [counts.delete, "to delete"],
  ] as const;
  const acting = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return acting.length === 0
    ? `Nothing to do: ${counts.unchanged} unchanged.`
    : `${acting.join(", ")}, ${counts.unchanged} unchanged.`;
}

// A workspace goes only after its work was fetched; what else holds data goes only with a yes of its own.
function destroys(change: ChangeSummary, colours: Colours, savesWork: boolean): string {
  if (!change.destructive) return "";
  if (savesWork && change.id.startsWith("volume:workspace.")) return colours.yellow(" (its work is fetched first)");
  return ` ${colours.red("DESTROYS DATA")}`;
}
