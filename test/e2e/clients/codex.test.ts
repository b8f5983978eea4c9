import { clientTests } from "./client-tests.ts";

const SECRET = "sk-canary7d0f3a9b51c64e2817aa90b3c4d5e6f7";

clientTests({
  cli: "codex",
  host: "api.openai.com",
  provider: "codex",
  secret: SECRET,
  variable: "CODEX_API_KEY",
  rule: { methods: ["GET", "POST"], paths: ["/v1/responses"] },
  injected: { header: "authorization", value: `Bearer ${SECRET}` },
  // Older models are offered other tools, in another place, than the one of its own choice, which the sandbox runs.
  command: ["codex", "exec", "--dangerously-bypass-approvals-and-sandbox", "--skip-git-repo-check", "-m", "gpt-5"],
  interactive: ["codex", "--dangerously-bypass-approvals-and-sandbox"],
  modelPath: /^\/v1\/responses/,
  faults: true,
  unauthorized: { says: /401|Incorrect API key/, environment: {} },
  transports: ["WebSocket", "requests"],
  afterCut: "asks again",
});
