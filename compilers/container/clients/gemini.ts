import type { Client } from "./client.ts";
import { flag, jsonFile } from "./client.ts";

/** Gemini CLI 0.61. */
export const gemini: Client = {
  command: ({ prompt, model }) => ["gemini", "--yolo", ...flag("-m", model), "-p", prompt],
  environment: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
  files: ({ provided }) => {
    const auth =
      provided["GEMINI_API_KEY"] !== undefined
        ? { selectedType: "gemini-api-key" }
        : provided["GOOGLE_GENAI_USE_GCA"] !== undefined
          ? { selectedType: "oauth-personal" }
          : {};
    return [
      jsonFile(".gemini/settings.json", {
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
        privacy: { usageStatisticsEnabled: false },
        security: { auth },
      }),
    ];
  },
};
