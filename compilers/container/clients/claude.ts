import type { Client } from "./client.ts";
import { flag, jsonFile } from "./client.ts";

/** Claude Code 2.1. */
export const claude: Client = {
  command: ({ prompt, model }) => ["claude", "--dangerously-skip-permissions", ...flag("--model", model), "-p", prompt],
  environment: {
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_ERROR_REPORTING: "1",
    DISABLE_TELEMETRY: "1",
    // As root it refuses to skip permissions unless it is told that this is a sandbox.
    IS_SANDBOX: "1",
  },
  // Its questions at an interactive start have "No" or "exit" as the default: onboarding, trust of the folder, the key, the mode.
  files: ({ workingDirectory, provided }) => {
    const key = provided["ANTHROPIC_API_KEY"];
    return [
      jsonFile(".claude.json", {
        hasCompletedOnboarding: true,
        bypassPermissionsModeAccepted: true,
        // It remembers keys by their last 20 characters.
        customApiKeyResponses: { approved: key === undefined ? [] : [key.slice(-20)], rejected: [] },
        projects: { [workingDirectory]: { hasTrustDialogAccepted: true } },
      }),
    ];
  },
};
