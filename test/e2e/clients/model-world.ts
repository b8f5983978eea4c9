import { must } from "../support/command.ts";
import { aProject } from "../support/project.ts";
import type { FileValue, Project } from "../support/project.ts";
import type { Scope } from "../support/scope.ts";
import { aStandIn } from "../support/stand-in.ts";
import type { StandIn, WebEvent } from "../support/stand-in.ts";
import { aWorld } from "../support/world.ts";
import { NO_WEB_SOCKETS, released } from "../support/programs/model-api/script.ts";

/** What the scripted model API tells. */
export interface ModelEvent extends WebEvent {
  /** Of a request: `1.1`, `2.0` or `WebSocket`. */
  readonly version?: string;
  readonly name?: string;
  readonly id?: string;
  /** Of a turn: whether a tool has answered already. */
  readonly answered?: boolean;
}

export interface ModelWorldOptions {
  readonly cli: "claude" | "codex" | "gemini";
  readonly host: string;
  readonly provider: string;
  readonly secret: string;
  /** What the file allows at the host: methods and paths. */
  readonly rule: Readonly<Record<string, unknown>>;
}

/**
 * A project whose agents run one CLI, and a scripted model behind its vendor's own host name. Two agents wait for commands: `idle`
 * may reach the model, `elsewhere` another path of the same host.
 */
export interface ModelWorld {
  readonly project: Project;
  readonly api: StandIn<ModelEvent>;
  readonly sandbox: (agent: string) => string;
  /** Applies the file with more agents; what they do not say is as with the others. */
  readonly start: (agents: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => Promise<string>;
  /** Lets the second turn of a run go on. */
  readonly release: (id: string) => Promise<void>;
  /** From here on the vendor takes no WebSockets. */
  readonly withoutWebSockets: () => Promise<void>;
}

const VARIABLE = "COOP_TEST_KEY";

export async function aModelWorld(scope: Scope, options: ModelWorldOptions): Promise<ModelWorld> {
  const { cli, host, provider, secret } = options;
  const world = await aWorld(scope, [host], { web: false });
  const key = JSON.stringify({ key: world.key, cert: world.certificate });
  const api = await aStandIn<ModelEvent>(scope, world, "model-api", { MODEL_API: key });
  const rule = { host, addresses: [world.range], credential: "model" };
  const rules = [
    { name: "model", ...rule, ...options.rule },
    { name: "elsewhere", ...rule, paths: ["/elsewhere/**"] },
  ];
  const agent = {
    run: cli,
    egress: ["model"],
    resources: { memory: "2GiB" },
  };
  const file = (agents: FileValue): FileValue => ({
    agents: { idle: agent, elsewhere: { ...agent, egress: ["elsewhere"] }, ...agents },
    credentials: { model: { provider, from: `env:${VARIABLE}` } },
    egress: { resolvers: [world.resolver], trust: "certs/vendor.pem", rules },
  });
  const project = await aProject(scope, file({}), { files: { "certs/vendor.pem": world.certificate } });
  const env = { [VARIABLE]: secret };
  const coop = async (...args: readonly string[]): Promise<string> => {
    // The first one builds an image with the CLI.
    const ran = await project.coop(args, { env, timeoutMs: 600_000 });
    if (ran.code !== 0) throw new Error(`coop ${args.join(" ")} ended with ${ran.code}:\n${ran.text}`);
    return ran.text;
  };
  await coop("credentials", "grant", `env:${VARIABLE}`);
  await coop("apply", "--yes");
  await world.join(project);
  await world.answers({ [host]: [world.server] });
  const touch = async (path: string): Promise<void> =>
    void (await must(["docker", "exec", api.container, "touch", path]));
  return {
    project,
    api,
    sandbox: (agent) => project.named(`sandbox.${agent}.0`),
    start: async (agents) => {
      const given = Object.entries(agents).map(([name, more]) => [name, { ...agent, ...more }]);
      project.write(file(Object.fromEntries(given) as FileValue)); // names to agents, as they came
      await coop("credentials", "grant", `env:${VARIABLE}`);
      return coop("apply", "--yes");
    },
    release: (id) => touch(released(id)),
    withoutWebSockets: () => touch(NO_WEB_SOCKETS),
  };
}
