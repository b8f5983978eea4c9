import { coloursFor } from "../../render/colours.ts";
import { harmless } from "../../render/display-text.ts";
import type { ProjectState } from "../../reconcile/state.ts";
import { consentCommand } from "./consent-command.ts";
import { standingText } from "./standing-text.ts";

/** So many of the last lines stay on the screen. */
export const LAST_LINES = 12;

const WORST_FIRST = [
  "failed",
  "foreign",
  "halted",
  "fought",
  "ended",
  "held",
  "progressing",
  "starting",
  "waiting",
  "ready",
];

/** The whole screen of `coop watch` on a terminal, as text: what there is, how it stands, what is held, what was done. */
export function watchScreen(
  state: ProjectState,
  told: {
    readonly words: string;
    /** The newest last. */
    readonly last: readonly string[];
    readonly colours: boolean;
    readonly rows: number;
  },
): string {
  const { bold, dim, green, yellow, red } = coloursFor(told.colours);
  const paint = { converged: green, progressing: bold, blocked: yellow, failed: red }[state.phase];
  const seen = [...state.objects]
    .filter(([id, { standing }]) => id.startsWith("container:") || standing.kind !== "ready")
    .toSorted(([a, one], [b, other]) => rank(one) - rank(other) || (a < b ? -1 : 1));
  const width = Math.max(0, ...seen.map(([id]) => id.length));
  const objects = seen.map(([id, object]) => {
    const { state: kind, reason, message } = standingText(object);
    const mark = kind === "ready" ? green("✓") : rank(object) < WORST_FIRST.indexOf("held") ? red("✗") : yellow("…");
    return `  ${mark} ${id.padEnd(width)}  ${kind}${reason === "" ? "" : ` (${reason})`}  ${dim(harmless(message.split("\n")[0] ?? ""))}`;
  });
  const command = consentCommand(state, told.words);
  const held = [
    ...state.heldReach.map((each) => `  ${yellow("+")} ${harmless(each.text)}`),
    ...(command === null ? [] : [`  ${yellow("held until:")} ${bold(command)}`]),
  ];
  const { passes, lastPassMs } = state.counters;
  const room = Math.max(3, told.rows - held.length - Math.min(told.last.length, LAST_LINES) - 8);
  const shown =
    objects.length <= room ? objects : [...objects.slice(0, room), dim(`  … and ${objects.length - room} more`)];
  return [
    `${bold(state.project === "" ? "no project yet" : state.project)}  ${paint(state.phase)}  ${dim(`${passes} looks, the last took ${lastPassMs} ms`)}`,
    "",
    ...shown,
    ...(held.length === 0 ? [] : ["", ...held]),
    "",
    ...told.last.slice(-LAST_LINES).map((each) => `  ${each}`),
    dim("  Ctrl-C ends the watching; the sandboxes go on."),
    "",
  ].join("\n");
}

function rank(object: ProjectState["objects"] extends ReadonlyMap<string, infer T> ? T : never): number {
  return WORST_FIRST.indexOf(object.standing.kind);
}
