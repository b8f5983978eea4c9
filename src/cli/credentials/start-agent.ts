import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { endAgent, heldUntil } from "../../vault/unlock-agent.ts";
import type { VaultKey } from "../../vault/vault-key.ts";
import type { Shell } from "../shell.ts";

const START_MS = 20_000;

/** What the agent needs of the environment: where coop's own folders are. Nothing else of it goes along. */
const PASSED = ["HOME", "PATH", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"];

/** Starts an agent that holds the key until then, in the place of one that holds it now. The key goes through a pipe. */
export async function startAgent(socket: string, key: VaultKey, until: number, shell: Shell): Promise<void> {
  if (await endAgent(socket)) await gone(socket);
  const script = process.argv[1] ?? "";
  // A debugger that a signal opens would show the key to whoever finds its port.
  const child = spawn(process.execPath, ["--disable-sigusr1", script, "internal-unlock-agent", socket, String(until)], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
    env: Object.fromEntries(PASSED.map((name) => [name, shell.environment[name]])),
  });
  const started = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code) => resolve(`it ended with code ${code}`));
    child.stdout.once("data", () => resolve(""));
    setTimeout(() => resolve("it does not answer"), START_MS).unref();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(Buffer.from(key));
  const failure = await started;
  child.stdout.destroy();
  child.unref();
  if (failure === "") return;
  throw new CoopError("VAULT_LOCKED", `The unlock agent did not start: ${failure}.`, {
    mend: `See that ${socket} can be made.`,
  });
}

async function gone(socket: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while ((await heldUntil(socket)) !== null && Date.now() < deadline) await sleep(50);
}
