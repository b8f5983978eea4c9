import { clientTests } from "./client-tests.ts";

const SECRET = "sk-ant-api03-canary-7d0f3a9b51c64e28";

clientTests({
  cli: "claude",
  host: "api.anthropic.com",
  provider: "anthropic",
  secret: SECRET,
  variable: "ANTHROPIC_API_KEY",
  rule: { methods: ["POST"], paths: ["/v1/**"] },
  injected: { header: "x-api-key", value: SECRET },
  command: ["claude", "--dangerously-skip-permissions", "-p"],
  interactive: ["claude", "--dangerously-skip-permissions"],
  modelPath: /^\/v1\/messages/,
  faults: true,
  unauthorized: { says: /Invalid API key/, environment: { CLAUDE_CODE_MAX_RETRIES: "1" } },
  transports: ["requests"],
  afterCut: "asks again",
});
