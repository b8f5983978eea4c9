import { harmless } from "../render/display-text.ts";
import type { ApplyEvent } from "../apply/apply-plan.ts";
import type { Shell } from "./shell.ts";

/** Shows what is under way: one line that is painted over on a terminal, a line per end elsewhere. */
export interface Progress {
  readonly event: (event: ApplyEvent) => void;
  readonly end: () => void;
}

const WORD = { create: "created", update: "updated", replace: "replaced", delete: "deleted" } as const;

export function progressFor(total: number, shell: Shell): Progress {
  const active = new Map<string, string>();
  let ended = 0;
  const paint = (): void => {
    if (!shell.interactive) return;
    const text = [...active].map(([id, step]) => (step === "" ? id : `${id} (${step})`)).join(", ");
    const line = `[${ended}/${total}] ${text}`;
    shell.err(`\r\u001b[2K${line.length > shell.columns ? `${line.slice(0, shell.columns - 1)}…` : line}`);
  };
  return {
    event: (event) => {
      const { change } = event;
      switch (event.kind) {
        case "started":
          active.set(change.id, "");
          break;
        case "step":
          // A line of a build or a pull, as whoever wrote the Dockerfile likes it.
          active.set(change.id, harmless(event.step));
          break;
        case "ended": {
          active.delete(change.id);
          ended += 1;
          const clear = shell.interactive ? "\r\u001b[2K" : "";
          if (event.outcome.kind === "done")
            shell.err(
              `${clear}  ${WORD[change.action]} ${change.id} (${(event.outcome.tookMs / 1000).toFixed(2)} s)\n`,
            );
          else shell.err(`${clear}  ${event.outcome.kind} ${change.id}\n`);
          break;
        }
      }
      paint();
    },
    end: () => {
      if (shell.interactive) shell.err("\r\u001b[2K");
    },
  };
}
