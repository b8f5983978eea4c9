import type { Agent } from "../../../src/model/model.ts";
import type { Context } from "../context.ts";
import type { HomeFile } from "../preparation.ts";
import { CLIENTS } from "./clients.ts";

/** What a sandbox has besides, because of the CLI that its agent runs and the credentials that are used for it. */
export interface ClientPart {
  readonly environment: Readonly<Record<string, string>>;
  /** Sorted by path. */
  readonly files: readonly HomeFile[];
}

export function clientPart(context: Context, agent: Agent, workingDirectory: string): ClientPart {
  const given = context.inputs.credentials.agents[agent.name] ?? { environment: [], files: [] };
  const provided = Object.fromEntries(given.environment.map(({ name, value }) => [name, value]));
  const client = agent.run.kind === "cli" ? CLIENTS[agent.run.cli] : null;
  const files = new Map<string, HomeFile>();
  for (const { path, content } of [...(client?.files({ workingDirectory, provided }) ?? []), ...given.files])
    files.set(path, { path, content });
  return {
    environment: { ...client?.environment, ...provided },
    files: [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
