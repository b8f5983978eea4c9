import { digestOf, shortDigest } from "../graph/digest.ts";
import type { Digest } from "../graph/digest.ts";
import type { BuildInput } from "../model/inputs.ts";
import type { Agent } from "../model/model.ts";

// Package names and versions as observed in shared/clients.md, the versions that the adapters are tested with.
const CLI_PACKAGES = {
  claude: "@anthropic-ai/claude-code@2.1.330",
  codex: "@openai/codex@0.169.0",
  gemini: "@google/gemini-cli@0.61.0",
} as const;

/** What coop builds for an agent on the default base; null when the base serves as it is or the image is somebody else's. */
export function agentImage(agent: Agent, base: string): BuildInput | null {
  if (agent.image.source.kind !== "base") return null;
  const { packages, buildNetwork } = agent.image;
  const cli = agent.run.kind === "cli" ? CLI_PACKAGES[agent.run.cli] : null;
  if (packages.length === 0 && cli === null) return null;
  const steps = [
    ...(packages.length === 0
      ? []
      : [
          `RUN apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")} && rm -rf /var/lib/apt/lists/*`,
        ]),
    ...(cli === null ? [] : [`RUN npm install --global --no-fund --no-audit ${cli}`]),
  ];
  const dockerfile = `FROM ${base}\n${steps.join("\n")}\n`;
  const digest = digestOf({ dockerfile });
  const what = [...packages, ...(cli === null ? [] : [cli])].join(", ");
  return {
    tag: `coop.local/agent:${shortDigest(digest)}`,
    digest,
    dockerfile,
    arguments: {},
    network: buildNetwork,
    title: `the image with ${what}`,
    context: { kind: "none" },
  };
}

/** What coop builds from a Dockerfile of the repository: tagged by everything that is sent to the build. */
export function repositoryImage(
  agent: Agent,
  path: string,
  base: string,
  context: { readonly digest: Digest; readonly dockerfile: string },
): BuildInput {
  const { buildNetwork } = agent.image;
  const digest = digestOf({ base, path, network: buildNetwork, context: context.digest });
  return {
    tag: `coop.local/project:${shortDigest(digest)}`,
    digest,
    dockerfile: context.dockerfile,
    arguments: { COOP_BASE_IMAGE: base },
    network: buildNetwork,
    title: `the image of ${path}`,
    context: { kind: "repository", agent: agent.name, path },
  };
}
