import { expect, it } from "vitest";
import { containerObjects } from "../../compilers/container/compile.ts";
import type { ContainerSpec } from "../../compilers/container/resources.ts";
import { inputsFor } from "../support/inputs.ts";
import { aModel } from "../support/project.ts";

const HOSTS = {
  anthropic: "api.anthropic.com",
  claude: "api.anthropic.com",
  codex: "api.openai.com",
  gemini: "generativelanguage.googleapis.com",
};

interface Compiled {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

function compiled(cli: string, provider: keyof typeof HOSTS, more = ""): Compiled {
  const model = aModel(`version: coop/v1
project: shop
agents:
  coder:
    run: ${cli}
    egress: [model]
${more}
credentials:
  key: { provider: ${provider}, from: env:KEY }
egress:
  rules:
    - { name: model, host: ${HOSTS[provider]}, paths: ["/**"], credential: key }
`);
  const objects = containerObjects({ model, inputs: inputsFor(model) });
  const spec = objects.flatMap((each): readonly ContainerSpec[] =>
    each.kind === "container" && each.spec.role === "sandbox" ? [each.spec] : [],
  )[0];
  const pairs = (spec?.body.Env ?? []).map((each) => [each.split("=", 1)[0] ?? "", each.slice(each.indexOf("=") + 1)]);
  const prepared = (spec?.prepare ?? []).flatMap((each) => (each.kind === "environment" ? each.files : []));
  return {
    command: spec?.body.Entrypoint ?? [],
    environment: Object.fromEntries(pairs) as Readonly<Record<string, string>>, // pairs of texts
    files: Object.fromEntries(prepared.map(({ path, content }) => [path, content])),
  };
}

it("lets Claude Code start without a question: its own key approved, its folder trusted", () => {
  const { environment, files, command } = compiled("claude", "anthropic", "    prompt: Mend it.\n    model: opus");
  const key = environment["ANTHROPIC_API_KEY"] ?? "";
  expect(JSON.parse(files[".claude.json"] ?? "")).toEqual({
    hasCompletedOnboarding: true,
    bypassPermissionsModeAccepted: true,
    customApiKeyResponses: { approved: [key.slice(-20)], rejected: [] },
    projects: { "/srv/demo": { hasTrustDialogAccepted: true } },
  });
  expect(key).toMatch(/^sk-ant-api03-.*placeholder/);
  expect(environment).toMatchObject({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", IS_SANDBOX: "1" });
  expect(command.slice(-6)).toEqual(["claude", "--dangerously-skip-permissions", "--model", "opus", "-p", "Mend it."]);
});

it("approves no key where Claude Code has a token", () => {
  const { environment, files } = compiled("claude", "claude");
  expect(environment["CLAUDE_CODE_OAUTH_TOKEN"]).toMatch(/^sk-ant-oat01-/);
  expect(JSON.parse(files[".claude.json"] ?? "")).toMatchObject({ customApiKeyResponses: { approved: [] } });
});

it("keeps Codex at its model's host, with the provider's file beside its own", () => {
  const { files } = compiled("codex", "codex");
  expect(files[".codex/config.toml"]).toContain('[projects."/srv/demo"]\ntrust_level = "trusted"');
  expect(files[".codex/config.toml"]).toContain("api_key_model_discovery = false");
  expect(JSON.parse(files[".codex/auth.json"] ?? "")).toEqual({
    OPENAI_API_KEY: expect.stringContaining("oopPlaceholder"),
  });
});

it("tells Gemini CLI how it signs in", () => {
  const { environment, files } = compiled("gemini", "gemini");
  expect(environment["GEMINI_CLI_TRUST_WORKSPACE"]).toBe("true");
  expect(JSON.parse(files[".gemini/settings.json"] ?? "")).toMatchObject({
    privacy: { usageStatisticsEnabled: false },
    security: { auth: { selectedType: "gemini-api-key" } },
  });
});

it("leaves the last word on a variable to the file", () => {
  const { environment } = compiled("claude", "anthropic", "    environment: { DISABLE_TELEMETRY: '0' }");
  expect(environment["DISABLE_TELEMETRY"]).toBe("0");
});

it("gives nothing of a CLI to an agent that runs something else", () => {
  const { environment, files } = compiled("shell", "anthropic");
  expect(environment["IS_SANDBOX"]).toBeUndefined();
  expect(files).toEqual({});
});
