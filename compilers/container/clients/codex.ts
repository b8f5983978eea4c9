import type { Client } from "./client.ts";
import { flag } from "./client.ts";

/** Codex 0.169. */
export const codex: Client = {
  command: ({ prompt, model }) => [
    "codex",
    "exec",
    "--dangerously-bypass-approvals-and-sandbox",
    "--skip-git-repo-check",
    ...flag("-m", model),
    prompt,
  ],
  environment: {},
  files: ({ workingDirectory }) => [
    {
      path: ".codex/config.toml",
      // Model discovery asks another host, with the key, and tries for seconds where it is refused.
      content: `check_for_update_on_startup = false

[analytics]
enabled = false

[features]
api_key_model_discovery = false
plugins = false

[projects.${JSON.stringify(workingDirectory)}]
trust_level = "trusted"
`,
    },
  ],
};
