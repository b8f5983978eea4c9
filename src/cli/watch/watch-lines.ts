import { coloursFor } from "../../render/colours.ts";
import type { Colours } from "../../render/colours.ts";
import { renderCounts, renderDiagnostics } from "../../render/diagnostics.ts";
import { harmless, harmlessLines } from "../../render/display-text.ts";
import { loops } from "../../reconcile/phase.ts";
import type { FileState, ObjectState, ProjectState } from "../../reconcile/state.ts";
import type { News } from "../../reconcile/world.ts";
import { failureText } from "../failures.ts";
import { consentCommand } from "./consent-command.ts";
import { standingText } from "./standing-text.ts";

const DONE = { create: "created", update: "updated", replace: "replaced", delete: "deleted" } as const;

export interface LinesOptions {
  readonly colours: boolean;
  readonly columns: number;
  /** ` -f FILE --target NAME`, as the user gave them. */
  readonly words: string;
}

/** What `coop watch` says in words: each thing once, when it has become so. */
export class WatchLines {
  readonly #options: LinesOptions;
  readonly #colours: Colours;
  #before: ProjectState | null = null;

  constructor(options: LinesOptions) {
    this.#options = options;
    this.#colours = coloursFor(options.colours);
  }

  /** Whole lines, without times. */
  of(news: News): readonly string[] {
    switch (news.kind) {
      case "change": {
        if (news.event.kind !== "ended") return [];
        const { change, outcome } = news.event;
        if (outcome.kind === "failed") return [this.#colours.red(`failed ${change.id}: ${failureText(outcome.error)}`)];
        if (outcome.kind !== "done") return [];
        const why = change.reason.kind.replaceAll("-", " ");
        return [`${DONE[change.action]} ${change.id} (${(outcome.tookMs / 1000).toFixed(2)} s), ${why}`];
      }
      case "stopped": {
        const failed = news.error === null ? "" : `, and it could not be: ${failureText(news.error)}`;
        return news.why === "BudgetSpent"
          ? [
              this.#colours.yellow(
                `${news.id} has run for its whole budget: its work is saved and it is stopped${failed}`,
              ),
            ]
          : [this.#colours.red(`${news.id} stood open: it is stopped${failed}`)];
      }
      case "pass":
      case "state": {
        const lines = this.#changes(this.#before, news.state);
        this.#before = news.state;
        return lines;
      }
    }
  }

  #changes(before: ProjectState | null, state: ProjectState): readonly string[] {
    const { red, yellow, green } = this.#colours;
    const lines: string[] = [];
    const was = before?.file ?? { kind: "followed" };
    if (fileKey(was) !== fileKey(state.file)) lines.push(...this.#fileLines(state.file));
    if (state.engine.kind !== (before?.engine.kind ?? "heard"))
      lines.push(
        state.engine.kind === "heard"
          ? green("the engine's events are heard again")
          : yellow(`the engine's events are lost: ${harmless(state.engine.message)}`),
      );
    if (state.failure !== null && failureKey(before) !== failureKey(state))
      lines.push(red(`nothing can be done for now: ${failureText(state.failure.error)}`));
    if (state.failure === null && before?.failure !== null && before !== null)
      lines.push(green("it can be worked again"));
    const reach = state.heldReach.filter(({ text }) => !before?.heldReach.some((each) => each.text === text));
    lines.push(...reach.map((each) => yellow(`held: ${harmless(each.text)}`)));
    const stands = [...state.objects].flatMap(([id, object]) => this.#objectLines(id, before?.objects.get(id), object));
    lines.push(...stands);
    const command = consentCommand(state, this.#options.words);
    if (command !== null && (reach.length > 0 || stands.length > 0 || before?.file.kind !== state.file.kind))
      lines.push(yellow(`what is held goes with: ${command}`));
    if (state.phase !== before?.phase) lines.push(this.#phaseLine(state));
    return lines;
  }

  #objectLines(id: string, before: ObjectState | undefined, object: ObjectState): readonly string[] {
    const { state, reason, message } = standingText(object);
    if (before?.standing.kind === object.standing.kind && standingText(before).reason === reason) return [];
    switch (object.standing.kind) {
      case "held":
        return [this.#colours.yellow(`held ${id}: ${harmless(message)}`)];
      case "ended":
      case "fought":
      case "halted":
      case "foreign":
        return [this.#colours.red(`${reason === "" ? state : reason} ${id}: ${harmless(message)}`)];
      case "ready":
      case "starting":
      case "progressing":
      case "waiting":
      case "failed":
        return [];
    }
  }

  #fileLines(file: FileState): readonly string[] {
    switch (file.kind) {
      case "followed":
        return [this.#colours.green("the file is right again, and followed")];
      case "held":
        return [this.#colours.yellow(`${harmless(file.message)}: nothing is removed until a person applies it`)];
      case "refused": {
        const { diagnostics, message, text } = file.problem;
        const told = { textOf: () => text, colours: this.#options.colours, columns: this.#options.columns };
        const shown =
          diagnostics.length === 0
            ? harmlessLines(message)
            : `${renderDiagnostics(diagnostics, told)}\n${renderCounts(diagnostics)}.`;
        return [
          this.#colours.red("the file cannot be followed: the last good one stays in force, and nothing is removed"),
          ...shown.split("\n"),
        ];
      }
    }
  }

  #phaseLine(state: ProjectState): string {
    const { red, yellow, green, bold } = this.#colours;
    const paint = { converged: green, progressing: bold, blocked: yellow, failed: red }[state.phase];
    const count = [...state.objects.values()].filter((each) => each.standing.kind === "ready" && !loops(each)).length;
    return paint(`${state.phase}: ${count} of ${state.objects.size} objects are as they should be`);
  }
}

function fileKey(file: FileState): string {
  if (file.kind !== "refused") return file.kind;
  const { diagnostics, message } = file.problem;
  return `${message}\n${diagnostics.map((each) => `${each.code} ${each.message}`).join("\n")}`;
}

function failureKey(state: ProjectState | null): string {
  return state === null || state.failure === null ? "" : failureText(state.failure.error);
}
