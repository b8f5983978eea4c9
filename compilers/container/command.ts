import type { Prompt } from "../../src/model/model.ts";
import { CLIENTS } from "./clients/clients.ts";
import type { Context } from "./context.ts";
import type { Instance } from "./instances.ts";

/** For a sandbox that waits for `exec`, `shell` and the agent commands. */
const IDLE = ["sleep", "infinity"];

/** What a sandbox runs. */
export function commandOf({ agent: { run }, task }: Instance, context: Context): readonly string[] {
  switch (run.kind) {
    case "command":
      return run.command;
    case "idle":
    case "shell":
      return IDLE;
    case "cli": {
      const prompt = task === null ? promptOf(run.prompt, context) : task.text;
      return prompt === null ? IDLE : CLIENTS[run.cli].command({ prompt, model: run.model });
    }
  }
}

function promptOf(prompt: Prompt, { inputs }: Context): string | null {
  switch (prompt.kind) {
    case "none":
      return null;
    case "text":
      return prompt.text;
    case "file":
      return inputs.prompts[prompt.path] ?? "";
  }
}
