import { clientTests } from "./client-tests.ts";

const SECRET = "sk-ant-oat01-canary-7d0f3a9b51c64e28";

clientTests({
  cli: "claude",
  host: "api.anthropic.com",
  provider: "claude",
  secret: SECRET,
  variable: "CLAUDE_CODE_OAUTH_TOKEN",
  rule: { methods: ["POST"], paths: ["/v1/**"] },
  injected: { header: "authorization", value: `Bearer ${SECRET}` },
  merged: { header: "anthropic-beta", value: "oauth-2025-04-20" },
  command: ["claude", "--dangerously-skip-permissions", "-p"],
  interactive: ["claude", "--dangerously-skip-permissions"],
  modelPath: /^\/v1\/messages/,
  faults: false,
  unauthorized: { says: /Invalid API key/, environment: { CLAUDE_CODE_MAX_RETRIES: "1" } },
  transports: ["requests"],
  afterCut: "asks again",
});
