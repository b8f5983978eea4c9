import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { EngineClient } from "./engine-client.mjs";
import { onPath } from "./machine.mjs";

export const DEFAULT_HOST = "unix:///var/run/docker.sock";

// Engines that are no Docker: named where there is no Docker, so that nobody wonders why theirs was passed over.
const OTHER_ENGINES = [
  { program: "podman", name: "Podman" },
  { program: "nerdctl", name: "nerdctl" },
  { program: "container", name: "Apple's container", platform: "darwin" },
];

/** The first Docker engine that answers, as `{ client, engine }`; undefined where none does. */
export async function findEngine() {
  return (await firstToAnswer(candidates())) ?? (await firstToAnswer(contextHosts()));
}

async function firstToAnswer(hosts) {
  for (const host of hosts) {
    const client = new EngineClient(host);
    const engine = await client.json("GET", "/version", { timeoutMs: 5000 }).catch(() => undefined);
    if (engine !== undefined && !isPodman(engine)) return { client, engine };
  }
  return undefined;
}

// What the docker program itself would use; asked last, since starting it takes longer than all sockets together.
function contextHosts() {
  if (process.env.DOCKER_HOST || !onPath("docker")) return [];
  const shown = spawnSync("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], {
    encoding: "utf8",
  });
  const host = (shown.stdout ?? "").trim();
  return host.startsWith("unix:") && !candidates().includes(host) ? [host] : [];
}

/** The names of engines that are here but that the set-up does not use. */
export function otherEngines() {
  return OTHER_ENGINES.filter(
    ({ program, platform = process.platform }) => platform === process.platform && onPath(program),
  ).map(({ name }) => name);
}

function candidates() {
  // A host that the user names is the only one: silently using another would surprise.
  const named = process.env.DOCKER_HOST;
  if (named !== undefined && named !== "") return named.startsWith("ssh:") ? [] : [named];
  const home = homedir();
  return [
    DEFAULT_HOST,
    ...(process.env.XDG_RUNTIME_DIR ? [`unix://${join(process.env.XDG_RUNTIME_DIR, "docker.sock")}`] : []),
    `unix://${join(home, ".docker/run/docker.sock")}`,
    `unix://${join(home, ".docker/desktop/docker.sock")}`,
    `unix://${join(home, ".orbstack/run/docker.sock")}`,
    `unix://${join(home, ".colima/default/docker.sock")}`,
    `unix://${join(home, ".rd/docker.sock")}`,
  ].filter((host) => existsSync(host.slice("unix://".length)));
}

function isPodman(engine) {
  return (engine.Components ?? []).some(({ Name }) => /podman/i.test(Name));
}
